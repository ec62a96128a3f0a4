package dev.sluice.providers.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.schemas.config.Secret;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Who fetches a token, when, and who waits for it. */
class RenewedTokensTest {

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5_000_000_000L);
    private final AtomicInteger fetches = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private final Semaphore gate = new Semaphore(1_000);
    private volatile boolean isBroken;

    private RenewedTokens tokens = waitingFor(Duration.ofSeconds(30));

    private RenewedTokens waitingFor(Duration atMost) {
        return new RenewedTokens(
                "google",
                null,
                this::fetch,
                new RenewedTokens.Timing(
                        Duration.ofMinutes(4),
                        atMost,
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(30)),
                now::get,
                (_, isSuccess) -> failures.addAndGet(isSuccess ? 0 : 1));
    }

    private TokenFetch.Fetched fetch() throws IOException, InterruptedException {
        int number = fetches.incrementAndGet();
        gate.acquire();
        if (isBroken) {
            throw new IOException("down");
        }
        return new TokenFetch.Fetched(new Secret("token-" + number), Duration.ofHours(1));
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    private Optional<String> current() {
        return tokens.current().map(Secret::reveal);
    }

    @Test
    void nothingIsFetchedBeforeSomebodyAsks() {
        assertThat(fetches).hasValue(0);
        assertThat(current()).contains("token-1");
        assertThat(current()).contains("token-1");
        assertThat(fetches).hasValue(1);
    }

    @Test
    void howeverManyAskAtOnceOneFetches() throws Exception {
        gate.drainPermits();
        List<Optional<String>> seen = new ArrayList<>();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var ready = new CountDownLatch(50);
            List<Future<Optional<String>>> asked = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                asked.add(
                        executor.submit(() -> {
                            ready.countDown();
                            ready.await();
                            return current();
                        }));
            }
            ready.await();
            await().until(() -> fetches.get() == 1);
            gate.release(1_000);
            for (Future<Optional<String>> one : asked) {
                seen.add(one.get());
            }
        }

        assertThat(fetches).hasValue(1);
        assertThat(seen).hasSize(50).containsOnly(Optional.of("token-1"));
    }

    @Test
    void aTokenIsRenewedAheadOfItsEndWhileTheOldOneIsHandedOut() {
        current();
        gate.drainPermits();

        pass(Duration.ofMinutes(57));
        assertThat(current()).contains("token-1");
        await().until(() -> fetches.get() == 2);
        assertThat(current()).contains("token-1");
        gate.release(1);

        await().untilAsserted(() -> assertThat(current()).contains("token-2"));
        assertThat(fetches).hasValue(2);
    }

    @Test
    void anExpiredTokenIsNeverHandedOutAndTheWaitForTheNextIsBounded() {
        tokens = waitingFor(Duration.ofMillis(200));
        await().untilAsserted(() -> assertThat(current()).contains("token-1"));
        gate.drainPermits();
        pass(Duration.ofMinutes(61));

        assertThat(current()).isEmpty();
        assertThat(fetches).hasValue(2);
        gate.release(1);
        await().untilAsserted(() -> assertThat(current()).contains("token-2"));
    }

    @Test
    void afterAFailureNobodyAsksForAPauseThatDoubles() {
        isBroken = true;
        assertThat(current()).isEmpty();
        assertThat(current()).isEmpty();
        assertThat(fetches).hasValue(1);

        pass(Duration.ofMillis(1_001));
        assertThat(current()).isEmpty();
        assertThat(fetches).hasValue(2);
        pass(Duration.ofMillis(1_001));
        assertThat(current()).isEmpty();
        assertThat(fetches).hasValue(2);

        pass(Duration.ofMillis(1_001));
        isBroken = false;
        assertThat(current()).contains("token-3");
        assertThat(failures).hasValue(2);
    }

    @Test
    void aFailedRenewalLeavesTheOldTokenInUse() {
        current();
        isBroken = true;
        pass(Duration.ofMinutes(57));

        assertThat(current()).contains("token-1");
        await().until(() -> failures.get() == 1);
        assertThat(current()).contains("token-1");
        pass(Duration.ofMinutes(4));
        assertThat(current()).isEmpty();
    }

    @Test
    void aFetchThatHangsIsBrokenOffAndAnotherOneBegins() {
        tokens = waitingFor(Duration.ofMillis(200));
        gate.drainPermits();
        assertThat(current()).isEmpty();
        pass(Duration.ofSeconds(61));
        assertThat(current()).isEmpty();
        assertThat(failures).hasValue(1);

        gate.release(10);
        pass(Duration.ofSeconds(2));
        await().untilAsserted(() -> assertThat(current()).contains("token-2"));
        assertThat(failures).hasValue(1);
    }
}
