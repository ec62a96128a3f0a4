package dev.sluice.ingress.limits;

import java.util.Map;

/**
 * What this ingress says about a cell when it talks to Redis. Amounts are in the unit of the wire:
 * whole numbers below 2^53, because Lua has nothing but doubles.
 *
 * @param type {@code w} a window, {@code o} open calls, {@code b} a budget's period
 * @param held what this ingress has used and reserved
 * @param lease what it may hold; never less than what it holds
 * @param slack what it would like in advance
 * @param start see {@link Span#start}
 * @param ageMillis how long ago the window began here
 * @param lengthMillis how long a window is, or how long Redis keeps the rest unused
 * @param others what is used and is in no claim: a budget's spend without that of this run
 * @param writers how much of {@code others} each other run has contributed
 */
record Statement(
        char type,
        String key,
        long limit,
        long held,
        long lease,
        Slack slack,
        long start,
        long ageMillis,
        long lengthMillis,
        long others,
        Map<String, Long> writers) {

    /** The largest amount: all whole numbers up to it are doubles. */
    static final long MOST = (1L << 53) - 1;

    Statement {
        limit = Math.min(MOST, limit);
        held = Math.min(MOST, held);
        lease = Math.min(MOST, Math.max(held, lease));
        others = Math.min(MOST, others);
    }

    /**
     * What is granted in advance.
     *
     * @param quantum what one call takes: less is of no use; 0: nothing is wanted
     * @param most calls' worth of it that is of use
     */
    record Slack(long quantum, long most) {

        static final Slack NONE = new Slack(0, 0);

        /** What part of something free is dealt to one of so many ingresses. */
        long of(long free, int ingresses) {
            if (free <= 0 || quantum == 0) {
                return 0;
            }
            return Math.min(most, free / ingresses / 2 / quantum * quantum);
        }
    }
}
