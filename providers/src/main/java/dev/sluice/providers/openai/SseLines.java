package dev.sluice.providers.openai;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Finds line breaks eight bytes at a time. */
final class SseLines {

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    private SseLines() {}

    /** The offset of the first CR or LF, or {@code end}. */
    static int lineBreak(byte[] bytes, int from, int end) {
        int position = from;
        while (position <= end - Long.BYTES) {
            long word = (long) EIGHT_BYTES.get(bytes, position);
            long breaks = zeros(word ^ ONES * '\n') | zeros(word ^ ONES * '\r');
            if (breaks != 0) {
                return position + (Long.numberOfTrailingZeros(breaks) >> 3);
            }
            position += Long.BYTES;
        }
        while (position < end && bytes[position] != '\n' && bytes[position] != '\r') {
            position++;
        }
        return position;
    }

    /** Marks the bytes that are zero; the lowest mark is exact. */
    private static long zeros(long word) {
        return (word - ONES) & ~word & HIGH_BITS;
    }
}
