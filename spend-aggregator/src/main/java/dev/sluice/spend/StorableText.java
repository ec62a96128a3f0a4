package dev.sluice.spend;

/**
 * Text with what PostgreSQL cannot store (NUL, half a surrogate pair) replaced. Callers choose some
 * of these texts; none of theirs may stop the books.
 */
final class StorableText {

    private static final char REPLACEMENT = '\ufffd';

    private StorableText() {}

    static String of(String text) {
        int at = firstUnstorable(text, 0);
        if (at < 0) {
            return text;
        }
        var clean = new StringBuilder(text);
        for (; at >= 0; at = firstUnstorable(text, at + 1)) {
            clean.setCharAt(at, REPLACEMENT);
        }
        return clean.toString();
    }

    private static int firstUnstorable(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == 0) {
                return i;
            }
            if (Character.isSurrogate(character)) {
                if (i + 1 == text.length()
                        || !Character.isSurrogatePair(character, text.charAt(i + 1))) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }
}
