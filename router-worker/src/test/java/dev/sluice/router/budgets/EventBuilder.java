package dev.sluice.router.budgets;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEventIds;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** A spend event as an ingress would send it, with only what a test is about. */
public final class EventBuilder {

    private final Instant startedAt;
    private UUID requestId = UUID.randomUUID();
    private int attempt = 1;
    private SpendEvent.Kind kind = SpendEvent.Kind.SETTLED;
    private long costPico = 1;
    private String writer = "j1";
    private String keyHash = "k1";
    private @Nullable String userId;
    private @Nullable String teamId;
    private @Nullable String organizationId;
    private @Nullable String endUser;
    private String modelGroup = "gpt-4o";

    private EventBuilder(Instant startedAt) {
        this.startedAt = startedAt;
    }

    public static EventBuilder event(Instant startedAt) {
        return new EventBuilder(startedAt);
    }

    public EventBuilder of(UUID requestId, int attempt) {
        this.requestId = requestId;
        this.attempt = attempt;
        return this;
    }

    public EventBuilder kind(SpendEvent.Kind kind) {
        this.kind = kind;
        return this;
    }

    public EventBuilder costs(long costPico) {
        this.costPico = costPico;
        return this;
    }

    public EventBuilder writtenTo(String journal) {
        this.writer = journal;
        return this;
    }

    public EventBuilder key(String keyHash) {
        this.keyHash = keyHash;
        return this;
    }

    public EventBuilder user(String userId) {
        this.userId = userId;
        return this;
    }

    public EventBuilder team(String teamId) {
        this.teamId = teamId;
        return this;
    }

    public EventBuilder organization(String organizationId) {
        this.organizationId = organizationId;
        return this;
    }

    public EventBuilder endUser(String endUser) {
        this.endUser = endUser;
        return this;
    }

    public EventBuilder model(String modelGroup) {
        this.modelGroup = modelGroup;
        return this;
    }

    public SpendEvent build() {
        UUID eventId =
                kind == SpendEvent.Kind.ADJUSTED
                        ? SpendEventIds.adjusted(requestId, attempt, "p2")
                        : SpendEventIds.terminal(requestId, attempt);
        return new SpendEvent(
                eventId,
                new SpendEvent.JournalPosition(writer, 1),
                requestId,
                attempt,
                true,
                kind,
                startedAt,
                startedAt.plus(Duration.ofMillis(500)),
                new SpendEvent.Owner(keyHash, userId, teamId, organizationId, endUser, List.of()),
                "acompletion",
                new SpendEvent.Target(modelGroup, "d1", "openai", "gpt-4o-2024", null),
                null,
                SpendEvent.Status.SUCCESS,
                null,
                false,
                -1,
                Usage.NONE,
                costPico,
                "p1",
                null,
                null);
    }
}
