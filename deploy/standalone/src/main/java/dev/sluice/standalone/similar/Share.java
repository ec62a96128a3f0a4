package dev.sluice.standalone.similar;

/**
 * So many of so many, with the interval in which the true share is with 95 % (Wilson), all from 0
 * to 1.
 */
record Share(int part, int whole) {

    private static final double Z = 1.959_964;

    double value() {
        return (double) part / whole;
    }

    double low() {
        return part == 0 ? 0 : middle() - halfWidth();
    }

    double high() {
        return part == whole ? 1 : middle() + halfWidth();
    }

    private double middle() {
        return (value() + Z * Z / (2 * whole)) / (1 + Z * Z / whole);
    }

    private double halfWidth() {
        double variance = value() * (1 - value()) / whole + Z * Z / (4.0 * whole * whole);
        return Z * Math.sqrt(variance) / (1 + Z * Z / whole);
    }
}
