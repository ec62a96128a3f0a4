package dev.sluice.semantics.encoding;

/** Arithmetic of vectors. */
public final class Vectors {

    private Vectors() {}

    /**
     * The vector in its direction with length 1, in place.
     *
     * @return the argument
     * @throws IllegalArgumentException if it has no direction: all zero, or a number that is none
     */
    public static float[] ofLengthOne(float[] vector) {
        double squares = 0;
        for (float x : vector) {
            squares += (double) x * x;
        }
        if (!(squares > 0) || !Double.isFinite(squares)) {
            throw new IllegalArgumentException("a vector without direction");
        }
        double factor = 1 / Math.sqrt(squares);
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) (vector[i] * factor);
        }
        return vector;
    }

    /** The cosine of the angle between two vectors of length 1. */
    public static double cosine(float[] one, float[] other) {
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += (double) one[i] * other[i];
        }
        return sum;
    }
}
