package dev.sluice.ingress.fleet;

/** Whether a deployment fails so much more often than its group's others that it is no chance. */
final class Outlier {

    /** Fewer attempts on either side say nothing. */
    private static final long ATTEMPTS_MIN = 10;

    /** Below this difference of the shares of failures nobody gains by going elsewhere. */
    private static final double SHARE_MIN = 0.2;

    /** In standard errors of the difference: one in 740 by chance. */
    private static final double DISTANCE_MIN = 3;

    private Outlier() {}

    /**
     * Compares two shares of failures.
     *
     * @param failures of the deployment
     * @param othersFailures of all the others that are asked
     */
    static boolean standsOut(
            long failures, long successes, long othersFailures, long othersSuccesses) {
        long own = failures + successes;
        long others = othersFailures + othersSuccesses;
        if (own < ATTEMPTS_MIN || others < ATTEMPTS_MIN) {
            return false;
        }
        double difference = (double) failures / own - (double) othersFailures / others;
        double all = (double) (failures + othersFailures) / (own + others);
        double error = Math.sqrt(all * (1 - all) * (1.0 / own + 1.0 / others));
        return difference >= SHARE_MIN && difference >= DISTANCE_MIN * error;
    }
}
