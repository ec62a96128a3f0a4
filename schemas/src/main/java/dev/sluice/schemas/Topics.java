package dev.sluice.schemas;

import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.BatchEvent;
import dev.sluice.schemas.events.BatchPointer;
import dev.sluice.schemas.events.BudgetState;
import dev.sluice.schemas.events.CacheEvent;
import dev.sluice.schemas.events.DecisionEvent;
import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.SpendEvent;

import java.util.Map;

/** Every topic that carries traffic. A topic's name written anywhere else is a bug. */
public final class Topics {

    /**
     * What attempts cost. Keyed by request id; kept for ever unless the operator says otherwise.
     */
    public static final Topic<SpendEvent> SPEND =
            new Topic<>("sluice.spend.v1", 12, Map.of("retention.ms", "-1"), new SpendEventCodec());

    /** What each ingress saw of each deployment. Keyed by deployment id, kept for an hour. */
    public static final Topic<AttemptDelta> ATTEMPTS =
            new Topic<>(
                    "sluice.attempts.v1",
                    6,
                    Map.of("retention.ms", "3600000", "segment.ms", "600000"),
                    new JsonCodec<>(AttemptDelta.class, 1));

    /**
     * The newest state of each deployment. Keyed by deployment id, compacted, none older than 1 h.
     */
    public static final Topic<DeploymentState> DEPLOYMENTS =
            new Topic<>(
                    "sluice.deployments.v1",
                    1,
                    Map.of(
                            "cleanup.policy",
                            "compact,delete",
                            "retention.ms",
                            "3600000",
                            "segment.ms",
                            "600000"),
                    new JsonCodec<>(DeploymentState.class, 1));

    /**
     * The newest version of every account. Keyed by {@link Account#recordKey}, compacted, signed:
     * see {@link dev.sluice.schemas.accounts.RecordSignature}.
     */
    public static final Topic<Account> ACCOUNTS =
            new Topic<>(
                    "sluice.accounts.v1",
                    1,
                    Map.of("cleanup.policy", "compact"),
                    new JsonCodec<>(Account.class, 1));

    /** What each account has spent in its budget period. Keyed by account, compacted. */
    public static final Topic<BudgetState> BUDGETS =
            new Topic<>(
                    "sluice.budgets.v1",
                    1,
                    Map.of("cleanup.policy", "compact"),
                    new JsonCodec<>(BudgetState.class, 1));

    /** How some calls were routed. Keyed by request id, kept for a day. */
    public static final Topic<DecisionEvent> DECISIONS =
            new Topic<>(
                    "sluice.decisions.v1",
                    6,
                    Map.of("retention.ms", "86400000", "segment.ms", "3600000"),
                    new JsonCodec<>(DecisionEvent.class, 1));

    /**
     * What was declared invalid of the kept answers. Keyed by {@link CacheEvent#recordKey}, and
     * compacted, so that an ingress that starts reads all that holds. Kept for as long as an answer
     * can be.
     */
    public static final Topic<CacheEvent> CACHE_EVENTS =
            new Topic<>(
                    "sluice.cache-events.v1",
                    1,
                    Map.of("cleanup.policy", "compact,delete", "retention.ms", "2592000000"),
                    new JsonCodec<>(CacheEvent.class, 1));

    /**
     * Lines of batches that may be called now. Keyed by portion, so that those of one batch are
     * read side by side; kept for a week.
     */
    public static final Topic<BatchPointer> BATCH_LINES =
            new Topic<>(
                    "sluice.batch-lines.v1",
                    12,
                    Map.of("retention.ms", "604800000"),
                    new JsonCodec<>(BatchPointer.class, 1));

    /** What becomes of batches. Keyed by batch, kept for 30 days. */
    public static final Topic<BatchEvent> BATCH_EVENTS =
            new Topic<>(
                    "sluice.batch-events.v1",
                    3,
                    Map.of("retention.ms", "2592000000"),
                    new JsonCodec<>(BatchEvent.class, 1));

    /** Records that a reader could not use, as they came, with the reason in a header. */
    public static final Topic<byte[]> DEAD_LETTERS =
            new Topic<>("sluice.dead-letters.v1", 3, Map.of("retention.ms", "-1"), new RawCodec());

    private Topics() {}
}
