package dev.sluice.providers.anthropic;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.ErrorBody;

import java.util.List;
import java.util.Locale;

/**
 * An error of Anthropic's as OpenAI's.
 *
 * @param status as OpenAI's would be
 * @param body with Anthropic's type and message
 */
public record MessagesError(int status, ErrorBody body) {

    private static final List<String> TOO_LONG =
            List.of("prompt is too long", "exceed context limit", "context window");

    /**
     * Translates an error.
     *
     * @param answered the HTTP status, 200 for an error within a stream
     * @param tree {@code {"type":"error","error":{"type","message"}}}, or whatever else came
     */
    public static MessagesError of(int answered, JsonNode tree) {
        JsonNode error = tree.path("error");
        String type = error.path("type").asText("");
        int status = status(answered, type);
        String message = message(tree, error);
        if (message.isEmpty()) {
            message = "The provider answered %d.".formatted(answered < 400 ? status : answered);
        }
        String code = code(status, type, message.toLowerCase(Locale.ROOT));
        return new MessagesError(
                status, new ErrorBody(message, type.isEmpty() ? type(status) : type, null, code));
    }

    private static String message(JsonNode tree, JsonNode error) {
        for (JsonNode text : new JsonNode[] {error.path("message"), error, tree.path("message")}) {
            if (text.isTextual()) {
                return text.textValue();
            }
        }
        return "";
    }

    private static int status(int answered, String type) {
        if (answered >= 400) {
            return answered == 529 ? 503 : answered > 599 ? 502 : answered;
        }
        return switch (type) {
            case "invalid_request_error" -> 400;
            case "authentication_error" -> 401;
            case "billing_error" -> 402;
            case "permission_error" -> 403;
            case "not_found_error" -> 404;
            case "request_too_large" -> 413;
            case "rate_limit_error" -> 429;
            case "api_error" -> 500;
            case "overloaded_error" -> 503;
            case "timeout_error" -> 504;
            default -> 502;
        };
    }

    private static String type(int status) {
        return status < 500 ? "invalid_request_error" : "api_error";
    }

    /** The codes that clients of OpenAI's test; else the status, as LiteLLM has it. */
    private static String code(int status, String type, String message) {
        if (status == 400 || status == 413) {
            if (TOO_LONG.stream().anyMatch(message::contains)) {
                return "context_length_exceeded";
            }
            if (message.contains("content filter")) {
                return "content_filter";
            }
            if (message.contains("credit balance is too low")) {
                return "insufficient_quota";
            }
        }
        return switch (status) {
            case 401 -> "invalid_api_key";
            case 402 -> "insufficient_quota";
            case 404 -> message.startsWith("model:") ? "model_not_found" : "404";
            case 429 -> "rate_limit_exceeded";
            case 503 -> type.equals("overloaded_error") ? type : "503";
            default -> Integer.toString(status);
        };
    }
}
