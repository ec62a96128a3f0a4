package dev.sluice.providers.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * An answer read slowly and plainly, from all bytes that a connection ever gave, by RFC 9112 and
 * our own stricter rules: what {@link SocketTransport} must come to.
 *
 * @param failed why there is no head, null if there is one
 * @param status of the final head
 * @param headers as {@code name: value}
 * @param body as Latin-1, as far as it came
 * @param bodyEnd null for a whole body, else why it ended early
 * @param persistent whether the connection may serve on, if nothing follows
 * @param used how many bytes belong to the answer
 */
record PlainAnswer(
        @Nullable FailureKind failed,
        int status,
        List<String> headers,
        String body,
        @Nullable FailureKind bodyEnd,
        boolean persistent,
        int used) {

    private static final int INTERIM_MAX = 16;
    private static final int LINE_BYTES_MAX = 8 * 1024;
    private static final String TOKEN = "[0-9A-Za-z!#$%&'*+.^_`|~-]+";
    private static final String VALUE = "[\\t\\x20-\\x7e\\x80-\\xff]*";

    /** Thrown and caught here alone. */
    private static final class Ended extends Exception {

        private static final long serialVersionUID = 1;

        private final transient FailureKind kind;

        Ended(FailureKind kind) {
            super(kind.name());
            this.kind = kind;
        }
    }

    private static final class Reader {

        private final String text;
        private final int maxHeaderBytes;
        private final boolean breaks;
        private final StringBuilder body = new StringBuilder();
        private int at;

        Reader(byte[] bytes, int maxHeaderBytes, boolean breaks) {
            this.breaks = breaks;
            this.text = new String(bytes, ISO_8859_1);
            this.maxHeaderBytes = maxHeaderBytes;
        }

        /** The next line, which ends in CRLF before so many bytes were read in all. */
        String line(int start, int max, FailureKind cut) throws Ended {
            int end = text.indexOf('\n', at);
            int length = (end < 0 ? text.length() : end + 1) - start;
            if (length > max || (end < 0 && length >= max)) {
                throw new Ended(FailureKind.PROTOCOL);
            }
            if (end < 0) {
                throw new Ended(cut);
            }
            if (end == at || text.charAt(end - 1) != '\r') {
                throw new Ended(FailureKind.PROTOCOL);
            }
            String line = text.substring(at, end - 1);
            at = end + 1;
            return line;
        }

        /** Status line and header lines; each is checked for its form when all are there. */
        List<String> head() throws Ended {
            int start = at;
            List<String> lines = new ArrayList<>();
            String line = line(start, maxHeaderBytes, FailureKind.BROKEN);
            check(line.startsWith("HTTP/1."));
            while (!line.isEmpty()) {
                lines.add(line);
                line = line(start, maxHeaderBytes, FailureKind.BROKEN);
            }
            check(lines.getFirst().matches("HTTP/1\\.[01] [1-5][0-9][0-9]( " + VALUE + ")?"));
            for (String header : lines.subList(1, lines.size())) {
                check(header.matches(TOKEN + ":" + VALUE));
            }
            return lines;
        }

        void data(long length) throws Ended {
            int count = (int) Math.min(length, text.length() - at);
            body.append(text, at, at + count);
            at += count;
            if (count < length) {
                throw new Ended(FailureKind.BROKEN);
            }
        }

        void toClose() throws Ended {
            data(text.length() - at);
            if (breaks) {
                throw new Ended(FailureKind.BROKEN);
            }
        }

        void chunks() throws Ended {
            long size = chunkSize();
            while (size > 0) {
                data(size);
                String end = text.substring(at, Math.min(text.length(), at + 2));
                check("\r\n".startsWith(end));
                if (end.length() < 2) {
                    throw new Ended(FailureKind.BROKEN);
                }
                at += 2;
                size = chunkSize();
            }
            int trailers = 0;
            String line;
            do {
                line = chunkLine();
                trailers += line.length() + 2;
                check(trailers <= maxHeaderBytes);
            } while (!line.isEmpty());
        }

        /** Such a line may have one byte more than the bound, its line feed. */
        String chunkLine() throws Ended {
            return line(at, LINE_BYTES_MAX + 1, FailureKind.BROKEN);
        }

        long chunkSize() throws Ended {
            String line = chunkLine();
            check(line.matches("(?s)[0-9A-Fa-f]{1,15}[ \\t]*(;.*)?"));
            return Long.parseLong(line.replaceFirst("(?s)[ \\t;].*", ""), 16);
        }
    }

    private static void check(boolean sound) throws Ended {
        if (!sound) {
            throw new Ended(FailureKind.PROTOCOL);
        }
    }

    /**
     * Reads the answer to a request with that method.
     *
     * @param breaks whether the connection breaks after the bytes, rather than ends
     */
    static PlainAnswer of(byte[] bytes, String method, int maxHeaderBytes, boolean breaks) {
        var reader = new Reader(bytes, maxHeaderBytes, breaks);
        int status = 0;
        List<String> headers = List.of();
        String framing;
        boolean persistent;
        try {
            List<String> lines = List.of();
            for (int i = 0; status < 200; i++) {
                check(i <= INTERIM_MAX);
                lines = reader.head();
                status = Integer.parseInt(lines.getFirst().substring(9, 12));
                check(status != 101);
            }
            headers = lines.subList(1, lines.size()).stream().map(PlainAnswer::trimmed).toList();
            boolean http11 = lines.getFirst().startsWith("HTTP/1.1");
            framing = framing(headers, http11);
            persistent = persistent(headers, http11);
        } catch (Ended e) {
            return new PlainAnswer(e.kind, 0, List.of(), "", null, false, reader.at);
        }
        boolean empty = method.equals("HEAD") || status == 204 || status == 304;
        FailureKind end = null;
        try {
            switch (empty ? "0" : framing) {
                case "chunked" -> reader.chunks();
                case "" -> reader.toClose();
                default -> reader.data(empty ? 0 : Long.parseLong(framing));
            }
        } catch (Ended e) {
            end = e.kind;
        }
        return new PlainAnswer(
                null,
                status,
                headers,
                reader.body.toString(),
                end,
                persistent && (empty || !framing.isEmpty()),
                reader.at);
    }

    private static String trimmed(String header) {
        int colon = header.indexOf(':');
        String value = header.substring(colon + 1).replaceAll("^[ \\t]+|[ \\t]+$", "");
        return header.substring(0, colon) + ": " + value;
    }

    private static List<String> values(List<String> headers, String name) {
        return headers.stream()
                .filter(header -> header.toLowerCase(Locale.ROOT).startsWith(name + ": "))
                .map(header -> header.substring(name.length() + 2))
                .toList();
    }

    /** {@code chunked}, a number, or nothing where only the end of the connection ends the body. */
    private static String framing(List<String> headers, boolean http11) throws Ended {
        List<String> codings = values(headers, "transfer-encoding");
        List<String> lengths =
                values(headers, "content-length").stream()
                        .flatMap(value -> Arrays.stream(value.split(",", -1)))
                        .map(String::strip)
                        .toList();
        for (String length : lengths) {
            check(length.matches("[0-9]{1,18}"));
            check(Long.parseLong(length) == Long.parseLong(lengths.getFirst()));
        }
        if (codings.isEmpty()) {
            return lengths.isEmpty() ? "" : lengths.getFirst();
        }
        check(codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked"));
        check(http11 && lengths.isEmpty());
        return "chunked";
    }

    private static boolean persistent(List<String> headers, boolean http11) {
        List<String> options =
                values(headers, "connection").stream()
                        .flatMap(value -> Arrays.stream(value.split(",", -1)))
                        .map(option -> option.strip().toLowerCase(Locale.ROOT))
                        .toList();
        return !options.contains("close") && (http11 || options.contains("keep-alive"));
    }
}
