package dev.sluice.semantics.index;

import java.util.SplittableRandom;

/**
 * A vector as the sides on which it lies of 512 random planes, a bit each. Two vectors lie on
 * different sides of a plane with the probability angle / pi (Charikar 2002), so that vectors
 * within a given cosine differ in few bits, and eight words a vector are all that a scan reads. The
 * planes are the rows of three rounds of random signs and a Walsh-Hadamard transform.
 */
final class Sketch {

    static final int BITS = 512;
    static final int WORDS = BITS / Long.SIZE;
    static final int BYTES = BITS / Byte.SIZE;

    /**
     * Standard deviations beyond the expected distance: a near vector is overlooked once in 10^6.
     */
    private static final double DEVIATIONS = 5;

    private static final int ROUNDS = 3;
    private static final long SEED = 0x5EED_CAFE;

    private final int size;
    private final boolean[][] flipped;

    /** Sketches of vectors of so many numbers. */
    Sketch(int dimensions) {
        this.size = Math.max(BITS, Integer.highestOneBit(Math.max(1, 2 * dimensions - 1)));
        this.flipped = new boolean[ROUNDS][size];
        var random = new SplittableRandom(SEED);
        for (boolean[] round : flipped) {
            for (int i = 0; i < size; i++) {
                round[i] = random.nextBoolean();
            }
        }
    }

    long[] of(float[] vector) {
        float[] turned = new float[size];
        System.arraycopy(vector, 0, turned, 0, vector.length);
        for (boolean[] round : flipped) {
            for (int i = 0; i < size; i++) {
                turned[i] = round[i] ? -turned[i] : turned[i];
            }
            transform(turned);
        }
        long[] sketch = new long[WORDS];
        for (int bit = 0; bit < BITS; bit++) {
            if (turned[bit] > 0) {
                sketch[bit / Long.SIZE] |= 1L << bit;
            }
        }
        return sketch;
    }

    private static void transform(float[] values) {
        for (int half = 1; half < values.length; half *= 2) {
            for (int start = 0; start < values.length; start += 2 * half) {
                for (int i = start; i < start + half; i++) {
                    float one = values[i];
                    float other = values[i + half];
                    values[i] = one + other;
                    values[i + half] = one - other;
                }
            }
        }
    }

    /** In how many bits vectors of at least this cosine differ at most. */
    static int distanceMax(double cosine) {
        double side = Math.acos(Math.clamp(cosine, -1, 1)) / Math.PI;
        double deviation = Math.sqrt(BITS * side * (1 - side));
        return (int) Math.ceil(BITS * side + DEVIATIONS * deviation) + 4;
    }

    /** In how many bits a sketch differs from the one that begins at a place in many. */
    static int distance(long[] sketch, long[] many, int at) {
        return Long.bitCount(sketch[0] ^ many[at])
                + Long.bitCount(sketch[1] ^ many[at + 1])
                + Long.bitCount(sketch[2] ^ many[at + 2])
                + Long.bitCount(sketch[3] ^ many[at + 3])
                + Long.bitCount(sketch[4] ^ many[at + 4])
                + Long.bitCount(sketch[5] ^ many[at + 5])
                + Long.bitCount(sketch[6] ^ many[at + 6])
                + Long.bitCount(sketch[7] ^ many[at + 7]);
    }
}
