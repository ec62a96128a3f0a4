package dev.sluice.ingress.routing;

/**
 * What this ingress sees of a deployment while calls are open: told when a call is sent and when
 * the first of its answer arrives, not when it ends. Every figure is as of the moment of asking.
 *
 * <p>The answer's first content is the first token of a stream; of a plain call it is the whole
 * answer, and both are told apart.
 */
public interface Sight {

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

    /**
     * How long the first content of the next answer is expected to take: {@link #ttftMicros} times
     * {@link #lateness} or {@link #crowding}, whichever is more, if that is above 1.
     */
    default double expectedMicros(boolean stream, int promptBucket) {
        return ttftMicros(stream, promptBucket) * Math.max(1, Math.max(lateness(), crowding()));
    }

    /**
     * How many times as long as usual the fleet found answers to take when it was last heard of,
     * fading since; 1 is as usual. For who has not seen the deployment lately himself.
     */
    default double fleetSlowness() {
        return 1;
    }

    /** The decaying share of attempts that failed, 0 to 1. */
    double failureShare();

    /** Seconds since anything was heard of it; infinite before the first. */
    double quietSeconds();

    /** Whether anything was ever heard of it. */
    default boolean isHeardOf() {
        return Double.isFinite(quietSeconds());
    }

    /** Calls sent of whose answer nothing has arrived. */
    int waiting();

    /**
     * The share of the rate that the deployment is believed to allow which the traffic of late has
     * used, learned from its 429s and from rate-limit headers; 0 where it sent neither. From 1 on,
     * another call is likely to be refused.
     */
    double rateUsed();
}
