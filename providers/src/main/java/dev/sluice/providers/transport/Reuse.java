package dev.sluice.providers.transport;

import java.time.Duration;

/**
 * How long and how many connections are kept for later requests.
 *
 * @param idleExpiry after which an unused connection is closed; a shorter Keep-Alive timeout of the
 *     upstream wins
 * @param maxIdle unused ones that are kept for one origin; more are closed once they have rested
 *     for a second
 * @param maxAge after which a connection serves no further request, so that a changed address of a
 *     name takes effect; up to a fifth less, so that not all are renewed at once
 */
public record Reuse(Duration idleExpiry, int maxIdle, Duration maxAge) {

    public Reuse {
        if (!idleExpiry.isPositive() || !maxAge.isPositive()) {
            throw new IllegalArgumentException("idleExpiry or maxAge is not positive");
        }
        if (maxIdle < 0) {
            throw new IllegalArgumentException("maxIdle is %d, negative".formatted(maxIdle));
        }
    }

    /**
     * 50 s without use, which is less than the 60 s of usual load balancers; 256 idle ones; 5
     * minutes.
     */
    public static Reuse defaults() {
        return new Reuse(Duration.ofSeconds(50), 256, Duration.ofMinutes(5));
    }
}
