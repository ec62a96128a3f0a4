package dev.sluice.spend;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.SpendEvent.Status;
import dev.sluice.schemas.events.SpendEventIds;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;

/** A call to test with: change what matters, then take its {@link #event()}; and so on. */
final class TestCall {

    private final UUID requestId = SpendEventIds.newRequestId(System.currentTimeMillis());
    private int attempt = 1;
    private boolean isFinal = true;
    private Kind kind = Kind.SETTLED;
    private Instant startedAt = Instant.now().minusSeconds(60).truncatedTo(ChronoUnit.MICROS);
    private String keyHash = "key";
    private @Nullable String userId = "ada";
    private @Nullable String endUser;
    private String model = "gpt-x";
    private Status status = Status.SUCCESS;
    private Usage usage = Usage.of(10, 5);
    private long costPico = 7_000_000;

    /** A plain successful call, a minute ago. */
    static TestCall make() {
        return new TestCall();
    }

    UUID requestId() {
        return requestId;
    }

    Instant startedAt() {
        return startedAt;
    }

    TestCall attempt(int number, boolean last) {
        attempt = number;
        isFinal = last;
        return this;
    }

    TestCall of(Kind other) {
        kind = other;
        return this;
    }

    TestCall at(Instant time) {
        startedAt = time;
        return this;
    }

    TestCall withKey(String hash) {
        keyHash = hash;
        return this;
    }

    TestCall by(@Nullable String user) {
        userId = user;
        return this;
    }

    TestCall forEndUser(String name) {
        endUser = name;
        return this;
    }

    TestCall servedBy(String other) {
        model = other;
        return this;
    }

    TestCall ended(Status how) {
        status = how;
        return this;
    }

    TestCall using(Usage tokens) {
        usage = tokens;
        return this;
    }

    TestCall costing(long pico) {
        costPico = pico;
        return this;
    }

    SpendEvent event() {
        return new SpendEvent(
                kind == Kind.ADJUSTED
                        ? SpendEventIds.adjusted(requestId, attempt, "later")
                        : SpendEventIds.terminal(requestId, attempt),
                new SpendEvent.JournalPosition("journal", 1),
                requestId,
                attempt,
                isFinal,
                kind,
                startedAt,
                startedAt.plusMillis(250),
                new SpendEvent.Owner(
                        keyHash, userId, "team", null, endUser, List.of("a", "b,\"c\"}")),
                "acompletion",
                new SpendEvent.Target("gpt", "deployment", "openai", model, "eu"),
                "chatcmpl-1",
                status,
                status == Status.FAILURE ? "rate_limited" : null,
                true,
                120_000,
                usage,
                costPico,
                "2026-01",
                kind == Kind.CACHE_HIT
                        ? new SpendEvent.CacheUse("exact", "cache-key", costPico)
                        : null,
                null);
    }
}
