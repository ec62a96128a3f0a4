package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import java.util.List;
import java.util.Map;

/** Calls chats as a client of Anthropic's, of whatever provider they are. */
final class MessagesForm implements CallForm {

    private static final Map<String, String> STOP_REASONS =
            Map.of(
                    "stop", "end_turn",
                    "tool_calls", "tool_use",
                    "length", "max_tokens",
                    "content_filter", "refusal");

    private static final int MAX_TOKENS = 1_000;

    private final CallForm chat;

    /** Finds the same as by this form, in other words. */
    MessagesForm(CallForm chat) {
        this.chat = chat;
    }

    @Override
    public String path() {
        return "/v1/messages";
    }

    @Override
    public ObjectNode request(Recording recording) {
        boolean isOwn = recording.provider().equals("anthropic") && !recording.isError();
        ObjectNode request =
                isOwn && recording.request().path("body") instanceof ObjectNode recorded
                        ? recorded.deepCopy()
                        : plain();
        return request.put("stream", recording.isStream());
    }

    private static ObjectNode plain() {
        ObjectNode request = JsonTrees.MAPPER.createObjectNode().put("max_tokens", MAX_TOKENS);
        request.putArray("messages").addObject().put("role", "user").put("content", "Hello");
        return request;
    }

    @Override
    public ObjectNode expected(Recording recording) {
        ObjectNode expected = chat.expected(recording);
        String finish = expected.path("finish").asText();
        expected.put("finish", STOP_REASONS.getOrDefault(finish, finish));
        expected.put("text", expected.path("text").asText() + refusal(expected));
        List.of(
                        "refusal",
                        "usage.prompt_tokens",
                        "usage.completion_tokens",
                        "usage.cached_tokens",
                        "usage.reasoning_tokens")
                .forEach(expected::remove);
        if (expected.path("metered.kind").asText().equals("settled")) {
            long read = expected.path("metered.cached").asLong();
            long written = expected.path("metered.written").asLong();
            long input = expected.path("metered.prompt").asLong() - read - written;
            expected.put("usage.input_tokens", input);
            expected.put("usage.cache_read_input_tokens", read);
            expected.put("usage.cache_creation_input_tokens", written);
            expected.set("usage.output_tokens", expected.path("metered.completion"));
        }
        return expected;
    }

    private static String refusal(ObjectNode expected) {
        return expected.path("refusal").asText("");
    }

    @Override
    public ObjectNode expectedError(Recording recording) {
        ObjectNode expected = ErrorFacts.expected(recording);
        expected.remove(List.of("error.code", "error.param"));
        int status = expected.path("status").asInt();
        return expected.put(
                "error.type",
                switch (status) {
                    case 401 -> "authentication_error";
                    case 403 -> "permission_error";
                    case 404 -> "not_found_error";
                    case 429 -> "rate_limit_error";
                    case 503 -> "overloaded_error";
                    default -> status < 500 ? "invalid_request_error" : "api_error";
                });
    }

    @Override
    public ObjectNode found(Answer answer, boolean isStream) {
        var reader = new MessageReader();
        if (isStream) {
            answer.events().forEach(reader::event);
            reader.found.put("content_type", answer.header("content-type").split(";", 2)[0]);
        } else {
            reader.message(answer.json());
        }
        return reader.found();
    }

    /** Puts the blocks of a message together. */
    private static final class MessageReader {

        private final ObjectNode found = JsonTrees.MAPPER.createObjectNode();
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder thoughts = new StringBuilder();
        private final StringBuilder json = new StringBuilder();
        private final ArrayNode calls = JsonTrees.MAPPER.createArrayNode();

        void message(JsonNode message) {
            message.path("content").forEach(this::block);
            end(message);
        }

        void event(JsonNode event) {
            switch (event.path("type").asText()) {
                case "message_start" -> end(event.path("message"));
                case "content_block_start" -> {
                    json.setLength(0);
                    block(event.path("content_block"));
                }
                case "content_block_delta" -> delta(event.path("delta"));
                case "content_block_stop" -> {
                    if (!json.isEmpty() && !calls.isEmpty()) {
                        ((ObjectNode) calls.get(calls.size() - 1))
                                .set("arguments", Answer.tree(json.toString()));
                        json.setLength(0);
                    }
                }
                case "message_delta" -> {
                    end(event);
                    end(event.path("delta"));
                }
                case "message_stop" -> found.put("done", true);
                case "ping" -> {}
                default -> found.set("broken", event);
            }
        }

        private void block(JsonNode block) {
            text.append(block.path("text").asText(""));
            thoughts.append(block.path("thinking").asText(""));
            if (block.path("type").asText().equals("tool_use")) {
                ObjectNode call = calls.addObject();
                call.set("name", block.path("name"));
                call.set("arguments", block.path("input"));
                if (block.path("id").asText().isEmpty()) {
                    call.put("id", "none");
                }
            }
        }

        private void delta(JsonNode delta) {
            text.append(delta.path("text").asText(""));
            thoughts.append(delta.path("thinking").asText(""));
            json.append(delta.path("partial_json").asText(""));
        }

        private void end(JsonNode told) {
            if (told.path("stop_reason").isTextual()) {
                found.set("finish", told.path("stop_reason"));
            }
            told.path("usage")
                    .properties()
                    .forEach(count -> found.set("usage." + count.getKey(), count.getValue()));
        }

        ObjectNode found() {
            found.put("text", text.toString()).put("reasoning", thoughts.toString());
            found.set("tool_calls", calls);
            return found;
        }
    }
}
