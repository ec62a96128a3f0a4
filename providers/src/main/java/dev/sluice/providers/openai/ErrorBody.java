package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/**
 * An error in OpenAI's format.
 *
 * @param message for people; must not repeat what the caller keeps secret
 * @param type the kind of error, such as {@code invalid_request_error}
 * @param param the request's field at fault
 * @param code what programs test, such as {@code context_length_exceeded}
 */
public record ErrorBody(
        String message, @Nullable String type, @Nullable String param, @Nullable String code) {

    /** The body of an answer: {@code {"error":{"message","type","param","code"}}}. */
    public byte[] json() {
        return text().toString().getBytes(UTF_8);
    }

    /** The event that ends a stream which has begun: {@code data: {"error":…}} and a blank line. */
    public byte[] event() {
        return text().insert(0, "data: ").append("\n\n").toString().getBytes(UTF_8);
    }

    private StringBuilder text() {
        var json = new StringBuilder(message.length() + 96).append("{\"error\":{\"message\":");
        JsonText.append(json, message);
        json.append(",\"type\":");
        JsonText.append(json, type);
        json.append(",\"param\":");
        JsonText.append(json, param);
        json.append(",\"code\":");
        JsonText.append(json, code);
        return json.append("}}");
    }
}
