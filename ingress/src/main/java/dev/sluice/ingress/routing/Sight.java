package dev.sluice.ingress.routing;

/**
 * What this ingress sees of a deployment while calls are open: told when a call is sent and when
 * the first of its answer arrives, not when it ends. Every figure is as of the moment of asking.
 *
 * <p>The answer's first content is the first token of a stream; of a plain call it is the whole
 * answer, and both are told apart.
 */
public interface Sight {

    /** Nothing was ever sent there. */
    Sight NOTHING = new Unseen();

    /**
     * How long the first content of an answer is expected to take, by calls of that kind and prompt
     * size, or of the nearest size if there were none; microseconds, NaN where nothing is known.
     */
    double ttftMicros(boolean stream, int promptBucket);

    /** Microseconds between tokens of an answer; NaN where nothing is known. */
    double interTokenMicros();

    /**
     * How many calls wait for their first content beside how many usually do at the rate at which
     * it answers: 1 is as usual, 2 is that the next call will probably wait twice as long. Known at
     * once, where times to first token are known when they are over.
     */
    double crowding();

    /**
     * How many times as long as expected the oldest call has waited that none sent after it has
     * overtaken; 0 where none waits. A lower bound of how slow the deployment is now.
     */
    double lateness();

    /** The decaying share of attempts that failed, 0 to 1. */
    double failureShare();

    /** Seconds since anything was heard of it; infinite before the first. */
    double quietSeconds();

    /** Calls sent of whose answer nothing has arrived. */
    int waiting();

    /**
     * The share of the rate that the deployment is believed to allow which the traffic of late has
     * used, learned from its 429s; 0 where it never refused. From 1 on, another call is likely to
     * be refused.
     */
    double rateUsed();

    /** Of a deployment never used. */
    record Unseen() implements Sight {

        @Override
        public double ttftMicros(boolean stream, int promptBucket) {
            return Double.NaN;
        }

        @Override
        public double interTokenMicros() {
            return Double.NaN;
        }

        @Override
        public double crowding() {
            return 0;
        }

        @Override
        public double lateness() {
            return 0;
        }

        @Override
        public double failureShare() {
            return 0;
        }

        @Override
        public double quietSeconds() {
            return Double.POSITIVE_INFINITY;
        }

        @Override
        public int waiting() {
            return 0;
        }

        @Override
        public double rateUsed() {
            return 0;
        }
    }
}
