package dev.sluice.spend;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.SpendEvent.Status;
import dev.sluice.schemas.events.SpendEventIds;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * Events as a company of 50 people makes them: 200 keys, 10 models of 4 providers, one call in 7
 * answered from the cache, one attempt in 20 that fails and is tried again.
 */
final class Traffic {

    private static final List<String> PROVIDERS = List.of("openai", "azure", "anthropic", "gemini");

    private final Random random;
    private @Nullable SpendEvent retried;
    private Instant time = Instant.now().minusSeconds(1_800).truncatedTo(ChronoUnit.MICROS);
    private long sequence;

    Traffic(long seed) {
        random = new Random(seed);
    }

    SpendEvent next() {
        SpendEvent before = retried;
        if (before != null) {
            retried = null;
            return again(before);
        }
        time = time.plusNanos(1_000L * random.nextInt(2_000));
        int key = random.nextInt(200);
        int model = random.nextInt(10);
        boolean hit = random.nextInt(7) == 0;
        boolean fails = !hit && random.nextInt(20) == 0;
        UUID request = SpendEventIds.newRequestId(time.toEpochMilli());
        int attempt = hit ? 0 : 1;
        SpendEvent event =
                event(
                        request,
                        attempt,
                        !fails,
                        hit ? Kind.CACHE_HIT : Kind.SETTLED,
                        owner(key),
                        target(model),
                        fails ? Status.FAILURE : Status.SUCCESS);
        retried = fails ? event : null;
        return event;
    }

    private SpendEvent again(SpendEvent failed) {
        return event(
                failed.requestId(),
                2,
                true,
                Kind.SETTLED,
                failed.owner(),
                failed.target(),
                Status.SUCCESS);
    }

    private SpendEvent event(
            UUID request,
            int attempt,
            boolean last,
            Kind kind,
            SpendEvent.Owner owner,
            SpendEvent.Target target,
            Status status) {
        boolean hit = kind == Kind.CACHE_HIT;
        boolean failed = status == Status.FAILURE;
        long cost = 1_000_000L * (1 + random.nextInt(20_000));
        return new SpendEvent(
                SpendEventIds.terminal(request, attempt),
                new SpendEvent.JournalPosition("ingress-7f9c-0", sequence++),
                request,
                attempt,
                last,
                kind,
                time,
                time.plusMillis(400 + random.nextInt(4_000)),
                owner,
                "acompletion",
                target,
                hit || failed ? null : "chatcmpl-" + Long.toHexString(random.nextLong()),
                status,
                failed ? "rate_limited" : null,
                random.nextBoolean(),
                failed ? -1 : 200_000 + random.nextInt(500_000),
                failed || hit
                        ? Usage.NONE
                        : new Usage(
                                100 + random.nextInt(3_000),
                                random.nextInt(4) == 0 ? 1_024 : 0,
                                0,
                                0,
                                20 + random.nextInt(800),
                                random.nextInt(5) == 0 ? 256 : 0,
                                0,
                                0,
                                0),
                failed || hit ? 0 : cost,
                "2026-11-20/3",
                hit ? new SpendEvent.CacheUse("exact", hash(random.nextInt()), cost) : null,
                null);
    }

    /** Every key has its user, every user a team; one key in four is tagged, one has end users. */
    private SpendEvent.Owner owner(int key) {
        int user = key % 50;
        return new SpendEvent.Owner(
                hash(key),
                "user-" + user,
                "team-" + user % 10,
                user % 2 == 0 ? "org-" + user % 3 : null,
                key == 199 ? "customer-" + random.nextInt(5_000) : null,
                key % 4 == 0 ? List.of("production", "service-" + key % 8) : List.of());
    }

    private static SpendEvent.Target target(int model) {
        String provider = PROVIDERS.get(model % PROVIDERS.size());
        return new SpendEvent.Target(
                "chat-" + model,
                HexFormat.of().toHexDigits(0x9e3779b97f4a7c15L * (model + 1)),
                provider,
                provider + "/model-" + model,
                "eu-west-1");
    }

    /** As long as a SHA-256. */
    private static String hash(int number) {
        return HexFormat.of().toHexDigits(0x9e3779b97f4a7c15L * (number + 1L)).repeat(4);
    }
}
