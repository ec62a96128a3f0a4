package dev.sluice.standalone;

/** What somebody does while a server is away: a row of {@code docs/degradation.md}. */
enum OutageRow {
    MASTER_KEY("a call with the master key"),
    KNOWN_KEY("… with a key"),
    NEW_KEY("… with a key made meanwhile"),
    UNKNOWN_KEY("… with an unknown key"),
    EXPIRED_KEY("… with an expired key"),
    BLOCKED_KEY("… with a blocked key"),
    KEY_BLOCKED_MEANWHILE("… with a key blocked meanwhile"),
    RATE_LIMIT("16 calls, 6 a minute are allowed"),
    SPENT_BUDGET("… with a budget spent before"),
    BUDGET("6 calls, each more than the budget"),
    SLOWEST_CALL("the slowest of these calls"),
    MODELS("`/v1/models`"),
    KEY_GENERATE("`/key/generate`"),
    KEY_BLOCK("`/key/block`"),
    KEY_INFO("`/key/info`"),
    SPEND_LOGS("`/spend/logs`"),
    SLOWEST_MANAGEMENT("the slowest of these"),
    LIVELINESS("`/health/liveliness`"),
    READINESS("`/health/readiness`"),
    READINESS_OF_BOOKS("the same of the spend aggregator"),
    RECOVERY("all as before, after its return");

    private final String title;

    OutageRow(String title) {
        this.title = title;
    }

    /** The first cell. */
    String title() {
        return title;
    }

    /** Whether the cell is a bound on a time, not an answer. */
    boolean isBound() {
        return this == SLOWEST_CALL || this == SLOWEST_MANAGEMENT || this == RECOVERY;
    }
}
