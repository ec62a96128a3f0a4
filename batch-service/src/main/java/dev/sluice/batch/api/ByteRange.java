package dev.sluice.batch.api;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of a file.
 *
 * @param offset its first byte
 * @param length 0 where the wish is for bytes that the file does not have
 */
record ByteRange(long offset, long length) {

    private static final Pattern ONE = Pattern.compile("bytes=\\s*(\\d{0,18})-(\\d{0,18})\\s*");

    /**
     * The part that a {@code Range} header asks for. Empty where it says nothing that we follow:
     * several ranges, another unit, or what makes no sense; then the whole is answered.
     */
    static Optional<ByteRange> of(String header, long bytes) {
        Matcher matcher = ONE.matcher(header);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String first = matcher.group(1);
        String last = matcher.group(2);
        if (first.isEmpty()) {
            if (last.isEmpty()) {
                return Optional.empty();
            }
            long length = Math.min(Long.parseLong(last), bytes);
            return Optional.of(new ByteRange(bytes - length, length));
        }
        long from = Long.parseLong(first);
        long to = last.isEmpty() ? Long.MAX_VALUE : Long.parseLong(last);
        if (to < from) {
            return Optional.empty();
        }
        return Optional.of(
                new ByteRange(from, from >= bytes ? 0 : Math.min(to, bytes - 1) - from + 1));
    }

    boolean isSatisfiable() {
        return length > 0;
    }

    /** What {@code Content-Range} says of it. */
    String of(long bytes) {
        return isSatisfiable()
                ? "bytes %d-%d/%d".formatted(offset, offset + length - 1, bytes)
                : "bytes */" + bytes;
    }
}
