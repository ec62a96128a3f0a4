package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What chats and completions have in common. */
final class TextFacts {

    /** What providers call an end, in lower case, in OpenAI's terms. */
    private static final Map<String, String> FINISHES =
            Map.ofEntries(
                    Map.entry("stop", "stop"),
                    Map.entry("end_turn", "stop"),
                    Map.entry("stop_sequence", "stop"),
                    Map.entry("complete", "stop"),
                    Map.entry("pause_turn", "stop"),
                    Map.entry("tool_calls", "tool_calls"),
                    Map.entry("tool_use", "tool_calls"),
                    Map.entry("tool_call", "tool_calls"),
                    Map.entry("function_call", "function_call"),
                    Map.entry("length", "length"),
                    Map.entry("max_tokens", "length"),
                    Map.entry("model_length", "length"),
                    Map.entry("model_context_window_exceeded", "length"),
                    Map.entry("content_filter", "content_filter"),
                    Map.entry("content_filtered", "content_filter"),
                    Map.entry("guardrail_intervened", "content_filter"),
                    Map.entry("refusal", "content_filter"),
                    Map.entry("safety", "content_filter"),
                    Map.entry("recitation", "content_filter"),
                    Map.entry("blocklist", "content_filter"),
                    Map.entry("prohibited_content", "content_filter"),
                    Map.entry("spii", "content_filter"),
                    Map.entry("image_safety", "content_filter"),
                    Map.entry("image_other", "content_filter"),
                    Map.entry("image_prohibited_content", "content_filter"),
                    Map.entry("image_recitation", "content_filter"),
                    Map.entry("language", "content_filter"),
                    Map.entry("model_armor", "content_filter"),
                    Map.entry("other", "content_filter"),
                    Map.entry("malformed_function_call", "stop"),
                    Map.entry("compaction", "length"),
                    Map.entry("error_limit", "length"),
                    Map.entry("error_toxic", "content_filter"));

    private TextFacts() {}

    /** Text, end and usage. */
    static ObjectNode expected(Recording recording) {
        JsonNode facts = recording.facts();
        ObjectNode expected = JsonTrees.MAPPER.createObjectNode();
        expected.set("text", facts.path("text"));
        expected.put("finish", finish(facts));
        if (recording.isStream()) {
            expected.put("done", true);
            expected.put("content_type", "text/event-stream");
        }
        expected.setAll(ExpectedUsage.of(recording));
        return expected;
    }

    private static String finish(JsonNode facts) {
        if (facts.has("block_reason")) {
            return "content_filter";
        }
        String said = facts.path("finish").asText();
        String finish = FINISHES.getOrDefault(said.toLowerCase(Locale.ROOT), said);
        boolean calls = !facts.path("tool_calls").isEmpty();
        return switch (said) {
            // Google says STOP to all that is well, Anthropic tool_use to its own tools too.
            case "STOP" -> calls ? "tool_calls" : "stop";
            case "tool_use" -> calls ? "tool_calls" : "stop";
            default -> finish;
        };
    }

    /** The end and the usage of an answer, or of a stream's events. */
    static ObjectNode found(Answer answer, List<JsonNode> parts, boolean isStream) {
        ObjectNode found = JsonTrees.MAPPER.createObjectNode();
        for (JsonNode part : parts) {
            JsonNode finish = part.at("/choices/0/finish_reason");
            if (finish.isTextual()) {
                found.set("finish", finish);
            }
            JsonNode usage = part.path("usage");
            if (usage.isObject()) {
                found.set("usage.prompt_tokens", usage.path("prompt_tokens"));
                found.set("usage.completion_tokens", usage.path("completion_tokens"));
                found.set("usage.cached_tokens", usage.at("/prompt_tokens_details/cached_tokens"));
                found.set(
                        "usage.reasoning_tokens",
                        usage.at("/completion_tokens_details/reasoning_tokens"));
            }
            if (part.isMissingNode() || part.has("error")) {
                found.set("broken", part);
            }
        }
        if (isStream) {
            found.put("done", answer.isDone());
            found.put("content_type", answer.header("content-type").split(";", 2)[0]);
        }
        return found;
    }
}
