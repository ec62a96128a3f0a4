package dev.sluice.ingress.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * Counts failed attempts by address, IPv6 by /64: after {@value #ALLOWED} in a minute, further
 * failures of that address are told to wait. A good key is never refused because of others from the
 * same address. At most {@value #ADDRESSES_MAX} addresses are remembered, the least seen forgotten
 * first.
 */
final class FailedAttempts {

    static final int ALLOWED = 20;
    static final int ADDRESSES_MAX = 50_000;
    private static final Duration WINDOW = Duration.ofMinutes(1);

    private final LongSupplier nanoTime;
    private final Cache<Long, Window> windows;

    private record Window(AtomicInteger failures, long endNanos) {}

    FailedAttempts(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.windows =
                Caffeine.newBuilder()
                        .maximumSize(ADDRESSES_MAX)
                        .expireAfterWrite(WINDOW)
                        .ticker(nanoTime::getAsLong)
                        .build();
    }

    /** Counts one more; how many seconds to wait, 0 while more are allowed. */
    long count(InetAddress address) {
        long now = nanoTime.getAsLong();
        Window window =
                windows.get(
                        ClientAddress.household(address),
                        _ -> new Window(new AtomicInteger(), now + WINDOW.toNanos()));
        if (window.failures.get() < ALLOWED && window.failures.incrementAndGet() <= ALLOWED) {
            return 0;
        }
        return Math.max(1, Duration.ofNanos(window.endNanos - now).plusMillis(999).toSeconds());
    }

    /** Whether the next failure will be told to wait. */
    boolean isOver(InetAddress address) {
        Window window = windows.getIfPresent(ClientAddress.household(address));
        return window != null && window.failures.get() >= ALLOWED;
    }
}
