package dev.sluice.providers.transport;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What may stand in a header line (RFC 9110, section 5), so that no value can smuggle in a second
 * line.
 */
final class HeaderRules {

    /** The connection is ours to manage, and we decode no compression. */
    private static final Set<String> OURS =
            Set.of(
                    "accept-encoding",
                    "connection",
                    "content-length",
                    "expect",
                    "host",
                    "keep-alive",
                    "proxy-authorization",
                    "proxy-connection",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade");

    private HeaderRules() {}

    /**
     * Throws an {@link IllegalArgumentException} that names the first bad header, never its value.
     */
    static void check(List<Map.Entry<String, String>> headers) {
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey();
            if (!isToken(name)) {
                throw new IllegalArgumentException(
                        "a header name is empty or has a forbidden character");
            }
            if (OURS.contains(name.toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException(
                        "header " + name + " is set by the transport alone");
            }
            if (!isValue(header.getValue())) {
                throw new IllegalArgumentException(
                        "the value of header " + name + " has a forbidden character");
            }
        }
    }

    static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isTokenByte(text.charAt(i))) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    static boolean isTokenByte(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || (c < 0x80 && "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
    }

    static boolean isValue(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isValueByte(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /** Visible characters, space, tab, and the upper half of Latin-1. */
    static boolean isValueByte(int c) {
        return (c >= 0x20 && c != 0x7f && c <= 0xff) || c == '\t';
    }
}
