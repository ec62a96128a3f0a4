package dev.sluice.standalone.lab;

import java.util.Arrays;
import java.util.List;

/**
 * How long callers notice a fault: from the fault until the calls of a second have their 95th
 * percentile of time to first token within 1.5 times that of the time before, and so stay: of that
 * second and the nine after it, one at most may be above (a few calls in a hundred are slow
 * wherever they go).
 */
final class Recovery {

    private static final double TOLERATED = 1.5;
    private static final double SHARE = 0.95;
    private static final int STAYS_SECONDS = 10;
    private static final int EXCEPTIONS = 1;
    private static final long SECOND_MICROS = 1_000_000;

    private Recovery() {}

    /**
     * Seconds; infinite where it never recovers.
     *
     * @param micros to the first token of each call
     * @param from the first call that counts
     * @param fault second
     */
    static double seconds(List<Arrival> arrivals, long[] micros, int from, int fault, int seconds) {
        long[][] bySecond = new long[seconds + 1][];
        int at = from;
        int first = at;
        for (int second = 0; second <= seconds; second++) {
            int begin = at;
            while (at < arrivals.size()
                    && arrivals.get(at).atMicros() < (second + 1) * SECOND_MICROS) {
                at++;
            }
            bySecond[second] = Arrays.copyOfRange(micros, begin, at);
            if (second == fault - 1) {
                first = at;
            }
        }
        double limit = TOLERATED * percentile(Arrays.copyOfRange(micros, from, first));
        for (int second = fault; second + STAYS_SECONDS <= seconds; second++) {
            int above = 0;
            for (int i = 0; i < STAYS_SECONDS; i++) {
                above += percentile(bySecond[second + i]) > limit ? 1 : 0;
            }
            if (above <= EXCEPTIONS && percentile(bySecond[second]) <= limit) {
                return second - fault;
            }
        }
        return Double.POSITIVE_INFINITY;
    }

    private static double percentile(long[] micros) {
        if (micros.length == 0) {
            return 0;
        }
        long[] sorted = micros.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.ceil(SHARE * sorted.length) - 1];
    }
}
