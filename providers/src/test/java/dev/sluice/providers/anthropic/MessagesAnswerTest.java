package dev.sluice.providers.anthropic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.providers.protocol.ProtocolSettings;
import dev.sluice.providers.protocol.ProviderFailure;
import dev.sluice.providers.protocol.Translation;
import dev.sluice.providers.protocol.UnreadableAnswerException;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.EOFException;
import java.io.IOException;
import java.util.Random;

class MessagesAnswerTest {

    private static final String ANSWER =
            """
            {"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[
              {"type":"thinking","thinking":"Hm, so","signature":"s1"},
              {"type":"redacted_thinking","data":"zz"},
              {"type":"text","text":"Grüße 😀"},
              {"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"q"}},
              {"type":"tool_use","id":"toolu_1","name":"f","input":{"a":[1.50,"ü"]}},
              {"type":"tool_use","id":"toolu_2","name":"g","input":{}}],
             "stop_reason":"tool_use","stop_sequence":null,
             "usage":{"input_tokens":3,"cache_read_input_tokens":5,"cache_creation_input_tokens":18,
               "cache_creation":{"ephemeral_5m_input_tokens":7,"ephemeral_1h_input_tokens":11},
               "output_tokens":30,"output_tokens_details":{"thinking_tokens":13}}}
            """;

    private static final String STREAM =
            """
            event: message_start
            data: {"type":"message_start","message":{"id":"msg_1","model":"claude-x","content":[],\
            "usage":{"input_tokens":3,"cache_read_input_tokens":5,"cache_creation_input_tokens":18,\
            "cache_creation":{"ephemeral_5m_input_tokens":7,"ephemeral_1h_input_tokens":11},\
            "output_tokens":1}}}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking",\
            "thinking":"","signature":""}}

            event: ping
            data: {"type":"ping"}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta",\
            "thinking":"Hm, "}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta",\
            "thinking":"so"}}

            data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta",\
            "signature":"s1"}}

            data: {"type":"content_block_stop","index":0}

            data: {"type":"content_block_start","index":1,"content_block":{"type":\
            "redacted_thinking","data":"zz"}}

            data: {"type":"content_block_stop","index":1}

            data: {"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}

            data: {"type":"content_block_delta","index":2,"delta":{"type":"text_delta",\
            "text":"Grüße "}}

            data: {"type":"content_block_delta","index":2,"delta":{"type":"text_delta",\
            "text":"😀"}}

            data: {"type":"content_block_stop","index":2}

            data: {"type":"content_block_start","index":3,"content_block":{"type":\
            "server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}}

            data: {"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta",\
            "partial_json":"{\\"query\\":\\"q\\"}"}}

            data: {"type":"content_block_stop","index":3}

            data: {"type":"content_block_start","index":4,"content_block":{"type":"tool_use",\
            "id":"toolu_1","name":"f","input":{}}}

            data: {"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta",\
            "partial_json":"{\\"a\\":[1.50,"}}

            data: {"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta",\
            "partial_json":"\\"ü\\"]}"}}

            data: {"type":"content_block_stop","index":4}

            data: {"type":"content_block_start","index":5,"content_block":{"type":"tool_use",\
            "id":"toolu_2","name":"g","input":{}}}

            data: {"type":"content_block_stop","index":5}

            event: something_new
            data: {"type":"something_new"}

            data: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{\
            "output_tokens":30,"output_tokens_details":{"thinking_tokens":13}}}

            data: {"type":"message_stop"}

            """;

    private static byte[] answer(String answer) throws UnreadableAnswerException {
        return Anthropic.translation(false).answer(answer.getBytes(UTF_8));
    }

    private static byte[] stream(String stream) throws IOException {
        byte[] bytes = stream.getBytes(UTF_8);
        return Anthropic.readAll(
                Anthropic.translation(true).stream(
                        Anthropic.source(bytes, bytes.length, bytes.length)));
    }

    @Test
    void aPlainAnswerIsToldWhole() throws Exception {
        byte[] answer = answer(ANSWER);
        JsonNode tree = JsonTrees.MAPPER.readTree(answer);
        JsonNode message = tree.at("/choices/0/message");

        assertThat(tree.path("id").asText()).isEqualTo("msg_1");
        assertThat(tree.path("model").asText()).isEqualTo("claude-x");
        assertThat(message.path("content").asText()).isEqualTo("Grüße 😀");
        assertThat(message.path("reasoning_content").asText()).isEqualTo("Hm, so");
        assertThat(message.path("thinking_blocks")).hasSize(2);
        assertThat(message.at("/thinking_blocks/0/signature").asText()).isEqualTo("s1");
        assertThat(message.path("tool_calls")).hasSize(2);
        assertThat(message.at("/tool_calls/0/id").asText()).isEqualTo("toolu_1");
        assertThat(message.at("/tool_calls/0/function/arguments").asText())
                .isEqualTo("{\"a\":[1.50,\"ü\"]}");
        assertThat(message.at("/tool_calls/1/function/arguments").asText()).isEqualTo("{}");
        assertThat(tree.at("/choices/0/finish_reason").asText()).isEqualTo("tool_calls");
        assertThat(ResponseFacts.of(answer, answer.length).usage())
                .isEqualTo(new Usage(3, 5, 7, 11, 17, 13, 0, 0, 0));
    }

    @Test
    void theStreamOfTheSameComesToTheSame() throws Exception {
        JsonNode plain = JsonTrees.MAPPER.readTree(answer(ANSWER));
        JsonNode streamed = Anthropic.assembled(stream(STREAM));
        for (String at :
                new String[] {
                    "/id",
                    "/model",
                    "/usage",
                    "/choices/0/finish_reason",
                    "/choices/0/message/content",
                    "/choices/0/message/reasoning_content",
                    "/choices/0/message/tool_calls"
                }) {
            assertThat(streamed.at(at)).as(at).isEqualTo(plain.at(at));
        }
    }

    @Test
    void thoughtsOfAStreamCanBeGivenBack() throws Exception {
        JsonNode message = Anthropic.assembled(stream(STREAM)).at("/choices/0/message");
        JsonNode sent =
                Anthropic.sent(
                        "claude-sonnet-4-5",
                        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"},"
                                + message
                                + "]}");
        assertThat(sent.at("/messages/1/content/0"))
                .isEqualTo(JsonTrees.MAPPER.readTree(ANSWER).at("/content/0"));
        assertThat(sent.at("/messages/1/content/1"))
                .isEqualTo(JsonTrees.MAPPER.readTree(ANSWER).at("/content/1"));
    }

    @ParameterizedTest
    @CsvSource({
        "end_turn,stop",
        "stop_sequence,stop",
        "pause_turn,stop",
        "new_reason,stop",
        "tool_use,tool_calls",
        "max_tokens,length",
        "model_context_window_exceeded,length",
        "refusal,content_filter"
    })
    void reasonsToStopAreToldInOpenAisWords(String reason, String expected) throws Exception {
        String said =
                ANSWER.replace("\"stop_reason\":\"tool_use\"", "\"stop_reason\":\"" + reason + '"');
        assertThat(JsonTrees.MAPPER.readTree(answer(said)).at("/choices/0/finish_reason").asText())
                .isEqualTo(expected);
    }

    @Test
    void anAnswerByToolIsText() throws Exception {
        Translation translation =
                Anthropic.ready(
                                "claude-3-5-haiku-20241022",
                                Recordings.tree(
                                        """
                                        {"model":"m","messages":[{"role":"user","content":"x"}],
                                         "response_format":{"type":"json_object"}}
                                        """))
                        .translation();
        String called = ANSWER.replace("\"name\":\"f\"", "\"name\":\"json_tool_call\"");
        JsonNode both = JsonTrees.MAPPER.readTree(translation.answer(called.getBytes(UTF_8)));
        assertThat(both.at("/choices/0/message/tool_calls")).hasSize(1);

        String alone =
                """
                {"content":[{"type":"tool_use","id":"t","name":"json_tool_call","input":{"a":1}}],
                 "stop_reason":"tool_use"}
                """;
        JsonNode answer = JsonTrees.MAPPER.readTree(translation.answer(alone.getBytes(UTF_8)));
        assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo("{\"a\":1}");
        assertThat(answer.at("/choices/0/message").has("tool_calls")).isFalse();
        assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{", "{}", "{\"content\":\"x\"}", "<html>"})
    void whatIsNoAnswerIsUnreadable(String body) {
        assertThatThrownBy(() -> answer(body)).isInstanceOf(UnreadableAnswerException.class);
    }

    @Test
    void anErrorWithinAStreamEndsItAfterWhatWasUsed() throws Exception {
        String begun = STREAM.substring(0, STREAM.indexOf("event: ping"));
        String said =
                new String(
                        stream(
                                begun
                                        + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
                                        + "\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n"),
                        UTF_8);
        assertThat(said)
                .contains("\"prompt_tokens\":26")
                .endsWith(
                        "data: {\"error\":{\"message\":\"Overloaded\",\"type\":\"overloaded_error\","
                                + "\"param\":null,\"code\":\"overloaded_error\"}}\n\n");
    }

    @Test
    void anEventThatCannotBeReadIsAnErrorAndNotAnEnd() throws Exception {
        String said = new String(stream("data: {nonsense\n\n" + STREAM), UTF_8);
        assertThat(said).contains("cannot be read").doesNotContain("[DONE]");
        assertThatThrownBy(() -> stream("data: {nonsense")).isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> stream("")).isInstanceOf(EOFException.class);
    }

    @Test
    void noBytesMakeATranslationFailOtherwise() {
        var random = new Random(7);
        byte[] stream = STREAM.getBytes(UTF_8);
        byte[] plain = ANSWER.getBytes(UTF_8);
        for (int i = 0; i < 3_000; i++) {
            byte[] garbled = garbled(random, stream);
            try {
                Anthropic.readAll(
                        Anthropic.translation(true).stream(
                                Anthropic.source(garbled, garbled.length, 100)));
            } catch (IOException _) {
                // cut, or told as an error
            }
            byte[] answer = garbled(random, plain);
            try {
                Anthropic.translation(false).answer(answer);
            } catch (UnreadableAnswerException _) {
                // as promised
            }
            assertThat(Anthropic.translation(false).failure(400, _ -> null, answer).status())
                    .isEqualTo(400);
        }
    }

    /** Changes words of the protocol too, which random bytes alone would never hit on. */
    private static byte[] garbled(Random random, byte[] whole) {
        byte[] bytes = whole.clone();
        for (int i = random.nextInt(6); i >= 0; i--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(3)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] = "{}[]\",:0-".getBytes(UTF_8)[random.nextInt(9)];
                default -> {
                    int from = random.nextInt(bytes.length);
                    int length = Math.min(random.nextInt(60), bytes.length - Math.max(at, from));
                    System.arraycopy(bytes, from, bytes, at, length);
                }
            }
        }
        return bytes;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400|400|invalid_request_error|prompt is too long: 9 tokens > 8 maximum|context_length_exceeded",
                "400|400|invalid_request_error|input length and `max_tokens` exceed context limit|context_length_exceeded",
                "400|400|invalid_request_error|Output blocked by content filtering policy|content_filter",
                "400|400|invalid_request_error|Your credit balance is too low to access|insufficient_quota",
                "400|400|invalid_request_error|messages: at least one|400",
                "401|401|authentication_error|invalid x-api-key|invalid_api_key",
                "404|404|not_found_error|model: claude-9|model_not_found",
                "413|413|request_too_large|Request exceeds the maximum size|413",
                "429|429|rate_limit_error|slow down|rate_limit_exceeded",
                "500|500|api_error|Internal server error|500",
                "529|503|overloaded_error|Overloaded|overloaded_error",
                "200|503|overloaded_error|Overloaded|overloaded_error",
                "200|429|rate_limit_error|slow down|rate_limit_exceeded",
                "204|502|odd|odd|502"
            })
    void errorsTakeOpenAisStatusAndCode(
            int answered, int status, String type, String message, String code) throws IOException {
        ProviderFailure failure =
                Anthropic.translation(false)
                        .failure(
                                answered,
                                name -> name.equals("retry-after") ? "7" : null,
                                "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"%s\"}}"
                                        .formatted(type, message)
                                        .getBytes(UTF_8));
        JsonNode error = JsonTrees.MAPPER.readTree(failure.body()).path("error");
        assertThat(failure.status()).isEqualTo(status);
        assertThat(failure.retryAfterSeconds()).isEqualTo(7);
        assertThat(error.path("type").asText()).isEqualTo(type);
        assertThat(error.path("message").asText()).isEqualTo(message);
        assertThat(error.path("code").asText()).isEqualTo(code);
    }

    @Test
    void anErrorThatSaysNothingStillHasAMessage() throws IOException {
        ProviderFailure failure =
                Anthropic.translation(false).failure(502, _ -> null, "<html>".getBytes(UTF_8));
        assertThat(JsonTrees.MAPPER.readTree(failure.body()).at("/error/message").asText())
                .isEqualTo("The provider answered 502.");
    }

    @Test
    void otherEndpointsAreNotServed() {
        var protocol = Anthropic.protocol("claude-x", ProtocolSettings.Parameters.STRICT);
        assertThat(protocol.serves(dev.sluice.providers.openai.Endpoint.EMBEDDINGS)).isFalse();
        assertThat(protocol.serves(dev.sluice.providers.openai.Endpoint.CHAT_COMPLETIONS)).isTrue();
    }
}
