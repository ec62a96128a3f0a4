package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/** Writes text as JSON. */
public final class JsonText {

    private static final String HEX = "0123456789abcdef";

    private JsonText() {}

    /** The JSON string of {@code text}, quotes included. A half surrogate pair becomes U+FFFD. */
    public static byte[] quote(String text) {
        var json = new StringBuilder(text.length() + 16);
        append(json, text);
        return json.toString().getBytes(UTF_8);
    }

    /** Appends the JSON string of {@code text}, or {@code null}. */
    public static void append(StringBuilder json, @Nullable String text) {
        if (text == null) {
            json.append("null");
            return;
        }
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char next = text.charAt(i);
            switch (next) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                default -> {
                    if (next < ' ') {
                        json.append("\\u00")
                                .append(HEX.charAt(next >> 4))
                                .append(HEX.charAt(next & 15));
                    } else if (isSingleSurrogate(text, i)) {
                        json.append('\uFFFD');
                    } else {
                        json.append(next);
                    }
                }
            }
        }
        json.append('"');
    }

    private static boolean isSingleSurrogate(String text, int at) {
        char here = text.charAt(at);
        if (Character.isHighSurrogate(here)) {
            return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
        }
        return Character.isLowSurrogate(here)
                && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
    }
}
