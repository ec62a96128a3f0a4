package dev.sluice.ingress.http;

/**
 * Which paths are served at all: those that every reader on the way understands alike. A proxy
 * before us may have judged the path, and who comes after us may read it again.
 */
final class CanonicalPath {

    private CanonicalPath() {}

    /**
     * Whether a path as it was sent has one reading only: no empty, {@code .} or {@code ..}
     * segment, no parameters, no escapes but of characters that cannot stand for themselves.
     */
    static boolean isCanonical(String rawPath) {
        if (rawPath.equals("/")) {
            return true;
        }
        if (!rawPath.startsWith("/") || rawPath.endsWith("/")) {
            return false;
        }
        for (int start = 1, end; start <= rawPath.length(); start = end + 1) {
            int slash = rawPath.indexOf('/', start);
            end = slash < 0 ? rawPath.length() : slash;
            if (isHollow(rawPath, start, end)) {
                return false;
            }
        }
        return hasPlainCharacters(rawPath);
    }

    /** Whether a segment is empty, {@code .} or {@code ..}. */
    private static boolean isHollow(String path, int start, int end) {
        int length = end - start;
        return length == 0
                || (length <= 2 && path.charAt(start) == '.' && path.charAt(end - 1) == '.');
    }

    private static boolean hasPlainCharacters(String rawPath) {
        // The name of a model may have slashes, and clients escape them.
        boolean isModel = rawPath.startsWith("/v1/models/") || rawPath.startsWith("/models/");
        for (int i = 0; i < rawPath.length(); i++) {
            char c = rawPath.charAt(i);
            if (c == '%') {
                int escaped = escaped(rawPath, i);
                boolean isSlash = escaped == '/';
                if (escaped < ' '
                        || escaped == 0x7f
                        || isPlain(escaped)
                        || escaped == '\\'
                        || (isSlash && !isModel)) {
                    return false;
                }
                i += 2;
            } else if (!isPlain(c) && "/:@!$&'()*+,=".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }

    /** The escaped byte; 0 where there are no two hex digits. */
    private static int escaped(String text, int at) {
        if (at + 2 >= text.length()) {
            return 0;
        }
        int high = Character.digit(text.charAt(at + 1), 16);
        int low = Character.digit(text.charAt(at + 2), 16);
        return high < 0 || low < 0 ? 0 : high * 16 + low;
    }

    private static boolean isPlain(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }
}
