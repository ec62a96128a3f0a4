package dev.sluice.providers.anthropic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.anthropic.Recordings.Recording;
import dev.sluice.providers.messages.ServedAnswer;
import dev.sluice.providers.messages.ServedRequest;
import dev.sluice.providers.messages.ServedStream;
import dev.sluice.providers.messages.UnservableMessagesException;
import dev.sluice.providers.openai.EventStream;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.OutputCap;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.EOFException;
import java.io.IOException;
import java.util.List;

/** Anthropic's wire towards callers: there and back again is where one started. */
class ServedMessagesTest {

    private static final ServedRequest.Dialect CLAUDE =
            new ServedRequest.Dialect(OutputCap.Member.MAX_TOKENS, true);

    private static final ServedRequest.Dialect OTHER =
            new ServedRequest.Dialect(OutputCap.Member.MAX_COMPLETION_TOKENS, false);

    static List<Recording> requests() {
        return Recordings.messages().stream()
                .filter(one -> one.request().path("body").isObject())
                .toList();
    }

    static List<Recording> plain() {
        return Recordings.messages().stream()
                .filter(one -> !one.isStream() && !one.isError())
                .toList();
    }

    static List<Recording> streams() {
        return Recordings.messages().stream().filter(Recording::isStream).toList();
    }

    @ParameterizedTest
    @MethodSource("requests")
    void recordedRequestsPassThroughOpenAisFormWhole(Recording recording) throws Exception {
        ObjectNode asked = recording.request().path("body").deepCopy();
        ObjectNode chat = ServedRequest.chat(asked.deepCopy(), CLAUDE);
        ObjectNode sent = Anthropic.sent(Anthropic.ready(asked.path("model").asText(), chat));

        normalize(asked);
        normalize(sent);
        assertThat(sent).isEqualTo(asked);
    }

    /** Two spellings of the same: texts for lists of one text, defaults left out. */
    private static void normalize(ObjectNode request) {
        if (request.path("system").isTextual()) {
            String text = request.path("system").asText();
            request.putArray("system").addObject().put("type", "text").put("text", text);
        }
        if (!request.path("stream").asBoolean()) {
            request.remove("stream");
        }
        if (request.path("tool_choice").toString().equals("{\"type\":\"auto\"}")) {
            request.remove("tool_choice");
        }
        for (JsonNode tool : request.path("tools")) {
            // Strictness can be said of the tool only, not of its schema.
            if (tool.path("input_schema") instanceof ObjectNode schema) {
                schema.remove("additionalProperties");
            }
        }
        ArrayNode merged = JsonTrees.MAPPER.createArrayNode();
        for (JsonNode message : request.path("messages")) {
            ArrayNode blocks = JsonTrees.MAPPER.createArrayNode();
            if (message.path("content").isTextual()) {
                blocks.addObject().put("type", "text").set("text", message.path("content"));
            }
            message.path("content").forEach(blocks::add);
            for (JsonNode block : blocks) {
                if (block.path("type").asText().equals("tool_result")) {
                    normalizeResult((ObjectNode) block);
                }
            }
            JsonNode last = merged.path(merged.size() - 1);
            if (last.path("role").equals(message.path("role"))) {
                ((ArrayNode) last.path("content")).addAll(blocks);
            } else {
                merged.addObject()
                        .put("role", message.path("role").asText())
                        .set("content", blocks);
            }
        }
        request.set("messages", merged);
    }

    private static void normalizeResult(ObjectNode result) {
        if (!result.path("is_error").asBoolean()) {
            result.remove("is_error");
        }
        JsonNode only = result.path("content").path(0);
        if (result.path("content").size() == 1 && only.size() == 2 && only.has("text")) {
            result.set("content", only.get("text"));
        }
    }

    @ParameterizedTest
    @MethodSource("plain")
    void recordedAnswersPassThroughOpenAisFormWhole(Recording recording) throws Exception {
        JsonNode body = recording.response().path("body");
        byte[] completion = Anthropic.translation(false).answer(JsonTrees.bytes(body));
        JsonNode message =
                JsonTrees.MAPPER.readTree(ServedAnswer.message(completion).orElseThrow());
        agree(body, message);
    }

    @ParameterizedTest
    @MethodSource("streams")
    void recordedStreamsPassThroughOpenAisFormWhole(Recording recording) throws Exception {
        byte[] bytes = recording.response().path("sse").asText().getBytes(UTF_8);
        for (int pieces : new int[] {1, 50, bytes.length}) {
            var served =
                    new ServedStream(
                            Anthropic.translation(true).stream(
                                    Anthropic.source(bytes, bytes.length, pieces)));
            agree(
                    assembled(bytes),
                    assembled(
                            Anthropic.readAll(
                                    (into, at, n) -> served.read(into, at, Math.min(n, pieces)))));
        }
    }

    private static void agree(JsonNode recorded, JsonNode served) {
        for (String name : new String[] {"id", "model", "role", "type", "stop_reason"}) {
            assertThat(served.path(name)).as(name).isEqualTo(recorded.path(name));
        }
        for (String type : new String[] {"text", "thinking", "signature"}) {
            assertThat(joined(served, type)).as(type).isEqualTo(joined(recorded, type));
        }
        assertThat(calls(served)).isEqualTo(calls(recorded));
        for (String name :
                new String[] {
                    "input_tokens",
                    "output_tokens",
                    "cache_read_input_tokens",
                    "cache_creation_input_tokens"
                }) {
            assertThat(served.path("usage").path(name).asInt())
                    .as(name)
                    .isEqualTo(recorded.path("usage").path(name).asInt());
        }
    }

    private static String joined(JsonNode message, String name) {
        var text = new StringBuilder();
        message.path("content").forEach(block -> text.append(block.path(name).asText("")));
        return text.toString();
    }

    private static ArrayNode calls(JsonNode message) {
        ArrayNode calls = JsonTrees.MAPPER.createArrayNode();
        for (JsonNode block : message.path("content")) {
            if (block.path("type").asText().equals("tool_use")) {
                ObjectNode call = calls.addObject();
                call.set("id", block.path("id"));
                call.set("name", block.path("name"));
                call.set("input", block.path("input"));
            }
        }
        return calls;
    }

    /** What Anthropic's clients make of the events. */
    private static JsonNode assembled(byte[] sse) throws IOException {
        var events = new EventStream(Anthropic.source(sse, sse.length, sse.length), 1 << 20);
        ObjectNode message = JsonTrees.MAPPER.createObjectNode();
        var arguments = new StringBuilder();
        EventStream.@Nullable Event event = events.next();
        boolean hasStopped = false;
        while (event != null) {
            JsonNode data = Recordings.tree(event.data());
            assertThat(data.path("type").asText()).isEqualTo(event.name());
            switch (event.name()) {
                case "message_start" -> message = data.path("message").deepCopy();
                case "content_block_start" -> {
                    assertThat(data.path("index").asInt())
                            .isEqualTo(message.path("content").size());
                    ((ArrayNode) message.path("content")).add(data.path("content_block"));
                }
                case "content_block_delta" -> {
                    JsonNode block = message.path("content").path(data.path("index").asInt());
                    for (String name : new String[] {"text", "thinking", "signature"}) {
                        String more = data.path("delta").path(name).asText("");
                        if (!more.isEmpty()) {
                            ((ObjectNode) block).put(name, block.path(name).asText("") + more);
                        }
                    }
                    arguments.append(data.path("delta").path("partial_json").asText(""));
                }
                case "content_block_stop" -> {
                    if (!arguments.isEmpty()) {
                        JsonNode block = message.path("content").path(data.path("index").asInt());
                        ((ObjectNode) block).set("input", Recordings.tree(arguments.toString()));
                        arguments.setLength(0);
                    }
                }
                case "message_delta" -> {
                    message.set("stop_reason", data.path("delta").path("stop_reason"));
                    message.withObjectProperty("usage").setAll((ObjectNode) data.path("usage"));
                }
                case "message_stop" -> hasStopped = true;
                default -> assertThat(event.name()).isEqualTo("ping");
            }
            event = events.next();
        }
        assertThat(hasStopped).isTrue();
        return message;
    }

    @Test
    void keepsWhatTheGatewayIsAskedFor() throws Exception {
        String wishes =
                "\"cache\":{\"no-store\":true},\"caching\":false,\"tags\":[\"t\"],\"timeout\":3";
        for (ServedRequest.Dialect dialect : List.of(CLAUDE, OTHER)) {
            ObjectNode chat =
                    ServedRequest.chat(
                            (ObjectNode)
                                    Recordings.tree(
                                            "{\"model\":\"m\",\"messages\":[],%s}"
                                                    .formatted(wishes)),
                            dialect);

            assertThat(chat.toString()).contains(wishes);
        }
    }

    @Test
    void aRequestForAnotherProviderHasNothingOfAnthropicsOwn() throws Exception {
        ObjectNode chat =
                ServedRequest.chat(
                        (ObjectNode)
                                Recordings.tree(
                                        """
                                        {"model":"gpt","max_tokens":9,"system":"S","stream":true,
                                         "top_k":3,"thinking":{"type":"enabled","budget_tokens":2000},
                                         "stop_sequences":["x"],"metadata":{"user_id":"u"},
                                         "tools":[{"name":"f","description":"d",
                                           "input_schema":{"type":"object"},
                                           "cache_control":{"type":"ephemeral"}}],
                                         "tool_choice":{"type":"any",
                                           "disable_parallel_tool_use":true},
                                         "messages":[
                                           {"role":"user","content":[{"type":"text","text":"a",
                                             "cache_control":{"type":"ephemeral"}},
                                             {"type":"image","source":{"type":"base64",
                                               "media_type":"image/png","data":"AA=="}}]},
                                           {"role":"assistant","content":[
                                             {"type":"thinking","thinking":"t","signature":"s"},
                                             {"type":"tool_use","id":"1","name":"f",
                                              "input":{"n":1.0}}]},
                                           {"role":"user","content":[{"type":"text","text":"b"},
                                             {"type":"tool_result","tool_use_id":"1",
                                              "is_error":true,"content":"no"}]}]}
                                        """),
                        OTHER);
        assertThat(chat)
                .isEqualTo(
                        Recordings.tree(
                                """
                                {"model":"gpt","messages":[{"role":"system","content":"S"},
                                   {"role":"user","content":[{"type":"text","text":"a"},
                                     {"type":"image_url",
                                      "image_url":{"url":"data:image/png;base64,AA=="}}]},
                                   {"role":"assistant","content":null,"tool_calls":[{"id":"1",
                                     "type":"function",
                                     "function":{"name":"f","arguments":"{\\"n\\":1.0}"}}]},
                                   {"role":"tool","tool_call_id":"1","content":"no"},
                                   {"role":"user","content":"b"}],
                                 "max_completion_tokens":9,"stop":["x"],"stream":true,
                                 "stream_options":{"include_usage":true},"user":"u",
                                 "reasoning_effort":"medium",
                                 "tools":[{"type":"function","function":{"name":"f",
                                   "description":"d","parameters":{"type":"object"}}}],
                                 "tool_choice":"required","parallel_tool_calls":false}
                                """));
    }

    @Test
    void whatOnlyAnthropicHasIsRefusedForOthers() {
        for (String fields :
                List.of(
                        "\"messages\":[],\"tools\":[{\"type\":\"bash_20250124\",\"name\":\"bash\"}]",
                        "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"search_result\"}]}]",
                        "\"messages\":[{\"role\":\"robot\",\"content\":\"x\"}]",
                        "\"messages\":3")) {
            var request = (ObjectNode) Recordings.tree("{\"model\":\"m\"," + fields + "}");
            assertThatThrownBy(() -> ServedRequest.chat(request, OTHER))
                    .isInstanceOf(UnservableMessagesException.class);
        }
    }

    @Test
    void anOpenAiStreamWithParallelCallsBecomesBlocks() throws Exception {
        String head = "data: {\"id\":\"c1\",\"model\":\"gpt\",\"choices\":[{\"index\":0,\"delta\":";
        String stream =
                head
                        + "{\"role\":\"assistant\",\"content\":\"Hi\"}}]}\n\n"
                        + head
                        + "{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"f\","
                        + "\"arguments\":\"{\\\"x\\\":\"}}]}}]}\n\n"
                        + head
                        + "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}},"
                        + "{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"g\","
                        + "\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}\n\n"
                        + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,"
                        + "\"completion_tokens\":4,\"total_tokens\":14,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":6}}}\n\n";
        byte[] whole = (stream + "data: [DONE]\n\n").getBytes(UTF_8);
        JsonNode message =
                assembled(
                        Anthropic.readAll(
                                new ServedStream(Anthropic.source(whole, whole.length, 9))));
        assertThat(message.path("content"))
                .isEqualTo(
                        Recordings.tree(
                                """
                                [{"type":"text","text":"Hi"},
                                 {"type":"tool_use","id":"a","name":"f","input":{"x":1}},
                                 {"type":"tool_use","id":"b","name":"g","input":{}}]
                                """));
        assertThat(message.path("stop_reason").asText()).isEqualTo("tool_use");
        assertThat(message.at("/usage/input_tokens").asInt()).isEqualTo(4);
        assertThat(message.at("/usage/cache_read_input_tokens").asInt()).isEqualTo(6);
        assertThat(message.at("/usage/output_tokens").asInt()).isEqualTo(4);

        byte[] cut = stream.getBytes(UTF_8);
        assertThatThrownBy(() ->
                        Anthropic.readAll(
                                new ServedStream(Anthropic.source(cut, cut.length, cut.length))))
                .isInstanceOf(EOFException.class);
    }

    @Test
    void errorsTakeAnthropicsForm() throws Exception {
        byte[] error =
                "{\"error\":{\"message\":\"slow down\",\"type\":\"x\",\"code\":\"y\"}}"
                        .getBytes(UTF_8);
        assertThat(new String(ServedAnswer.error(429, error), UTF_8))
                .isEqualTo(
                        "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\","
                                + "\"message\":\"slow down\"}}");
        byte[] stream =
                "data: {\"error\":{\"message\":\"Busy\",\"type\":\"overloaded_error\"}}\n\n"
                        .getBytes(UTF_8);
        assertThat(
                        new String(
                                Anthropic.readAll(
                                        new ServedStream(
                                                Anthropic.source(stream, stream.length, 5))),
                                UTF_8))
                .isEqualTo(
                        "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":"
                                + "\"overloaded_error\",\"message\":\"Busy\"}}\n\n");
        assertThat(ServedAnswer.message("{}".getBytes(UTF_8))).isEmpty();
    }

    /** Azure filters a whole answer so. */
    @Test
    void anAnswerWithoutAMessageIsAnEmptyOne() throws Exception {
        String filtered =
                "{\"id\":\"1\",\"choices\":[{\"index\":0,\"finish_reason\":\"content_filter\"}],"
                        + "\"usage\":{\"prompt_tokens\":15,\"completion_tokens\":19}}";
        JsonNode message =
                JsonTrees.MAPPER.readTree(
                        ServedAnswer.message(filtered.getBytes(UTF_8)).orElseThrow());
        assertThat(message.path("content")).isEmpty();
        assertThat(message.path("stop_reason").asText()).isEqualTo("refusal");
        assertThat(message.at("/usage/output_tokens").asInt()).isEqualTo(19);
    }
}
