package dev.sluice.providers.transport;

import java.util.Objects;

/**
 * A run of bytes inside an array that is not copied.
 *
 * @param array whose bytes must not change while the slice is in use
 * @param offset of the first byte
 * @param length in bytes
 */
@SuppressWarnings("ArrayRecordComponent") // a view, never compared
public record Slice(byte[] array, int offset, int length) {

    public Slice {
        Objects.checkFromIndexSize(offset, length, array.length);
    }

    /** The whole array. */
    public static Slice of(byte[] array) {
        return new Slice(array, 0, array.length);
    }
}
