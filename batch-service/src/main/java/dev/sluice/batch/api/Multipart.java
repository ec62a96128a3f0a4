package dev.sluice.batch.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads {@code multipart/form-data} part by part, as it comes, in a buffer of fixed size. The parts
 * are read in their order; the next one can be asked for when the one before was not read to its
 * end. Not for use by several threads.
 *
 * <p>A part's own {@code Content-Length} is not believed: only a boundary ends a part.
 */
final class Multipart {

    /** Bytes that a part's headers have at most. */
    static final int HEADER_BYTES_MAX = 8 * 1024;

    /** Parts that a form has at most. */
    static final int PARTS_MAX = 64;

    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int BOUNDARY_MAX = 70;

    private final InputStream in;

    /** CRLF, two hyphens, boundary: what ends each part. */
    private final byte[] delimiter;

    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int start;
    private int end;
    private int parts;
    private boolean inPart = true;
    private boolean isOver;

    /**
     * A form.
     *
     * @param boundary as {@link #boundary} gives it
     */
    Multipart(InputStream in, String boundary) {
        this.in = in;
        this.delimiter = ("\r\n--" + boundary).getBytes(ISO_8859_1);
        // The first delimiter has no line before it.
        buffer[0] = '\r';
        buffer[1] = '\n';
        end = 2;
    }

    /**
     * A part's headers.
     *
     * @param filename null for a field
     */
    record Part(String name, @Nullable String filename) {}

    /** The boundary that a content type names; empty where it is none of a form. */
    static Optional<String> boundary(String contentType) {
        int semicolon = contentType.indexOf(';');
        if (semicolon < 0
                || !contentType
                        .substring(0, semicolon)
                        .strip()
                        .equalsIgnoreCase("multipart/form-data")) {
            return Optional.empty();
        }
        return Optional.ofNullable(HeaderParameters.of(contentType).get("boundary"))
                .filter(boundary -> !boundary.isEmpty() && boundary.length() <= BOUNDARY_MAX)
                .filter(boundary -> boundary.chars().allMatch(c -> c >= ' ' && c < 127));
    }

    /**
     * Goes on to the next part, past the rest of this one.
     *
     * @return empty after the last one
     * @throws Refused if it is no form, or one that breaks off
     * @throws IOException if it cannot be read
     */
    Optional<Part> next() throws IOException {
        if (isOver) {
            return Optional.empty();
        }
        while (inPart) {
            // Not in one: content() moves the start itself.
            int count = content();
            start += count;
        }
        int first = take();
        int second = take();
        if (first == '-' && second == '-') {
            isOver = true;
            return Optional.empty();
        }
        while (first == ' ' || first == '\t') {
            first = second;
            second = take();
        }
        if (first != '\r' || second != '\n') {
            throw malformed("a boundary is not alone on its line");
        }
        parts++;
        if (parts > PARTS_MAX) {
            throw malformed("it has more than %d parts".formatted(PARTS_MAX));
        }
        Part part = part(headers());
        inPart = true;
        return Optional.of(part);
    }

    /**
     * Reads on in a part.
     *
     * @return -1 at its end
     * @throws Refused if the form breaks off
     * @throws IOException if it cannot be read
     */
    int read(byte[] into) throws IOException {
        int count = 0;
        while (inPart && count == 0) {
            count = Math.min(content(), into.length);
            System.arraycopy(buffer, start, into, 0, count);
            start += count;
        }
        return count == 0 ? -1 : count;
    }

    /**
     * How many of the bytes next in the buffer belong to this part. 0: none yet, or it ends here;
     * then its delimiter is taken.
     */
    private int content() throws IOException {
        if (end - start < delimiter.length) {
            fill();
        }
        int found = delimiterAt();
        if (found == start) {
            start += delimiter.length;
            inPart = false;
            return 0;
        }
        if (found > start) {
            return found - start;
        }
        // A delimiter may begin in what is left.
        int certain = end - start - (delimiter.length - 1);
        return Math.max(certain, 0);
    }

    /** The first delimiter that is wholly in the buffer, -1 for none. */
    private int delimiterAt() {
        int last = end - delimiter.length;
        for (int at = start; at <= last; at++) {
            if (buffer[at] == '\r' && isDelimiter(at)) {
                return at;
            }
        }
        return -1;
    }

    private boolean isDelimiter(int at) {
        for (int i = 1; i < delimiter.length; i++) {
            if (buffer[at + i] != delimiter[i]) {
                return false;
            }
        }
        return true;
    }

    private void fill() throws IOException {
        System.arraycopy(buffer, start, buffer, 0, end - start);
        end -= start;
        start = 0;
        int read = in.read(buffer, end, buffer.length - end);
        if (read < 0) {
            throw malformed("it ends before its last boundary");
        }
        end += read;
    }

    private int take() throws IOException {
        while (start == end) {
            fill();
        }
        return buffer[start++] & 0xff;
    }

    /** The lines to the first empty one. */
    private String headers() throws IOException {
        var lines = new byte[HEADER_BYTES_MAX];
        int length = 0;
        while (true) {
            lines[length++] = (byte) take();
            boolean lineEnds =
                    length >= 2 && lines[length - 2] == '\r' && lines[length - 1] == '\n';
            boolean isEmpty =
                    length == 2
                            || (length >= 4
                                    && lines[length - 4] == '\r'
                                    && lines[length - 3] == '\n');
            if (lineEnds && isEmpty) {
                return new String(lines, 0, length, UTF_8);
            }
            if (length == lines.length) {
                throw malformed("a part's headers are too long");
            }
        }
    }

    private static Part part(String headers) {
        for (String line : headers.split("\r\n", -1)) {
            int colon = line.indexOf(':');
            if (colon < 0
                    || !line.substring(0, colon)
                            .strip()
                            .toLowerCase(Locale.ROOT)
                            .equals("content-disposition")) {
                continue;
            }
            HeaderParameters parameters = HeaderParameters.of(line.substring(colon + 1));
            String name = parameters.get("name");
            if (parameters.value().equalsIgnoreCase("form-data") && name != null) {
                return new Part(name, parameters.get("filename"));
            }
        }
        throw malformed("a part has no name");
    }

    private static Refused malformed(String why) {
        return Refused.badRequest("The multipart form cannot be read: %s.".formatted(why));
    }
}
