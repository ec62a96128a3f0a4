package dev.sluice.providers.openai;

/** Reads numbers that were checked to be JSON, without a string of them. */
final class JsonNumbers {

    /** Eighteen digits fit into a {@code long} whatever they are. */
    private static final int DIGITS_MAX = 18;

    private JsonNumbers() {}

    static boolean isNumber(byte kind) {
        return kind == '-' || (kind >= '0' && kind <= '9');
    }

    /** The number between the offsets if it is plain digits that fit, else -1. */
    static long wholeNumber(byte[] bytes, int start, int end) {
        if (end - start > DIGITS_MAX) {
            return -1;
        }
        long value = 0;
        for (int i = start; i < end; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    /** The same, but a fraction is cut off: {@code 2.0} is 2. */
    static long wholePart(byte[] bytes, int start, int end) {
        int point = start;
        while (point < end && bytes[point] != '.') {
            point++;
        }
        for (int i = point + 1; i < end; i++) {
            if (bytes[i] < '0' || bytes[i] > '9') {
                return -1;
            }
        }
        return wholeNumber(bytes, start, point);
    }
}
