package dev.sluice.spend;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A growing array that values are written to in network byte order. */
final class BinaryBuffer {

    private static final VarHandle INT2 = view(short[].class);
    private static final VarHandle INT4 = view(int[].class);
    private static final VarHandle INT8 = view(long[].class);

    private byte[] array;
    private int end;

    BinaryBuffer(int usualBytes) {
        array = new byte[usualBytes];
    }

    byte[] array() {
        return array;
    }

    int length() {
        return end;
    }

    void clear() {
        end = 0;
    }

    void int1(byte value) {
        ensure(1);
        array[end++] = value;
    }

    void int2(short value) {
        ensure(Short.BYTES);
        INT2.set(array, end, value);
        end += Short.BYTES;
    }

    void int4(int value) {
        ensure(Integer.BYTES);
        INT4.set(array, end, value);
        end += Integer.BYTES;
    }

    void int8(long value) {
        ensure(Long.BYTES);
        INT8.set(array, end, value);
        end += Long.BYTES;
    }

    void bytes(byte[] bytes) {
        ensure(bytes.length);
        System.arraycopy(bytes, 0, array, end, bytes.length);
        end += bytes.length;
    }

    /** The length of a text in UTF-8, then the text. */
    void text(String text) {
        int place = placeOfLength();
        int length = text.length();
        ensure(length);
        int i = 0;
        // Nearly every value is plain ASCII.
        for (; i < length; i++) {
            char character = text.charAt(i);
            if (character >= 0x80) {
                break;
            }
            array[end + i] = (byte) character;
        }
        if (i == length) {
            end += length;
        } else {
            bytes(text.getBytes(UTF_8));
        }
        putLength(place);
    }

    /** Leaves room for a length that is known later. */
    int placeOfLength() {
        int place = end;
        int4(0);
        return place;
    }

    /** Fills in how much was written behind its place. */
    void putLength(int place) {
        INT4.set(array, place, end - place - Integer.BYTES);
    }

    private void ensure(int more) {
        if (array.length - end < more) {
            array = Arrays.copyOf(array, Math.max(array.length * 2, end + more));
        }
    }

    private static VarHandle view(Class<?> arrayType) {
        return MethodHandles.byteArrayViewVarHandle(arrayType, ByteOrder.BIG_ENDIAN);
    }
}
