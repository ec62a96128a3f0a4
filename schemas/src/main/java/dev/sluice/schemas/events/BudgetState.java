package dev.sluice.schemas.events;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Map;

/**
 * What one account has spent in its current budget period, each event counted once.
 *
 * @param account {@code key:HASH}, {@code team:ID}, {@code user:ID}, {@code organization:ID},
 *     {@code customer:ID}, {@code member:TEAM:USER}, {@code key:HASH:model:NAME} or {@code proxy}
 * @param periodStart events that started before do not count
 * @param periodEnd null: the budget is never reset
 * @param spentPico picodollars in this period, what the account had at its start included
 * @param totalPico picodollars since the account's first event, over all periods
 * @param writers what of {@code spentPico} came from which journal, so that a journal's owner can
 *     tell which of its calls are in it; of the newest 32 journals
 * @param asOf when the newest event in it ended
 */
public record BudgetState(
        String account,
        Instant periodStart,
        @Nullable Instant periodEnd,
        long spentPico,
        long totalPico,
        Map<String, Long> writers,
        Instant asOf) {

    public BudgetState {
        requireNonNull(account, "account is null");
        requireNonNull(periodStart, "periodStart is null");
        requireNonNull(asOf, "asOf is null");
        writers = Map.copyOf(writers);
    }

    /** How a member of a team is called here. */
    public static String member(String teamId, String userId) {
        return "member:" + teamId + ":" + userId;
    }

    /** How a key's use of one public model name is called here. */
    public static String keyAndModel(String keyHash, String modelGroup) {
        return "key:" + keyHash + ":model:" + modelGroup;
    }

    /** How the whole gateway is called here. */
    public static final String PROXY = "proxy";
}
