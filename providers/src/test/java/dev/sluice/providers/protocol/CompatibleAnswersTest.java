package dev.sluice.providers.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.ByteSource;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;

/** Words of a provider's own become OpenAI's; what has none passes byte for byte. */
class CompatibleAnswersTest {

    private static final String THOUGHTS_IN_PARTS =
            "[{'type':'thinking','thinking':[{'type':'text','text':'Hm'},{'type':'text','text':'m.'}]},"
                    + "{'type':'text','text':'Fo'},{'type':'text','text':'ur'}]";

    private static JsonNode message(String message) throws Exception {
        String json = "{'id':'1','choices':[{'index':0,'message':" + message + "}],'n':1.50}";
        byte[] answer = new CompatibleAnswers().answer(json.replace('\'', '"').getBytes(UTF_8));
        return Exchanges.tree(new String(answer, UTF_8)).at("/choices/0/message");
    }

    private static String streamed(String sse, int pieces) throws IOException {
        byte[] bytes = sse.replace('\'', '"').getBytes(UTF_8);
        ByteSource source = Exchanges.pieces(bytes, bytes.length, pieces);
        return new String(Exchanges.readAll(new CompatibleAnswers().stream(source)), UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{ 'choices':[{'message':{'content':'Four'}}] , 'usage':{'reasoning_tokens':1}}",
                "{'choices':[{'message':{'content':'\\u0034','reasoning':null}}],'cost':8.1e-05}",
                "{'choices':[{'message':{'content':null,'tool_calls':[{'function':{'arguments':''}}]}}]}",
                "{'choices':[{'message':{'reasoning':'Hm','reasoning_content':'Hm'}}]}",
                "'reasoning' 'thinking' 'tool_calls'",
                "",
            })
    void whatIsInOpenAisWordsPassesByteForByte(String json) throws Exception {
        byte[] body = json.replace('\'', '"').getBytes(UTF_8);
        assertThat(new CompatibleAnswers().answer(body)).isEqualTo(body);
        String sse = "data: " + json.replace("message", "delta") + "\n\ndata: [DONE]\n\n";
        assertThat(streamed(sse, 3)).isEqualTo(sse.replace('\'', '"'));
    }

    @Test
    void thoughtsHaveTheNameThatCallersKnowBesidesTheirOwn() throws Exception {
        JsonNode message = message("{'role':'assistant','content':'Four','reasoning':'Hm.'}");
        assertThat(message.path("reasoning_content").asText()).isEqualTo("Hm.");
        assertThat(message.path("reasoning").asText()).isEqualTo("Hm.");
        assertThat(message.path("content").asText()).isEqualTo("Four");
    }

    @Test
    void contentInPartsBecomesATextAndItsThoughts() throws Exception {
        JsonNode message = message("{'content':" + THOUGHTS_IN_PARTS + "}");
        assertThat(message.path("content").asText()).isEqualTo("Four");
        assertThat(message.path("reasoning_content").asText()).isEqualTo("Hmm.");
    }

    @Test
    void argumentsAreAlwaysAText() throws Exception {
        JsonNode calls =
                message(
                                "{'tool_calls':[{'id':'1','function':{'name':'a'}},"
                                        + "{'id':'2','function':{'name':'b','arguments':{'x':1.50}}},"
                                        + "{'id':'3','function':{'name':'c','arguments':'{}'}}]}")
                        .path("tool_calls");
        assertThat(calls.at("/0/function/arguments").textValue()).isEqualTo("{}");
        assertThat(calls.at("/1/function/arguments").textValue()).isEqualTo("{\"x\":1.50}");
        assertThat(calls.at("/2/function/arguments").textValue()).isEqualTo("{}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void streamsAreChangedOnlyWhereTheyMustBeHoweverTheyArrive(String lineEnd) throws Exception {
        String same = ": a comment~~event: x~data: {'choices':[{'delta':{'content':'Ü'}}]}~~";
        String own = "data:{'choices':[{'delta':{'reasoning':'Hm.'}}]}~~";
        String parts = "data: {'choices':[{'delta':{'content':" + THOUGHTS_IN_PARTS + "}}]}~~";
        String end = "data: [DONE]";
        String sse = (same + own + parts + end).replace("~", lineEnd);
        String expected =
                (same
                                + "data: {'choices':[{'delta':{'reasoning':'Hm.','reasoning_content':'Hm.'}}]}~~"
                                + "data: {'choices':[{'delta':{'content':'Four','reasoning_content':'Hmm.'}}]}~~"
                                + end)
                        .replace("~", lineEnd)
                        .replace('\'', '"');
        for (int size : new int[] {1, 2, 3, 7, 64, 10_000}) {
            assertThat(streamed(sse, size)).as("in pieces of %d", size).isEqualTo(expected);
        }
    }

    @Test
    void aChunkOfThoughtsAloneHasNoContent() throws Exception {
        String told =
                streamed(
                        "data: {'choices':[{'delta':{'content':[{'type':'thinking','thinking':"
                                + "[{'type':'text','text':'Hm'}]}]}}]}\n\n",
                        50);
        assertThat(told)
                .isEqualTo("data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"Hm\"}}]}\n\n");
    }

    @Test
    void aLineWithoutEndIsNeitherHeldBackForeverNorLost() throws Exception {
        int length = 10 << 20;
        int[] sent = {0};
        ByteSource endless =
                (into, offset, room) -> {
                    int count = Math.min(room, length - sent[0]);
                    java.util.Arrays.fill(into, offset, offset + count, (byte) 'x');
                    sent[0] += count;
                    return count == 0 ? -1 : count;
                };
        ByteSource stream = new CompatibleAnswers().stream(endless);
        byte[] some = new byte[1];
        assertThat(stream.read(some, 0, 1)).isEqualTo(1);
        assertThat(sent[0]).isLessThanOrEqualTo(8 << 20);
        assertThat(Exchanges.readAll(stream)).hasSize(length - 1);
    }

    @Test
    void providersOfTheirOwnWordsAreReadSoAndOpenAiIsNot() {
        var chat = Calls.chat("{'model':'m','messages':[{'role':'user','content':'Hi'}]}");
        for (String name : new String[] {"groq", "mistral", "openrouter", "ollama"}) {
            assertThat(Calls.ready(protocol(name), chat).translation().isIdentity())
                    .as(name)
                    .isFalse();
        }
        assertThat(Calls.ready(protocol("openai"), chat).translation().isIdentity()).isTrue();
    }

    private static Protocol protocol(String provider) {
        return Protocols.of(
                        Calls.settings(provider, "a-model", ProtocolSettings.Parameters.STRICT),
                        new TokenSources() {
                            @Override
                            public AccessTokens google(ProtocolSettings settings) {
                                return java.util.Optional::empty;
                            }

                            @Override
                            public AccessTokens entra(ProtocolSettings settings) {
                                return java.util.Optional::empty;
                            }
                        })
                .orElseThrow();
    }
}
