package dev.sluice.standalone;

import dev.sluice.router.budgets.BudgetPolicy;
import dev.sluice.schemas.config.AccountDefaults;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.LitellmSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.spend.accounts.AccountSettings;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The config in the words of the services. */
final class Configured {

    private static final String NAMELESS_BUDGET = "(max_end_user_budget)";

    private Configured() {}

    /** How the router worker counts budgets. */
    static BudgetPolicy budgets(GatewayConfig config, @Nullable Secret signingKey) {
        LitellmSettings litellm = config.litellm();
        return new BudgetPolicy(
                signingKey, litellm.timezone(), litellm.budgetDuration(), endUserBudget(litellm));
    }

    /** End users with a bare amount to spend are counted too: under a budget that nobody has. */
    private static @Nullable String endUserBudget(LitellmSettings litellm) {
        String id = litellm.maxEndUserBudgetId();
        return id == null && litellm.maxEndUserBudget() != null ? NAMELESS_BUDGET : id;
    }

    /** How the spend aggregator keeps accounts. */
    static AccountSettings accounts(GatewayConfig config, Secret signingKey) {
        LitellmSettings litellm = config.litellm();
        return new AccountSettings(
                signingKey,
                litellm.timezone(),
                new dev.sluice.spend.accounts.AccountDefaults(
                        body(litellm.defaultKeyGenerateParams()),
                        body(litellm.upperboundKeyGenerateParams()),
                        body(litellm.defaultInternalUserParams()),
                        body(litellm.defaultTeamParams()),
                        litellm.maxInternalUserBudget(),
                        litellm.internalUserBudgetDuration()));
    }

    /** As a management call's body would say it. */
    private static Map<String, Object> body(@Nullable AccountDefaults defaults) {
        if (defaults == null) {
            return Map.of();
        }
        Map<String, Object> body = new HashMap<>(defaults.extra());
        put(body, "max_budget", defaults.maxBudget());
        put(body, "soft_budget", defaults.softBudget());
        put(body, "budget_duration", defaults.budgetDuration());
        put(body, "budget_id", defaults.budgetId());
        put(body, "tpm_limit", defaults.tpmLimit());
        put(body, "rpm_limit", defaults.rpmLimit());
        put(body, "max_parallel_requests", defaults.maxParallelRequests());
        put(body, "duration", defaults.duration());
        put(body, "models", defaults.models());
        put(body, "user_role", defaults.userRole());
        put(body, "user_id", defaults.userId());
        put(body, "team_id", defaults.teamId());
        put(body, "organization_id", defaults.organizationId());
        putUnlessEmpty(body, "teams", defaults.teams());
        putUnlessEmpty(body, "tags", defaults.tags());
        putUnlessEmpty(body, "team_member_permissions", defaults.teamMemberPermissions());
        if (!defaults.metadata().isEmpty()) {
            body.put("metadata", defaults.metadata());
        }
        if (!defaults.permissions().isEmpty()) {
            body.put("permissions", defaults.permissions());
        }
        return body;
    }

    private static void put(Map<String, Object> body, String name, @Nullable Object value) {
        if (value != null) {
            body.put(name, value);
        }
    }

    private static void putUnlessEmpty(Map<String, Object> body, String name, List<?> values) {
        if (!values.isEmpty()) {
            body.put(name, values);
        }
    }
}
