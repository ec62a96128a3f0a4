package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Calls chats as a client of OpenAI's Responses would, of whatever provider they are; and what was
 * recorded as a response.
 */
final class ResponsesForm implements CallForm {

    private static final Map<String, String> CUT =
            Map.of(
                    "length", "incomplete: max_output_tokens",
                    "content_filter", "incomplete: content_filter");

    private final CallForm chat;

    /** Finds the same as by this form, in other words. */
    ResponsesForm(CallForm chat) {
        this.chat = chat;
    }

    @Override
    public String path() {
        return "/v1/responses";
    }

    @Override
    public ObjectNode request(Recording recording) {
        if (isOwn(recording) && recording.request().path("body") instanceof ObjectNode recorded) {
            ObjectNode request = recorded.deepCopy().put("stream", recording.isStream());
            // Nobody here has made what these name.
            request.remove(List.of("previous_response_id", "conversation"));
            return request;
        }
        ObjectNode request = JsonTrees.MAPPER.createObjectNode().put("input", "Hello");
        ArrayNode tools = JsonTrees.MAPPER.createArrayNode();
        for (JsonNode tool : ChatRequests.of(recording).path("tools")) {
            if (tool.path("function") instanceof ObjectNode function) {
                tools.addObject().put("type", "function").setAll(function);
            }
        }
        if (!tools.isEmpty()) {
            request.set("tools", tools);
        }
        return request.put("stream", recording.isStream());
    }

    private static boolean isOwn(Recording recording) {
        return recording.endpoint().equals("responses") && !recording.isError();
    }

    @Override
    public ObjectNode expected(Recording recording) {
        ObjectNode expected = chat.expected(recording);
        String finish = expected.path("finish").asText();
        expected.put("finish", CUT.getOrDefault(finish, "completed"));
        if (isOwn(recording)) {
            expected.set("finish", recording.facts().path("finish"));
            expected.remove("reasoning"); // facts do not look into summaries
        }
        expected.properties().removeIf(fact -> fact.getKey().startsWith("usage."));
        if (expected.path("metered.kind").asText().equals("settled")) {
            expected.set("usage.input_tokens", expected.path("metered.prompt"));
            expected.set("usage.cached_tokens", expected.path("metered.cached"));
            expected.set("usage.output_tokens", expected.path("metered.completion"));
            expected.set("usage.reasoning_tokens", expected.path("metered.reasoning"));
        }
        return expected;
    }

    @Override
    public ObjectNode found(Answer answer, boolean isStream) {
        if (!isStream) {
            return found(answer.json());
        }
        List<JsonNode> events = answer.events();
        JsonNode last = events.isEmpty() ? answer.json() : events.getLast();
        ObjectNode found = found(last.path("response"));
        String type = last.path("type").asText();
        found.put("done", List.of("response.completed", "response.incomplete").contains(type));
        found.put("content_type", answer.header("content-type").split(";", 2)[0]);
        String flaw = events.isEmpty() ? "no events" : flaw(events, last.path("response"));
        if (!flaw.isEmpty()) {
            found.put("broken", flaw);
        }
        return found;
    }

    /** What a response says. */
    private static ObjectNode found(JsonNode response) {
        ObjectNode found = JsonTrees.MAPPER.createObjectNode();
        found.put("text", text(response, "content", "text"));
        found.put("refusal", text(response, "content", "refusal"));
        found.put("reasoning", text(response, "summary", "text"));
        ArrayNode calls = found.putArray("tool_calls");
        for (JsonNode item : response.path("output")) {
            if (item.path("type").asText().equals("function_call")) {
                ObjectNode call = calls.addObject();
                call.set("name", item.path("name"));
                call.set("arguments", Answer.tree(item.path("arguments").asText()));
                if (item.path("call_id").asText().isEmpty()) {
                    call.put("id", "none");
                }
            }
        }
        String status = response.path("status").asText();
        String reason = response.at("/incomplete_details/reason").asText();
        found.put("finish", reason.isEmpty() ? status : status + ": " + reason);
        JsonNode usage = response.path("usage");
        found.set("usage.input_tokens", usage.path("input_tokens"));
        found.set("usage.output_tokens", usage.path("output_tokens"));
        found.set("usage.cached_tokens", usage.at("/input_tokens_details/cached_tokens"));
        found.set("usage.reasoning_tokens", usage.at("/output_tokens_details/reasoning_tokens"));
        return found;
    }

    private static String text(JsonNode response, String parts, String name) {
        var text = new StringBuilder();
        for (JsonNode item : response.path("output")) {
            item.path(parts).forEach(part -> text.append(part.path(name).asText("")));
        }
        return text.toString();
    }

    /** Pieces must come in order, and say together what the last event says. */
    private static String flaw(List<JsonNode> events, JsonNode response) {
        Map<String, StringBuilder> pieces = new HashMap<>();
        // Responses of the first days had no numbers.
        boolean isNumbered = events.getFirst().has("sequence_number");
        for (int i = 0; i < events.size(); i++) {
            JsonNode event = events.get(i);
            boolean isNext = !isNumbered || event.path("sequence_number").asInt(-1) == i;
            if (event.isMissingNode() || !isNext) {
                return "event %d is %s".formatted(i, event);
            }
            if (event.path("type").asText().endsWith(".delta")) {
                pieces.computeIfAbsent(event.path("item_id").asText(), _ -> new StringBuilder())
                        .append(event.path("delta").asText());
            }
        }
        for (JsonNode item : response.path("output")) {
            StringBuilder told = pieces.get(item.path("id").asText());
            String whole = whole(item);
            if (!whole.contentEquals(told == null ? "" : told)) {
                return "%s was told as %s".formatted(item, told);
            }
        }
        return "";
    }

    private static String whole(JsonNode item) {
        var whole = new StringBuilder(item.path("arguments").asText(""));
        for (String parts : List.of("summary", "content")) {
            for (JsonNode part : item.path(parts)) {
                whole.append(part.path("text").asText("")).append(part.path("refusal").asText(""));
            }
        }
        return whole.toString();
    }
}
