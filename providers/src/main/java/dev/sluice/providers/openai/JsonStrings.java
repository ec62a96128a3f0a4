package dev.sluice.providers.openai;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** What is between the quotes of a JSON string: its bytes, its escapes, its UTF-8. */
final class JsonStrings {

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    private JsonStrings() {}

    /** The offset of the first byte that is not a plain ASCII character of a string. */
    static int plainRun(byte[] bytes, int from, int end) {
        int position = from;
        while (position <= end - Long.BYTES) {
            long word = (long) EIGHT_BYTES.get(bytes, position);
            long quote = word ^ ONES * '"';
            long backslash = word ^ ONES * '\\';
            // The lowest bit that is set is exact; a borrow can only forge bits above it.
            long stops =
                    (word | (quote - ONES) | (backslash - ONES) | (word - ONES * ' ')) & HIGH_BITS;
            if (stops != 0) {
                return position + (Long.numberOfTrailingZeros(stops) >> 3);
            }
            position += Long.BYTES;
        }
        while (position < end && isPlain(bytes[position])) {
            position++;
        }
        return position;
    }

    /**
     * The length of the escape or the run of UTF-8 at {@code position}, where {@link #plainRun}
     * stopped, or 0 where it is neither.
     */
    static int special(byte[] bytes, int position, int end) {
        byte first = bytes[position];
        if (first == '\\') {
            return escape(bytes, position, end);
        }
        int next = position;
        while (next < end && bytes[next] < 0) {
            int length = character(bytes, next, end);
            if (length == 0) {
                return 0;
            }
            next += length;
        }
        return next - position;
    }

    /**
     * Writes the text between {@code start} and {@code stop}, which was checked before, without its
     * escapes, and returns the offset behind it. A surrogate without its partner takes the three
     * bytes that UTF-8 forbids, so that no two texts come out the same.
     */
    static int unescape(byte[] bytes, int start, int stop, byte[] into, int offset) {
        int read = start;
        int write = offset;
        while (read < stop) {
            int run = backslash(bytes, read, stop) - read;
            System.arraycopy(bytes, read, into, write, run);
            read += run;
            write += run;
            if (read == stop) {
                break;
            }
            byte letter = bytes[read + 1];
            if (letter != 'u') {
                into[write++] = unescaped(letter);
                read += 2;
                continue;
            }
            int code = hex(bytes, read + 2);
            read += 6;
            if (Character.isHighSurrogate((char) code)
                    && read < stop
                    && bytes[read] == '\\'
                    && bytes[read + 1] == 'u') {
                int low = hex(bytes, read + 2);
                if (Character.isLowSurrogate((char) low)) {
                    code = Character.toCodePoint((char) code, (char) low);
                    read += 6;
                }
            }
            write = encode(code, into, write);
        }
        return write;
    }

    /** Whether what {@link #unescape} wrote is free of single surrogates. */
    static boolean isUnicode(byte[] text, int length) {
        for (int i = 0; i + 1 < length; i++) {
            if (text[i] == (byte) 0xED && (text[i + 1] & 0xFF) >= 0xA0) {
                return false;
            }
        }
        return true;
    }

    /** The offset of the first backslash, or {@code end}. */
    private static int backslash(byte[] bytes, int from, int end) {
        int position = from;
        while (position <= end - Long.BYTES) {
            long word = (long) EIGHT_BYTES.get(bytes, position) ^ (ONES * '\\');
            long zeros = (word - ONES) & ~word & HIGH_BITS;
            if (zeros != 0) {
                return position + (Long.numberOfTrailingZeros(zeros) >> 3);
            }
            position += Long.BYTES;
        }
        while (position < end && bytes[position] != '\\') {
            position++;
        }
        return position;
    }

    private static boolean isPlain(byte value) {
        return value >= ' ' && value != '"' && value != '\\';
    }

    private static int escape(byte[] bytes, int position, int end) {
        if (position + 1 >= end) {
            return 0;
        }
        return switch (bytes[position + 1]) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> 2;
            case 'u' -> position + 6 <= end && hex(bytes, position + 2) >= 0 ? 6 : 0;
            default -> 0;
        };
    }

    /** The length of the character at {@code position} beyond ASCII; 0 if it is no valid UTF-8. */
    private static int character(byte[] bytes, int position, int end) {
        int first = bytes[position] & 0xFF;
        if (first < 0xC2 || first > 0xF4) {
            return 0;
        }
        int length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (position + length > end) {
            return 0;
        }
        int second = bytes[position + 1] & 0xFF;
        int lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        int highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < lowest || second > highest) {
            return 0;
        }
        for (int i = 2; i < length; i++) {
            if ((bytes[position + i] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return length;
    }

    private static byte unescaped(byte letter) {
        return switch (letter) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> letter;
        };
    }

    /** The value of four hexadecimal digits; negative if they are not. */
    private static int hex(byte[] bytes, int position) {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(bytes[position + i], 16);
            if (digit < 0) {
                return -1;
            }
            value = (value << 4) | digit;
        }
        return value;
    }

    private static int encode(int code, byte[] into, int offset) {
        int write = offset;
        if (code < 0x80) {
            into[write++] = (byte) code;
        } else if (code < 0x800) {
            into[write++] = (byte) (0xC0 | (code >> 6));
            into[write++] = (byte) (0x80 | (code & 0x3F));
        } else if (code < 0x10000) {
            into[write++] = (byte) (0xE0 | (code >> 12));
            into[write++] = (byte) (0x80 | ((code >> 6) & 0x3F));
            into[write++] = (byte) (0x80 | (code & 0x3F));
        } else {
            into[write++] = (byte) (0xF0 | (code >> 18));
            into[write++] = (byte) (0x80 | ((code >> 12) & 0x3F));
            into[write++] = (byte) (0x80 | ((code >> 6) & 0x3F));
            into[write++] = (byte) (0x80 | (code & 0x3F));
        }
        return write;
    }
}
