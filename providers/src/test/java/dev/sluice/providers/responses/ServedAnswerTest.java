package dev.sluice.providers.responses;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Chats' answers as responses, plain and streamed. */
class ServedAnswerTest {

    private static final String ASKED =
            """
            {"model":"group","input":"x","instructions":"i","max_output_tokens":9,"user":"u",
             "tools":[{"type":"function","name":"f"}],"metadata":{"a":"b"},"temperature":0.5,
             "reasoning":{"effort":"low"},"text":{"verbosity":"low"}}\
            """;
    private static final String USAGE =
            """
            {"prompt_tokens":10,"completion_tokens":7,"total_tokens":17,
             "prompt_tokens_details":{"cached_tokens":4},
             "completion_tokens_details":{"reasoning_tokens":3}}\
            """;

    @Test
    void anAnswerHasAllThatClientsExpect() {
        ObjectNode completion =
                Served.tree(
                        """
                        {"id":"chatcmpl-1","created":5,"model":"m","service_tier":"flex","usage":%s,
                         "choices":[{"index":0,"finish_reason":"tool_calls","message":{
                           "role":"assistant","reasoning_content":"hm","content":"yes",
                           "annotations":[{"type":"url_citation","url_citation":
                             {"url":"u","title":"t","start_index":0,"end_index":3}}],
                           "tool_calls":[{"id":"c","type":"function","function":
                             {"name":"f","arguments":"{\\"a\\":1}"}}]}}]}\
                        """
                                .formatted(USAGE));

        assertThat(Served.plain(completion, Served.frame(ASKED)))
                .isEqualTo(
                        Served.tree(
                                """
                                {"id":"resp_1","object":"response","created_at":5,
                                 "status":"completed","background":false,"error":null,
                                 "incomplete_details":null,"instructions":"i",
                                 "max_output_tokens":9,"max_tool_calls":null,"model":"m",
                                 "output":[
                                  {"id":"rs_1_0","type":"reasoning","status":"completed",
                                   "summary":[{"type":"summary_text","text":"hm"}]},
                                  {"id":"msg_1_1","type":"message","status":"completed",
                                   "role":"assistant","content":[{"type":"output_text",
                                    "text":"yes","logprobs":[],"annotations":[{
                                     "type":"url_citation","start_index":0,"end_index":3,
                                     "title":"t","url":"u"}]}]},
                                  {"id":"fc_1_2","type":"function_call","status":"completed",
                                   "call_id":"c","name":"f","arguments":"{\\"a\\":1}"}],
                                 "parallel_tool_calls":true,"previous_response_id":null,
                                 "prompt_cache_key":null,
                                 "reasoning":{"effort":"low","summary":null},
                                 "safety_identifier":null,"service_tier":"flex","store":false,
                                 "temperature":0.5,"text":{"format":{"type":"text"},
                                  "verbosity":"low"},"tool_choice":"auto","tools":[{
                                  "type":"function","name":"f","description":null,
                                  "parameters":null,"strict":false}],"top_logprobs":0,
                                 "top_p":null,"truncation":"disabled","usage":{
                                  "input_tokens":10,"input_tokens_details":{"cached_tokens":4,
                                   "cache_write_tokens":0},"output_tokens":7,
                                  "output_tokens_details":{"reasoning_tokens":3},
                                  "total_tokens":17},"user":"u","metadata":{"a":"b"}}\
                                """));
    }

    @ParameterizedTest
    @CsvSource({
        "stop, completed, ''",
        "tool_calls, completed, ''",
        "length, incomplete, max_output_tokens",
        "content_filter, incomplete, content_filter"
    })
    void theEndIsTold(String finish, String status, String reason) {
        ObjectNode completion =
                Served.tree(
                        """
                        {"id":"1","choices":[{"index":0,"finish_reason":"%s",
                         "message":{"content":"cut"}}]}\
                        """
                                .formatted(finish));

        ObjectNode response = Served.plain(completion, Served.frame(ASKED));

        assertThat(response.path("status").asText()).isEqualTo(status);
        assertThat(response.at("/incomplete_details/reason").asText()).isEqualTo(reason);
        assertThat(response.at("/output/0/status").asText()).isEqualTo(status);
        assertThat(response.path("usage").isNull()).isTrue();
        assertThat(response.path("created_at").asLong()).isEqualTo(1_700_000_000);
    }

    @Test
    void aRefusalIsAPartOfTheMessage() {
        ObjectNode completion =
                Served.tree(
                        """
                        {"choices":[{"finish_reason":"stop",
                         "message":{"content":null,"refusal":"no"}}]}\
                        """);

        ObjectNode response = Served.plain(completion, Served.frame(ASKED));

        assertThat(response.path("id").asText()).isEqualTo("resp_fallback");
        assertThat(response.at("/output/0/content").toString())
                .isEqualTo("[{\"type\":\"refusal\",\"refusal\":\"no\"}]");
    }

    @Test
    void aFilteredAnswerWithoutAMessageIsAResponseToo() {
        ObjectNode completion =
                Served.tree(
                        """
                        {"id":"1","choices":[{"index":0,"finish_reason":"content_filter"}],
                         "usage":{"prompt_tokens":5,"completion_tokens":7}}\
                        """);

        ObjectNode response = Served.plain(completion, Served.frame(ASKED));

        assertThat(response.path("status").asText()).isEqualTo("incomplete");
        assertThat(response.at("/incomplete_details/reason").asText()).isEqualTo("content_filter");
        assertThat(response.path("output")).isEmpty();
        assertThat(response.at("/usage/output_tokens").asLong()).isEqualTo(7);
    }

    @Test
    void whatIsNoCompletionIsNoResponse() {
        for (String body : new String[] {"", "[]", "{}", "{\"choices\":[]}", "{\"choices\":[7]}"}) {
            assertThat(ServedAnswer.response(body.getBytes(UTF_8), Served.frame(ASKED))).isEmpty();
        }
    }

    @Test
    void aStreamIsToldInOpenAisOrder() {
        String sse =
                chunk("{\"role\":\"assistant\",\"content\":\"\"}", null)
                        + ": keep-alive\n\n"
                        + chunk("{\"reasoning_content\":\"h\"}", null)
                        + chunk("{\"reasoning_content\":\"m\"}", null)
                        + chunk("{\"content\":\"y\"}", null)
                        + chunk("{\"content\":\"es\"}", null)
                        + chunk(call(0, "c", "f", ""), null)
                        + chunk(call(0, null, null, "{\\\"a\\\""), null)
                        + chunk(call(0, null, null, ":1}"), "tool_calls")
                        + "data: {\"id\":\"chatcmpl-1\",\"choices\":[],\"usage\":%s}\n\n"
                                .formatted(USAGE.replace("\n", ""))
                        + "data: [DONE]\n\n";

        List<ObjectNode> events = Served.streamed(sse, Served.frame(ASKED));

        assertThat(events.stream().map(event -> event.path("type").asText()))
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.reasoning_summary_part.added",
                        "response.reasoning_summary_text.delta",
                        "response.reasoning_summary_text.delta",
                        "response.reasoning_summary_text.done",
                        "response.reasoning_summary_part.done",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.function_call_arguments.delta",
                        "response.function_call_arguments.delta",
                        "response.function_call_arguments.done",
                        "response.output_item.done",
                        "response.completed");
        assertThat(events.getFirst().at("/response/status").asText()).isEqualTo("in_progress");
        assertThat(events.getFirst().at("/response/output").isEmpty()).isTrue();
        assertThat(events.get(16).at("/item/arguments").asText()).isEmpty();
        assertThat(events.getLast().at("/response/usage/total_tokens").asLong()).isEqualTo(17);
        assertNumbered(events);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data: {\"error\":{\"message\":\"slow\",\"type\":\"rate_limit_error\"}}\n\n",
                "data: nonsense\n\n"
            })
    void aStreamThatFailsSaysSo(String last) {
        String sse = chunk("{\"content\":\"y\"}", null) + last + chunk("{\"content\":\"z\"}", null);

        List<ObjectNode> events = Served.streamed(sse, Served.frame(ASKED));

        ObjectNode failed = events.getLast();
        assertThat(failed.path("type").asText()).isEqualTo("response.failed");
        assertThat(failed.at("/response/status").asText()).isEqualTo("failed");
        assertThat(failed.at("/response/error/code").asText())
                .isEqualTo(last.contains("slow") ? "rate_limit_exceeded" : "server_error");
        assertThat(failed.at("/response/error/message").asText()).isNotEmpty();
        assertThat(failed.at("/response/output/0/content/0/text").asText()).isEqualTo("y");
    }

    @Test
    void anEmptyStreamIsAnEmptyResponse() {
        List<ObjectNode> events = Served.streamed("data: [DONE]\n\n", Served.frame(ASKED));

        assertThat(events.getFirst().path("type").asText()).isEqualTo("response.created");
        assertThat(events.getLast().path("type").asText()).isEqualTo("response.completed");
        assertThat(events.getLast().at("/response/output/0/content/0/text").asText()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomStreamsSayWhatThePlainAnswerSays(int seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            ObjectNode completion = completion(random);

            List<ObjectNode> events =
                    Served.streamed(stream(completion, random), Served.frame(ASKED));

            assertNumbered(events);
            JsonNode whole = events.getLast().path("response");
            assertThat(whole).isEqualTo(Served.plain(completion, Served.frame(ASKED)));
            assertAddsUp(events, whole);
        }
    }

    private static void assertNumbered(List<ObjectNode> events) {
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).path("sequence_number").asInt(-1)).isEqualTo(i);
        }
    }

    /** The pieces of each item are the item. */
    private static void assertAddsUp(List<ObjectNode> events, JsonNode whole) {
        Map<Integer, StringBuilder> pieces = new TreeMap<>();
        Map<Integer, JsonNode> done = new TreeMap<>();
        for (JsonNode event : events) {
            int index = event.path("output_index").asInt(-1);
            if (event.path("delta").isTextual()) {
                pieces.computeIfAbsent(index, _ -> new StringBuilder())
                        .append(event.path("delta").asText());
            }
            if (event.path("type").asText().equals("response.output_item.done")) {
                assertThat(done.put(index, event.path("item"))).isNull();
            }
        }
        assertThat(new ArrayList<>(done.values())).hasSize(whole.path("output").size());
        for (int i = 0; i < whole.path("output").size(); i++) {
            JsonNode item = whole.at("/output/" + i);
            assertThat(done.get(i)).isEqualTo(item);
            String text =
                    item.path("arguments").asText("")
                            + item.at("/content/0/text").asText("")
                            + item.at("/summary/0/text").asText("");
            assertThat(pieces.getOrDefault(i, new StringBuilder())).hasToString(text);
        }
    }

    private static ObjectNode completion(Random random) {
        ObjectNode completion =
                Served.tree("{\"id\":\"chatcmpl-1\",\"created\":5,\"model\":\"m\"}");
        ObjectNode choice = completion.putArray("choices").addObject().put("index", 0);
        ObjectNode message = choice.putObject("message").put("role", "assistant");
        message.put("content", random.nextBoolean() ? text(random) : "");
        if (random.nextBoolean()) {
            message.put("reasoning_content", text(random));
        }
        int calls = random.nextInt(4);
        for (int i = 0; i < calls; i++) {
            ObjectNode call = message.withArrayProperty("tool_calls").addObject();
            call.put("id", "call_" + i).put("type", "function");
            call.putObject("function").put("name", "f" + i).put("arguments", text(random));
        }
        choice.put("finish_reason", calls > 0 ? "tool_calls" : "stop");
        completion.set("usage", Served.tree(USAGE));
        return completion;
    }

    /** The same in pieces; the pieces of calls come in any order. */
    private static String stream(ObjectNode completion, Random random) {
        JsonNode message = completion.at("/choices/0/message");
        StringBuilder sse = new StringBuilder();
        for (String name : new String[] {"reasoning_content", "content"}) {
            for (String piece : pieces(message.path(name).asText(""), random)) {
                sse.append(chunk("{\"%s\":%s}".formatted(name, quoted(piece)), null));
            }
        }
        List<List<String>> queues = new ArrayList<>();
        JsonNode calls = message.path("tool_calls");
        for (int i = 0; i < calls.size(); i++) {
            JsonNode call = calls.path(i);
            sse.append(
                    chunk(
                            call(
                                    i,
                                    call.path("id").asText(),
                                    call.at("/function/name").asText(),
                                    ""),
                            null));
            queues.add(new ArrayList<>());
            for (String piece : pieces(call.at("/function/arguments").asText(), random)) {
                String json = quoted(piece);
                String bare = json.substring(1, json.length() - 1);
                queues.get(i).add(chunk(call(i, null, null, bare), null));
            }
        }
        queues.removeIf(List::isEmpty);
        while (!queues.isEmpty()) {
            List<String> queue = queues.get(random.nextInt(queues.size()));
            sse.append(queue.removeFirst());
            queues.removeIf(List::isEmpty);
        }
        ArrayNode none = JsonTrees.MAPPER.createArrayNode();
        sse.append(chunk("{}", completion.at("/choices/0/finish_reason").asText()));
        ObjectNode last = completion.deepCopy();
        last.set("choices", none);
        return sse.append("data: ").append(last).append("\n\ndata: [DONE]\n\n").toString();
    }

    private static List<String> pieces(String text, Random random) {
        List<String> pieces = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int end = Math.min(text.length(), at + 1 + random.nextInt(4));
            if (end < text.length() && Character.isLowSurrogate(text.charAt(end))) {
                end++;
            }
            pieces.add(text.substring(at, end));
            at = end;
        }
        return pieces;
    }

    private static String text(Random random) {
        return random.ints(1 + random.nextInt(20), 0, 6)
                .mapToObj(at -> List.of("a", "é", "\uD83D\uDE00", "\n", "\"", "{").get(at))
                .reduce("", String::concat);
    }

    private static String chunk(String delta, @Nullable String finish) {
        return """
        data: {"id":"chatcmpl-1","created":5,"model":"m","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}

        """
                .formatted(delta, finish == null ? "null" : quoted(finish));
    }

    private static String call(
            int index, @Nullable String id, @Nullable String name, String arguments) {
        return """
        {"tool_calls":[{"index":%d%s,"function":{%s"arguments":"%s"}}]}\
        """
                .formatted(
                        index,
                        id == null ? "" : ",\"type\":\"function\",\"id\":" + quoted(id),
                        name == null ? "" : "\"name\":%s,".formatted(quoted(name)),
                        arguments);
    }

    private static String quoted(String text) {
        return JsonTrees.MAPPER.getNodeFactory().textNode(text).toString();
    }
}
