package dev.sluice.spend.accounts;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.Map;

/**
 * What the config says of accounts that somebody creates; the values are as they would stand in the
 * body of the call: texts, numbers, lists and maps.
 *
 * @param key {@code default_key_generate_params}: what a new key gets where the call says nothing
 * @param keyUpperBound {@code upperbound_key_generate_params}: what no key may exceed; a new key
 *     without a value gets the bound
 * @param user {@code default_internal_user_params}
 * @param team {@code default_team_params}
 * @param maxInternalUserBudget US dollars for a new internal user without a budget
 * @param internalUserBudgetDuration the period of that budget
 */
public record AccountDefaults(
        Map<String, Object> key,
        Map<String, Object> keyUpperBound,
        Map<String, Object> user,
        Map<String, Object> team,
        @Nullable BigDecimal maxInternalUserBudget,
        @Nullable String internalUserBudgetDuration) {

    /** No defaults, no bounds. */
    public static final AccountDefaults NONE =
            new AccountDefaults(Map.of(), Map.of(), Map.of(), Map.of(), null, null);

    public AccountDefaults {
        key = Map.copyOf(key);
        keyUpperBound = Map.copyOf(keyUpperBound);
        user = Map.copyOf(user);
        team = Map.copyOf(team);
    }
}
