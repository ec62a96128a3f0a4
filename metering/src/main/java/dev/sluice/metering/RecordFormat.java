package dev.sluice.metering;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * How a record stands in a segment, little-endian, aligned to 16 bytes.
 *
 * <pre>
 *  0  int   length of the payload     } one word, written last: zero until the record is complete
 *  4  int   CRC32C of bytes 8 to end  }
 *  8  short magic, never in UTF-8     12  int  attempt
 * 10  byte  type                      16  long request id, high
 * 11  byte  flags                     24  long request id, low
 * 32  payload: the event's JSON
 * </pre>
 */
final class RecordFormat {

    static final int HEADER = 32;
    static final int ALIGNMENT = 16;

    /** A record this large is still far below what a broker takes. */
    static final int MAX_PAYLOAD = 512 << 10;

    /** An attempt begins; the payload is what is booked if nothing more is heard of it. */
    static final byte START = 1;

    /** An attempt has ended; the payload is to be shipped. */
    static final byte END = 2;

    /** To be shipped, but says nothing about whether its request is still open. */
    static final byte EXTRA = 3;

    /** The request's last attempt. */
    static final byte FINAL = 1;

    /** A copy of an older record, made so that the older segment could go. Never shipped. */
    static final byte MOVED = 2;

    /** What a reader writes over the first word of a record that nobody completed. */
    static final long CLAIMED = -1;

    static final short MAGIC = (short) 0xfdfe;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private RecordFormat() {}

    /** Bytes that a record takes, with what fills it up to the alignment. */
    static int size(int payloadLength) {
        return (HEADER + payloadLength + ALIGNMENT - 1) & -ALIGNMENT;
    }

    static int length(long firstWord) {
        return (int) firstWord;
    }

    static int checksum(long firstWord) {
        return (int) (firstWord >>> 32);
    }

    /**
     * Fills the header in front of a payload that begins at {@link #HEADER}; returns the first
     * word, which is not in the array because it must be written last.
     */
    static long seal(
            byte[] image, int payloadLength, byte type, byte flags, int attempt, UUID requestId) {
        SHORTS.set(image, 8, MAGIC);
        image[10] = type;
        image[11] = flags;
        INTS.set(image, 12, attempt);
        LONGS.set(image, 16, requestId.getMostSignificantBits());
        LONGS.set(image, 24, requestId.getLeastSignificantBits());
        var crc = new CRC32C();
        crc.update(image, 8, HEADER - 8 + payloadLength);
        return crc.getValue() << 32 | payloadLength;
    }
}
