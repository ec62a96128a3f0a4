package dev.sluice.providers.transport;

import java.time.Duration;

/**
 * How long each part of an exchange may take; kept by the monotonic clock, at most {@value
 * Watchdog#TICK_MILLIS} ms late.
 *
 * @param connect resolving, connecting, the proxy's consent and the TLS handshake together
 * @param firstByte from the last byte of the request to the head of the answer and the first byte
 *     of its body
 * @param idle without a byte in either direction while a body travels; the time that the reader of
 *     the answer takes is not counted
 * @param total the whole exchange, from {@code send} to the last byte of the answer
 */
public record Deadlines(Duration connect, Duration firstByte, Duration idle, Duration total) {

    private static final Duration MAX = Duration.ofDays(1);

    public Deadlines {
        check(connect, "connect");
        check(firstByte, "firstByte");
        check(idle, "idle");
        check(total, "total");
    }

    private static void check(Duration duration, String name) {
        if (!duration.isPositive() || duration.compareTo(MAX) > 0) {
            throw new IllegalArgumentException(
                    "%s is %s, not in (0, %s]".formatted(name, duration, MAX));
        }
    }
}
