package dev.sluice.providers.tokens;

import dev.sluice.providers.protocol.AccessTokens;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * One token, renewed by those who ask for it. While it is good for more than {@link
 * Timing#ahead()}, it is handed out; then one virtual thread fetches the next, and the old one goes
 * on being handed out until it expires. Only callers that find none wait, for at most {@link
 * Timing#waitAtMost()}. After a failure nobody asks again for a while, which doubles up to {@link
 * Timing#pauseAtMost()}.
 */
final class RenewedTokens implements AccessTokens {

    private static final Logger LOGGER = LoggerFactory.getLogger(RenewedTokens.class);

    private final String issuer;
    private final @Nullable String project;
    private final TokenFetch fetch;
    private final Timing timing;
    private final LongSupplier nanoTime;
    private final TokenWatcher watcher;
    private final ReentrantLock lock = new ReentrantLock();

    private volatile @Nullable Held held;
    private @Nullable Flight flight;
    private long flights;
    private int failures;
    private long notBefore;

    /**
     * How long things may take.
     *
     * @param ahead before its end a token is renewed; half its life, if that is less. Below the 5
     *     minutes for which the issuers' own caches hand out the old one
     * @param waitAtMost for a caller that finds no token
     * @param fetchAtMost after that a fetch is broken off
     * @param pauseFirst after one failure
     */
    record Timing(
            Duration ahead,
            Duration waitAtMost,
            Duration fetchAtMost,
            Duration pauseFirst,
            Duration pauseAtMost) {

        static final Timing USUAL =
                new Timing(
                        Duration.ofMinutes(4),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(30));
    }

    private record Held(Secret token, long renewAt, long expiresAt) {}

    private record Flight(
            long number, CompletableFuture<Held> landing, Thread thread, long since) {}

    /**
     * Fetches nothing yet.
     *
     * @param issuer for logs and metrics
     * @param project see {@link AccessTokens#project()}
     * @param nanoTime monotonic
     */
    RenewedTokens(
            String issuer,
            @Nullable String project,
            TokenFetch fetch,
            Timing timing,
            LongSupplier nanoTime,
            TokenWatcher watcher) {
        this.issuer = issuer;
        this.project = project;
        this.fetch = fetch;
        this.timing = timing;
        this.nanoTime = nanoTime;
        this.watcher = watcher;
    }

    @Override
    public Optional<String> project() {
        return Optional.ofNullable(project);
    }

    @Override
    public Optional<Secret> current() {
        Held present = held;
        if (present != null && nanoTime.getAsLong() - present.renewAt < 0) {
            return Optional.of(present.token);
        }
        CompletableFuture<Held> coming = renewal();
        if (present != null && nanoTime.getAsLong() - present.expiresAt < 0) {
            return Optional.of(present.token);
        }
        return coming == null ? Optional.empty() : awaited(coming);
    }

    private Optional<Secret> awaited(CompletableFuture<Held> coming) {
        try {
            return Optional.of(
                    coming.get(timing.waitAtMost().toNanos(), TimeUnit.NANOSECONDS).token);
        } catch (TimeoutException | ExecutionException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** The fetch that is under way, else a new one; null while nobody shall ask. */
    private @Nullable CompletableFuture<Held> renewal() {
        lock.lock();
        try {
            long now = nanoTime.getAsLong();
            Held present = held;
            if (present != null && now - present.renewAt < 0) {
                return CompletableFuture.completedFuture(present);
            }
            if (flight != null) {
                if (now - flight.since < timing.fetchAtMost().toNanos()) {
                    return flight.landing;
                }
                flight.thread.interrupt();
                flight.landing.completeExceptionally(new TimeoutException());
                flight = null;
                failed("took too long");
            }
            if (failures > 0 && now - notBefore < 0) {
                return null;
            }
            var landing = new CompletableFuture<Held>();
            long number = ++flights;
            Thread thread =
                    Thread.ofVirtual()
                            .name("token-" + issuer)
                            .unstarted(() -> fly(number, landing));
            flight = new Flight(number, landing, thread, now);
            thread.start();
            return landing;
        } finally {
            lock.unlock();
        }
    }

    private void fly(long number, CompletableFuture<Held> landing) {
        try {
            long asked = nanoTime.getAsLong();
            TokenFetch.Fetched fetched = fetch.fetch();
            if (!fetched.lifetime().isPositive()) {
                throw new IOException("an expired token");
            }
            long life = fetched.lifetime().toNanos();
            Held fresh =
                    new Held(
                            fetched.token(),
                            asked + life - Math.min(timing.ahead().toNanos(), life / 2),
                            asked + life);
            land(number, fresh);
            landing.complete(fresh);
        } catch (Throwable e) { // also a library that is not what it was built with
            land(number, e);
            landing.completeExceptionally(new IOException("no token"));
        }
    }

    private void land(long number, Held fresh) {
        lock.lock();
        try {
            if (isCurrent(number)) {
                flight = null;
                failures = 0;
                held = fresh;
                watcher.fetched(issuer, true);
            }
        } finally {
            lock.unlock();
        }
    }

    private void land(long number, Throwable failure) {
        lock.lock();
        try {
            if (isCurrent(number)) {
                flight = null;
                failed(FailureWords.of(failure));
            }
        } finally {
            lock.unlock();
        }
    }

    /** False for one that was broken off: whoever did that has told so. */
    private boolean isCurrent(long number) {
        return flight != null && flight.number == number;
    }

    private void failed(String words) {
        long pause = timing.pauseFirst().toNanos() << Math.min(failures, 16);
        failures++;
        notBefore = nanoTime.getAsLong() + Math.min(pause, timing.pauseAtMost().toNanos());
        watcher.fetched(issuer, false);
        LOGGER.atWarn()
                .addKeyValue("issuer", issuer)
                .addKeyValue("error", words)
                .log("no access token for a provider");
    }
}
