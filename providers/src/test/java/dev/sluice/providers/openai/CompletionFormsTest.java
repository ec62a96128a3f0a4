package dev.sluice.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.Transcripts.Transcript;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

class CompletionFormsTest {

    private static final String CHAT =
            """
            {"id":"c-1","object":"chat.completion","created":1760041471,"model":"gpt-4o-2024",
             "choices":[{"index":0,"message":{"role":"assistant","content":"The  capital of\\n漢字 is 😀.",
               "refusal":null,"annotations":[{"type":"url"}]},"logprobs":null,"finish_reason":"stop"},
              {"index":1,"message":{"role":"assistant","content":null,"tool_calls":[
                 {"id":"call_1","type":"function","function":{"name":"f","arguments":"{\\"a\\": 1, \\"b\\": \\"two words\\"}"}},
                 {"id":"call_2","type":"function","function":{"name":"g","arguments":""}}]},
               "logprobs":null,"finish_reason":"tool_calls"}],
             "usage":{"prompt_tokens":14,"completion_tokens":8,"total_tokens":22,"cost":0.10},
             "service_tier":"default","system_fingerprint":"fp_1","citations":["x"]}
            """;

    private static final String TEXT =
            """
            {"id":"cmpl-1","object":"text_completion","created":1,"model":"davinci",
             "choices":[{"text":"one two","index":0,"finish_reason":"length",
               "logprobs":{"tokens":["one"," two"],"token_logprobs":[-0.10,-1E-7],"text_offset":[0,3]}},
              {"text":"","index":1,"logprobs":null,"finish_reason":"stop"}],
             "usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}
            """;

    private static final String LOGPROBS =
            """
            {"id":"c-1","object":"chat.completion","created":1,"model":"m",
             "choices":[{"index":0,"message":{"role":"assistant","content":"Hello!","refusal":null},
               "logprobs":{"content":[{"token":"Hel","logprob":-0.00031,"bytes":[72],"top_logprobs":[]},
                 {"token":"lo!","logprob":-1.5,"bytes":null,"top_logprobs":[]}],"refusal":null},
               "finish_reason":"stop"}]}
            """;

    @ParameterizedTest
    @ValueSource(strings = {CHAT, TEXT, LOGPROBS})
    void comesBackUnchangedFromAStream(String plain) throws IOException {
        Optional<byte[]> back =
                CompletionForms.toPlain(joined(CompletionForms.toSse(bytes(plain), true)));

        assertThat(tree(back.orElseThrow())).isEqualTo(tree(bytes(plain)));
    }

    @Test
    void leavesUsageOutWhenNobodyAskedForIt() throws IOException {
        List<byte[]> events = CompletionForms.toSse(bytes(CHAT), false);

        assertThat(events).noneMatch(event -> new String(event, UTF_8).contains("usage"));
        ObjectNode expected = (ObjectNode) tree(bytes(CHAT));
        expected.remove("usage");
        assertThat(tree(CompletionForms.toPlain(joined(events)).orElseThrow())).isEqualTo(expected);
    }

    @Test
    void streamsAsOpenAiDoes() throws IOException {
        List<JsonNode> chunks =
                CompletionForms.toSse(bytes(CHAT), true).stream()
                        .map(event -> new String(event, UTF_8))
                        .filter(event -> !event.equals("data: [DONE]\n\n"))
                        .map(event -> event.substring("data: ".length()))
                        .map(json -> JsonTrees.object(bytes(json), 0, bytes(json).length))
                        .<JsonNode>map(Optional::orElseThrow)
                        .toList();

        assertThat(chunks)
                .allMatch(chunk -> chunk.path("object").asText().equals("chat.completion.chunk"))
                .allMatch(chunk -> chunk.path("id").asText().equals("c-1"))
                .allMatch(chunk -> chunk.path("created").asLong() == 1760041471);
        JsonNode first = chunks.getFirst().path("choices").get(0);
        assertThat(first.path("delta").path("role").asText()).isEqualTo("assistant");
        assertThat(first.path("delta").path("content").asText("none")).isEmpty();
        assertThat(chunks.get(1).path("choices").get(0).path("delta").toString())
                .isEqualTo("{\"content\":\"The\"}");
        assertThat(chunks.getLast().path("choices")).isEmpty();
        assertThat(chunks.getLast().path("usage").path("total_tokens").asInt()).isEqualTo(22);
        assertThat(chunks.subList(0, chunks.size() - 1))
                .allMatch(chunk -> chunk.path("usage").isNull());
        assertThat(chunks.stream().filter(chunk -> chunk.has("citations"))).hasSize(1);
        assertThat(chunks.size()).isGreaterThan(12);
    }

    @Test
    void splitsByTokensWhereTheirProbabilitiesAreKnown() {
        List<byte[]> events = CompletionForms.toSse(bytes(LOGPROBS), false);

        assertThat(events).hasSize(5);
        assertThat(new String(events.get(1), UTF_8))
                .contains("\"delta\":{\"content\":\"Hel\"}")
                .contains("\"logprob\":-0.00031");
        assertThat(new String(events.get(2), UTF_8)).contains("\"content\":\"lo!\"");
    }

    @Test
    void boundsTheNumberOfEvents() throws IOException {
        String words = "word ".repeat(100_000);
        byte[] plain = bytes(CHAT.replace("The  capital", words));

        List<byte[]> events = CompletionForms.toSse(plain, true);

        assertThat(events.size()).isLessThan(3_000);
        assertThat(tree(CompletionForms.toPlain(joined(events)).orElseThrow()))
                .isEqualTo(tree(plain));
    }

    @Test
    void cutsNoCharacterInTwo() {
        String faces = "😀".repeat(100) + "漢".repeat(100) + " \t\n" + "x".repeat(100);

        List<String> pieces = TextPieces.of(faces);

        assertThat(String.join("", pieces)).isEqualTo(faces);
        assertThat(pieces)
                .hasSizeBetween(10, 40)
                .noneMatch(piece -> Character.isLowSurrogate(piece.charAt(0)));
        assertThat(TextPieces.of("")).isEmpty();
        assertThat(TextPieces.of(" a  b ")).containsExactly(" a", "  b", " ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "data: [DONE]\n\n",
                ": nothing\n\n",
                "data: {\"id\":\"c\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n",
                "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"choi",
                "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: {\"error\":{\"code\":1}}\n\n",
                "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: broken\n\ndata: [DONE]\n\n",
                "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"},{\"index\":1,\"delta\":{}}]}\n\n",
                "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\ndata: [DONE]\n\n",
                "data: {\"choices\":7}\n\ndata: [DONE]\n\n",
                "{\"object\":\"chat.completion\"}"
            })
    void hasNoPlainFormOfAStreamThatIsNoWholeCompletion(String stream) {
        assertThat(CompletionForms.toPlain(bytes(stream))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"choices\":[]}",
                "{\"choices\":[{}]}",
                "{\"choices\":[7]}",
                "{\"choices\":\"x\"}",
                "{\"choices\":{\"a\":{\"message\":{}}}}",
                "{\"object\":\"list\",\"data\":[{\"embedding\":[0.1]}]}",
                "{\"error\":{\"message\":\"m\"}}",
                "{\"choices\":[{\"message\":\"text\"}]}",
                "{\"choices\":[{\"message\":{\"tool_calls\":[1]}}]}",
                "{\"choices\":[{\"message\":{}}]}x"
            })
    void hasNoStreamOfWhatIsNoCompletion(String plain) {
        assertThat(CompletionForms.toSse(bytes(plain), true)).isEmpty();
    }

    @Test
    void putsChunksTogetherThatProvidersSpellTheirOwnWay() throws IOException {
        String stream =
                """
                data: {"id":"a","object":"chat.completion.chunk","system_fingerprint":null,"choices":[{"index":0,"message":{"content":"whole"},"delta":{"role":"assistant","reasoning":"hm"}}]}

                data: {"id":"b","system_fingerprint":"fp","choices":[{"index":0,"delta":{"role":"assistant","reasoning":" so","content":"Hi"}}],"obfuscation":"x"}

                data: {"choices":[{"index":0,"delta":{"content":null,"tool_calls":[{"index":0,"id":"1","type":"function","function":{"name":"f","arguments":"{"}},{"id":"2","function":{"name":"g","arguments":"{}"}}]}}]}

                data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"1","type":"function","function":{"name":"f","arguments":"}"}}]},"finish_reason":"tool_calls"}],"usage":{"total_tokens":1}}

                data: [DONE]

                """;

        assertThat(tree(CompletionForms.toPlain(bytes(stream)).orElseThrow()))
                .isEqualTo(
                        tree(
                                bytes(
                                        """
                                        {"id":"a","object":"chat.completion","system_fingerprint":"fp","choices":[{"index":0,
                                         "message":{"role":"assistant","reasoning":"hm so","content":"Hi","tool_calls":[
                                          {"id":"1","type":"function","function":{"name":"f","arguments":"{}"}},
                                          {"id":"2","function":{"name":"g","arguments":"{}"}}]},
                                         "finish_reason":"tool_calls"}],"usage":{"total_tokens":1}}
                                        """)));
    }

    @Test
    void convertsRecordedAnswersThereAndBack() throws IOException {
        int plains = 0;
        int streams = 0;
        for (Transcript transcript : Transcripts.completions()) {
            JsonNode body = transcript.response().path("body");
            if (transcript.stream().isPresent()) {
                streams += fromStream(transcript) ? 1 : 0;
            } else if (body.has("choices") && body.path("choices").get(0).has("message")) {
                plains++;
                byte[] plain = JsonTrees.bytes(body);
                byte[] sse = joined(CompletionForms.toSse(plain, true));
                assertThat(tree(CompletionForms.toPlain(sse).orElseThrow()))
                        .as(transcript.id())
                        .isEqualTo(normal(body));
            }
        }
        assertThat(plains).isGreaterThan(30);
        assertThat(streams).isGreaterThan(10);
    }

    /** What the plain form of a stream must say, by the script that read the recording. */
    private static boolean fromStream(Transcript transcript) throws IOException {
        Optional<byte[]> plain = CompletionForms.toPlain(bytes(transcript.stream().orElseThrow()));
        assertThat(plain).as(transcript.id()).isPresent();
        JsonNode tree = tree(plain.orElseThrow());
        JsonNode choice = tree.path("choices").get(0);
        JsonNode facts = transcript.facts();

        assertThat(choice.path("finish_reason").asText())
                .as(transcript.id())
                .isEqualTo(facts.path("finish").asText());
        JsonNode content = choice.path("message").path("content");
        if (!content.isArray()) {
            String text = content.isTextual() ? content.asText() : choice.path("text").asText();
            assertThat(text).as(transcript.id()).isEqualTo(facts.path("text").asText());
        }
        JsonNode calls = choice.path("message").path("tool_calls");
        assertThat(calls.size()).as(transcript.id()).isEqualTo(facts.path("tool_calls").size());
        IntStream.range(0, calls.size()).forEach(i -> sameCall(calls.get(i), facts, i));

        byte[] again = joined(CompletionForms.toSse(plain.orElseThrow(), true));
        assertThat(tree(CompletionForms.toPlain(again).orElseThrow()))
                .as(transcript.id())
                .isEqualTo(tree);
        return true;
    }

    private static void sameCall(JsonNode call, JsonNode facts, int index) {
        JsonNode expected = facts.path("tool_calls").get(index);
        assertThat(call.path("function").path("name")).isEqualTo(expected.path("name"));
        byte[] arguments = bytes(call.path("function").path("arguments").asText());
        assertThat(JsonTrees.object(arguments, 0, arguments.length).orElseThrow())
                .isEqualTo(expected.path("arguments"));
    }

    /**
     * A message without content comes back with null, a call without its index, and Perplexity's
     * empty delta beside the message not at all.
     */
    private static JsonNode normal(JsonNode body) throws IOException {
        JsonNode tree = tree(JsonTrees.bytes(body));
        for (JsonNode choice : tree.path("choices")) {
            ((ObjectNode) choice).remove("delta");
            ObjectNode message = (ObjectNode) choice.path("message");
            if (!message.has("content")) {
                message.putNull("content");
            }
            message.path("tool_calls").forEach(call -> ((ObjectNode) call).remove("index"));
        }
        return tree;
    }

    private static byte[] joined(List<byte[]> events) {
        var out = new ByteArrayOutputStream();
        events.forEach(out::writeBytes);
        return out.toByteArray();
    }

    private static JsonNode tree(byte[] json) throws IOException {
        return JsonTrees.MAPPER.readTree(json);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
