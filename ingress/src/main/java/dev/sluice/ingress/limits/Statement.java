package dev.sluice.ingress.limits;

import java.util.Map;

/**
 * What this ingress says about a cell when it talks to Redis. Amounts are in the unit of the wire:
 * whole numbers below 2^53, because Lua has nothing but doubles.
 *
 * @param type {@code w} a window, {@code o} open calls, {@code b} a budget's period
 * @param mine what this ingress holds, and keeps in advance
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
        long mine,
        long start,
        long ageMillis,
        long lengthMillis,
        long others,
        Map<String, Long> writers) {

    /** The largest amount: all whole numbers up to it are doubles. */
    static final long MOST = (1L << 53) - 1;
}
