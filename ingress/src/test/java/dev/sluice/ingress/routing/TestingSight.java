package dev.sluice.ingress.routing;

/**
 * What a test says that an ingress sees.
 *
 * @param ttftMillis of all kinds and sizes
 */
record TestingSight(
        double ttftMillis,
        double interTokenMillis,
        double crowding,
        double lateness,
        double failureShare,
        double quietSeconds,
        int waiting,
        double rateUsed)
        implements Sight {

    /** Nothing was ever sent there. */
    static final TestingSight NOTHING =
            new TestingSight(Double.NaN, Double.NaN, 0, 0, 0, Double.POSITIVE_INFINITY, 0, 0);

    static TestingSight of(double ttftMillis) {
        return new TestingSight(ttftMillis, 10, 1, 0, 0, 0, 1, 0);
    }

    TestingSight writing(double millisAToken) {
        return new TestingSight(
                ttftMillis,
                millisAToken,
                crowding,
                lateness,
                failureShare,
                quietSeconds,
                waiting,
                rateUsed);
    }

    TestingSight crowded(double times) {
        return new TestingSight(
                ttftMillis,
                interTokenMillis,
                times,
                lateness,
                failureShare,
                quietSeconds,
                waiting,
                rateUsed);
    }

    TestingSight late(double times) {
        return new TestingSight(
                ttftMillis,
                interTokenMillis,
                crowding,
                times,
                failureShare,
                quietSeconds,
                waiting,
                rateUsed);
    }

    TestingSight failing(double share) {
        return new TestingSight(
                ttftMillis,
                interTokenMillis,
                crowding,
                lateness,
                share,
                quietSeconds,
                waiting,
                rateUsed);
    }

    TestingSight quiet(double seconds, int waiting) {
        return new TestingSight(
                ttftMillis,
                interTokenMillis,
                crowding,
                lateness,
                failureShare,
                seconds,
                waiting,
                rateUsed);
    }

    TestingSight using(double share) {
        return new TestingSight(
                ttftMillis,
                interTokenMillis,
                crowding,
                lateness,
                failureShare,
                quietSeconds,
                waiting,
                share);
    }

    @Override
    public double ttftMicros(boolean stream, int promptBucket) {
        return ttftMillis * 1000;
    }

    @Override
    public double interTokenMicros() {
        return interTokenMillis * 1000;
    }
}
