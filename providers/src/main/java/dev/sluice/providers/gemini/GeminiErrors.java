package dev.sluice.providers.gemini;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.ErrorBody;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Pattern;

/** Google's errors as OpenAI's, with Google's message. */
public final class GeminiErrors {

    private static final int MESSAGE_CHARS_MAX = 8_000;
    private static final Pattern DURATION = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9})?s");
    private static final BigDecimal LONGEST_SECONDS = BigDecimal.valueOf(86_400);

    /**
     * An error.
     *
     * @param status as OpenAI's would be, at least 400
     * @param retryAfterSeconds as the body asks for, rounded up; -1 if it does not
     */
    public record Told(int status, ErrorBody body, long retryAfterSeconds) {}

    private GeminiErrors() {}

    /**
     * The error of an answer's bytes, which may be anything.
     *
     * @param status of the answer; below 400 the body's own counts
     */
    public static Told of(int status, byte[] body) {
        JsonNode tree = Json.read(body);
        return of(status, tree.isArray() ? tree.path(0) : tree);
    }

    static Told of(int status, JsonNode answer) {
        JsonNode error = answer.path("error");
        int answered = status >= 400 ? status : error.path("code").asInt();
        String message = error.path("message").asText("");
        if (message.isEmpty()) {
            int plain = answered >= 400 && answered < 600 ? answered : 502;
            return told(plain, "The provider answered " + plain + ".", "", -1);
        }
        if (message.length() > MESSAGE_CHARS_MAX) {
            message = message.substring(0, MESSAGE_CHARS_MAX);
        }
        long retryAfter = -1;
        String reason = "";
        for (JsonNode detail : error.path("details")) {
            retryAfter = Math.max(retryAfter, seconds(detail.path("retryDelay").asText("")));
            reason = detail.path("reason").asText(reason);
        }
        return classified(answered, message, reason, retryAfter);
    }

    private static Told classified(int status, String message, String reason, long retryAfter) {
        String lower = message.toLowerCase(Locale.ROOT);
        if (status == 400) {
            // Google says 400 to a wrong key, but it is not the caller who can mend it.
            if (reason.equals("API_KEY_INVALID") || lower.contains("api key not valid")) {
                return told(401, message, "invalid_api_key", retryAfter);
            }
            if (isTooLong(lower)) {
                return told(400, message, "context_length_exceeded", retryAfter);
            }
            if (lower.contains("response was blocked") || lower.contains("safety filter")) {
                return told(400, message, "content_filter", retryAfter);
            }
        }
        return told(status >= 400 && status < 600 ? status : 502, message, "", retryAfter);
    }

    private static boolean isTooLong(String message) {
        boolean isCountOver =
                message.contains("token count")
                        && (message.contains("exceeds the maximum")
                                || message.contains("only supports up to"));
        return isCountOver || message.contains("request payload size exceeds");
    }

    private static Told told(int status, String message, String code, long retryAfter) {
        int answered = status == 529 ? 503 : status;
        String named = code.isEmpty() ? Integer.toString(answered) : code;
        return new Told(answered, new ErrorBody(message, type(answered), null, named), retryAfter);
    }

    private static String type(int status) {
        return switch (status) {
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 429 -> "rate_limit_error";
            case 408, 504 -> "timeout_error";
            default -> status < 500 ? "invalid_request_error" : "api_error";
        };
    }

    /** Google's durations: seconds with an {@code s}. */
    private static long seconds(String duration) {
        if (!DURATION.matcher(duration).matches()) {
            return -1;
        }
        return new BigDecimal(duration.substring(0, duration.length() - 1))
                .min(LONGEST_SECONDS)
                .setScale(0, RoundingMode.CEILING)
                .longValueExact();
    }
}
