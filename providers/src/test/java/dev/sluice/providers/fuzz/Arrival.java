package dev.sluice.providers.fuzz;

import dev.sluice.providers.openai.ByteSource;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Bytes that arrive as a network may deliver them: in pieces of any size. The same bytes arrive the
 * same way each time, so that a finding can be repeated from its bytes alone.
 */
public final class Arrival implements ByteSource {

    /** Whoever reads on and on after the end would do so for ever. */
    private static final int READS_AFTER_END_MAX = 100;

    private static final int WHOLE = Integer.MAX_VALUE;

    private final byte[] bytes;
    private final int pieceMax;
    private final Random random;
    private int position;
    private int readsAfterEnd;

    private Arrival(byte[] bytes, int pieceMax) {
        this.bytes = bytes;
        this.pieceMax = pieceMax;
        this.random = new Random(Arrays.hashCode(bytes) * 31L + pieceMax);
    }

    /** The bytes as a whole. */
    public static Arrival whole(byte[] bytes) {
        return new Arrival(bytes, WHOLE);
    }

    /** The same bytes a byte at a time, in small pieces and in larger ones. */
    public static List<Arrival> cut(byte[] bytes) {
        return List.of(new Arrival(bytes, 1), new Arrival(bytes, 7), new Arrival(bytes, 60));
    }

    @Override
    public int read(byte[] into, int offset, int length) {
        if (length < 1) {
            throw new IllegalStateException("there is no room to read into");
        }
        if (position == bytes.length) {
            if (++readsAfterEnd > READS_AFTER_END_MAX) {
                throw new IllegalStateException("it reads after the end again and again");
            }
            return -1;
        }
        int piece = pieceMax == WHOLE ? WHOLE : 1 + random.nextInt(pieceMax);
        int count = Math.min(Math.min(piece, length), bytes.length - position);
        System.arraycopy(bytes, position, into, offset, count);
        position += count;
        return count;
    }

    /** How many bytes were read. */
    public int position() {
        return position;
    }

    @Override
    public String toString() {
        return pieceMax == WHOLE ? "whole" : "in pieces of at most " + pieceMax;
    }
}
