package dev.sluice.metering;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEventIds;
import dev.sluice.schemas.events.Usage;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Events as a gateway makes them. */
final class Events {

    private static final Instant START = Instant.parse("2026-05-04T10:11:12.345678Z");

    private Events() {}

    static UUID newRequest() {
        return SpendEventIds.newRequestId(1_777_889_472_345L);
    }

    /** What is presumed of an attempt while it runs. */
    static SpendEvent presumed(Journal journal, UUID request, int attempt) {
        return event(journal, request, attempt, true, SpendEvent.Kind.ESTIMATED, Usage.of(100, 0));
    }

    /** The attempt that answered. */
    static SpendEvent settled(Journal journal, UUID request, int attempt) {
        return event(journal, request, attempt, true, SpendEvent.Kind.SETTLED, Usage.of(100, 25));
    }

    /** An attempt that failed and may be followed by another. */
    static SpendEvent failed(Journal journal, UUID request, int attempt) {
        return event(journal, request, attempt, false, SpendEvent.Kind.VOIDED, Usage.NONE);
    }

    static SpendEvent event(
            Journal journal,
            UUID request,
            int attempt,
            boolean isFinal,
            SpendEvent.Kind kind,
            Usage usage) {
        return new SpendEvent(
                SpendEventIds.terminal(request, attempt),
                journal.nextPosition(),
                request,
                attempt,
                isFinal,
                kind,
                START.plusSeconds(attempt),
                START.plusSeconds(attempt).plusMillis(640),
                new SpendEvent.Owner(
                        "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
                        "user-17",
                        "team-3",
                        null,
                        "caller@example.org",
                        List.of("production", "search")),
                "acompletion",
                new SpendEvent.Target("gpt-4o", "9f2d1c0b8a7e6f51", "openai", "gpt-4o", "eu"),
                "chatcmpl-AbCdEf0123456789",
                isFinal ? SpendEvent.Status.SUCCESS : SpendEvent.Status.FAILURE,
                isFinal ? null : "server_error",
                true,
                210_345,
                usage,
                usage.input() * 2_500_000 + usage.output() * 10_000_000,
                "sluice/2026-06-26",
                null,
                null);
    }
}
