package dev.sluice.providers.messages;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

/** Anthropic's words for OpenAI's. */
final class ServedWords {

    private ServedWords() {}

    static String stopReason(String finish) {
        return switch (finish) {
            case "length" -> "max_tokens";
            case "tool_calls", "function_call" -> "tool_use";
            case "content_filter" -> "refusal";
            default -> "end_turn";
        };
    }

    /** Anthropic counts the cache beside the input, and thoughts within the output. */
    static ObjectNode usage(@Nullable Usage used) {
        Usage usage = used == null ? Usage.NONE : used;
        ObjectNode told = JsonTrees.MAPPER.createObjectNode();
        told.put("input_tokens", usage.input() + usage.audioInput() + usage.image());
        told.put("cache_creation_input_tokens", usage.cacheWrite5m() + usage.cacheWrite1h());
        told.put("cache_read_input_tokens", usage.cachedRead());
        told.putObject("cache_creation")
                .put("ephemeral_5m_input_tokens", usage.cacheWrite5m())
                .put("ephemeral_1h_input_tokens", usage.cacheWrite1h());
        told.put("output_tokens", usage.completionTokens());
        return told;
    }

    /** Arguments are an object here, and at OpenAI any text, also one that was cut off. */
    static JsonNode input(String arguments) {
        if (arguments.isBlank()) {
            return JsonTrees.MAPPER.createObjectNode();
        }
        try {
            JsonNode tree = JsonTrees.MAPPER.readTree(arguments);
            if (tree.isObject()) {
                return tree;
            }
        } catch (JsonProcessingException _) {
            // told as the text it is
        }
        return JsonTrees.MAPPER.createObjectNode().put("arguments", arguments);
    }

    /** {@code {"type":"error","error":{"type","message"}}}. */
    static ObjectNode error(int status, JsonNode openAiError) {
        ObjectNode error = JsonTrees.MAPPER.createObjectNode().put("type", "error");
        String message = openAiError.path("message").asText("");
        error.putObject("error")
                .put("type", errorType(status))
                .put("message", message.isEmpty() ? "The call failed." : message);
        return error;
    }

    private static String errorType(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 402 -> "billing_error";
            case 403 -> "permission_error";
            case 404 -> "not_found_error";
            case 413 -> "request_too_large";
            case 429 -> "rate_limit_error";
            case 503, 529 -> "overloaded_error";
            case 408, 504 -> "timeout_error";
            default -> status >= 500 ? "api_error" : "invalid_request_error";
        };
    }
}
