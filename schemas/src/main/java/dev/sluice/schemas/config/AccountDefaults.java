package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/**
 * What a new key, user or team gets, or may get at most; null where nothing is said.
 *
 * @param maxBudget USD in one {@code budget_duration}
 * @param softBudget USD at which somebody is told
 * @param budgetDuration after which the budget begins anew
 * @param budgetId the budget that holds
 * @param tpmLimit tokens a minute
 * @param rpmLimit requests a minute
 * @param maxParallelRequests open calls
 * @param duration how long a key lives
 * @param models what may be called; null where nothing is said, empty for all
 * @param userRole role of a new user
 * @param userId owner of a new key
 * @param teamId team of a new key
 * @param organizationId organisation of a new team
 * @param teams teams that a new user joins: ids, or mappings with {@code team_id} and more
 * @param tags tags that calls are booked under
 * @param metadata kept with the account
 * @param permissions of a new key
 * @param teamMemberPermissions what members of a new team may do
 * @param extra all other keys
 */
public record AccountDefaults(
        @Nullable BigDecimal maxBudget,
        @Nullable BigDecimal softBudget,
        @Key(is = TextRule.BUDGET_DURATION) @Nullable String budgetDuration,
        @Nullable String budgetId,
        @Nullable Long tpmLimit,
        @Nullable Long rpmLimit,
        @Nullable Long maxParallelRequests,
        @Key(is = TextRule.BUDGET_DURATION) @Nullable String duration,
        @Nullable List<String> models,
        @Key(oneOf = {"proxy_admin", "proxy_admin_viewer", "internal_user", "internal_user_viewer"})
                @Nullable String userRole,
        @Nullable String userId,
        @Nullable String teamId,
        @Nullable String organizationId,
        List<Object> teams,
        List<String> tags,
        Map<String, Object> metadata,
        Map<String, Object> permissions,
        List<String> teamMemberPermissions,
        @Key(rest = true) Map<String, Object> extra) {}
