package dev.sluice.providers.gemini;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

/**
 * What Gemini wants back with a call that it made: the sealed thoughts before it. OpenAI's wire has
 * no place for it, so it travels in the call's id, as LiteLLM does it; every client hands that
 * back.
 */
final class ThoughtSignature {

    private static final String SEPARATOR = "__thought__";

    /** Google's own word for "there was none", in Base64, for calls that another model made. */
    static final String NONE = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=";

    private ThoughtSignature() {}

    /** Letters of URLs only: other providers take ids of no others. */
    static String sign(String id, @Nullable String signature) {
        if (signature == null || signature.isEmpty()) {
            return id;
        }
        String letters = signature.replace('+', '-').replace('/', '_').replace("=", "");
        return id + SEPARATOR + letters;
    }

    /** The call's id alone. */
    static String id(String signed) {
        int at = signed.indexOf(SEPARATOR);
        return at < 0 ? signed : signed.substring(0, at);
    }

    /** The signature of a caller's {@code tool_calls} entry; null if it has none. */
    static @Nullable String of(JsonNode call) {
        String id = call.path("id").asText();
        int at = id.indexOf(SEPARATOR);
        if (at >= 0) {
            return standard(id.substring(at + SEPARATOR.length()));
        }
        JsonNode named = call.path("provider_specific_fields").path("thought_signature");
        if (!named.isTextual()) {
            named = call.path("extra_content").path("google").path("thought_signature");
        }
        return named.isTextual() ? named.textValue() : null;
    }

    private static String standard(String letters) {
        String text = letters.replace('-', '+').replace('_', '/');
        return text + "=".repeat((4 - text.length() % 4) % 4);
    }
}
