package dev.sluice.ingress.accounts;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import java.time.Duration;
import java.util.concurrent.Semaphore;

/**
 * Who may wait for a key that is not known yet. A key made a moment ago is worth it; a flood of
 * made-up keys is not: at most {@value #WAITING_MAX} calls wait at once, and for one key only once
 * in ten seconds. At the bound a call is answered at once, as the unknown key that it most likely
 * has.
 */
final class Patience {

    static final int WAITING_MAX = 64;
    private static final int REMEMBERED_MAX = 10_000;
    private static final Duration REMEMBERED_FOR = Duration.ofSeconds(10);

    private final Semaphore places = new Semaphore(WAITING_MAX);
    private final Cache<KeyHash, Boolean> waitedFor =
            Caffeine.newBuilder()
                    .maximumSize(REMEMBERED_MAX)
                    .expireAfterWrite(REMEMBERED_FOR)
                    .build();

    /** Takes a place to wait for a key; true must be followed by {@link #end}. */
    boolean begin(KeyHash hash) {
        return waitedFor.asMap().putIfAbsent(hash, true) == null && places.tryAcquire();
    }

    void end() {
        places.release();
    }
}
