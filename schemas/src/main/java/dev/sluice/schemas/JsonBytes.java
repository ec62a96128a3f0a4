package dev.sluice.schemas;

import java.util.Arrays;
import java.util.UUID;

/**
 * A growing array that one JSON text is written to, without a generator in between.
 *
 * <p>It can leave room free at its front, so that who frames the text need not copy it. Not safe
 * for use by several threads.
 */
public final class JsonBytes {

    private static final byte[] HEX = ascii("0123456789abcdef");
    private static final byte[] LONG_MIN = ascii("-9223372036854775808");
    private static final int REPLACEMENT = 0xfffd;

    private final int start;
    private byte[] array;
    private int end;

    /** Room for {@code usualBytes} of text behind {@code headroom} bytes that are left as zeros. */
    public JsonBytes(int headroom, int usualBytes) {
        this.start = headroom;
        this.array = new byte[headroom + usualBytes];
        this.end = headroom;
    }

    /** The array itself: headroom, text, unused rest. */
    public byte[] array() {
        return array;
    }

    /** Where the text ends in {@link #array()}. */
    public int end() {
        return end;
    }

    /** The length of the text. */
    public int length() {
        return end - start;
    }

    /** A copy of the text alone. */
    public byte[] text() {
        return Arrays.copyOfRange(array, start, end);
    }

    /** The bytes of an ASCII text, to be kept as a constant for {@link #raw}. */
    static byte[] ascii(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }

    void raw(byte[] bytes) {
        ensure(bytes.length);
        System.arraycopy(bytes, 0, array, end, bytes.length);
        end += bytes.length;
    }

    void number(long value) {
        if (value == Long.MIN_VALUE) {
            raw(LONG_MIN);
            return;
        }
        ensure(20);
        long rest = Math.abs(value);
        if (value < 0) {
            array[end++] = '-';
        }
        int digits = digits(rest);
        for (int at = end + digits - 1; at >= end; at--) {
            array[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        end += digits;
    }

    private static int digits(long value) {
        int digits = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            digits++;
        }
        return digits;
    }

    /** The id in quotes. */
    void uuid(UUID id) {
        ensure(38);
        array[end++] = '"';
        hex(id.getMostSignificantBits(), 60, 8);
        array[end++] = '-';
        hex(id.getMostSignificantBits(), 28, 4);
        array[end++] = '-';
        hex(id.getMostSignificantBits(), 12, 4);
        array[end++] = '-';
        hex(id.getLeastSignificantBits(), 60, 4);
        array[end++] = '-';
        hex(id.getLeastSignificantBits(), 44, 12);
        array[end++] = '"';
    }

    private void hex(long bits, int highest, int count) {
        for (int i = 0; i < count; i++) {
            array[end++] = HEX[(int) (bits >>> (highest - 4 * i)) & 15];
        }
    }

    /** The time in quotes, as {@link Rfc3339} writes it. */
    void instant(java.time.Instant instant) {
        ensure(Rfc3339.LENGTH + 2);
        array[end++] = '"';
        Rfc3339.write(instant, array, end);
        end += Rfc3339.LENGTH;
        array[end++] = '"';
    }

    /** The text in quotes, escaped; half a surrogate pair becomes the replacement character. */
    void string(String value) {
        int length = value.length();
        ensure(length + 2);
        array[end++] = '"';
        int i = 0;
        // Nearly every value is plain ASCII: one byte a character, nothing to escape.
        for (; i < length; i++) {
            char c = value.charAt(i);
            if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                break;
            }
            array[end++] = (byte) c;
        }
        if (i < length) {
            escaped(value, i);
        }
        ensure(1);
        array[end++] = '"';
    }

    private void escaped(String value, int from) {
        for (int i = from; i < value.length(); ) {
            int point = value.codePointAt(i);
            i += Character.charCount(point);
            ensure(6);
            if (point < ' ') {
                control(point);
            } else if (point == '"' || point == '\\') {
                array[end++] = '\\';
                array[end++] = (byte) point;
            } else if (point < 0x80) {
                array[end++] = (byte) point;
            } else {
                boolean half = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
                utf8(half ? REPLACEMENT : point);
            }
        }
    }

    private void control(int point) {
        array[end++] = '\\';
        array[end++] = 'u';
        array[end++] = '0';
        array[end++] = '0';
        array[end++] = HEX[point >> 4];
        array[end++] = HEX[point & 15];
    }

    private void utf8(int point) {
        if (point < 0x800) {
            array[end++] = (byte) (0xc0 | (point >> 6));
        } else if (point < 0x10000) {
            array[end++] = (byte) (0xe0 | (point >> 12));
            array[end++] = (byte) (0x80 | ((point >> 6) & 0x3f));
        } else {
            array[end++] = (byte) (0xf0 | (point >> 18));
            array[end++] = (byte) (0x80 | ((point >> 12) & 0x3f));
            array[end++] = (byte) (0x80 | ((point >> 6) & 0x3f));
        }
        array[end++] = (byte) (0x80 | (point & 0x3f));
    }

    private void ensure(int more) {
        if (array.length - end < more) {
            array = Arrays.copyOf(array, Math.max(array.length * 2, end + more));
        }
    }
}
