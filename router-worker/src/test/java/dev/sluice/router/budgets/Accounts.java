package dev.sluice.router.budgets;

import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.accounts.Limits.ModelBudget;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Account records with only what counting needs. */
public final class Accounts {

    private Accounts() {}

    public static Limits limits(@Nullable Long maxPico, @Nullable String duration, Instant since) {
        return limits(maxPico, duration, since, 0L);
    }

    static Limits limits(
            @Nullable Long maxPico,
            @Nullable String duration,
            @Nullable Instant since,
            @Nullable Long atStartPico) {
        return new Limits(
                maxPico,
                duration,
                since,
                atStartPico,
                null,
                null,
                null,
                Map.of(),
                Map.of(),
                Map.of());
    }

    static Limits withModels(Instant since, Map<String, ModelBudget> budgets) {
        return new Limits(null, null, since, 0L, null, null, null, Map.of(), Map.of(), budgets);
    }

    public static Account.ApiKey key(String id, long version, Limits limits) {
        return key(id, version, limits, null);
    }

    static Account.ApiKey key(String id, long version, Limits limits, @Nullable String budgetId) {
        return new Account.ApiKey(
                id, version, null, null, null, null, null, null, false, List.of(), Map.of(),
                List.of(), List.of(), List.of(), false, limits, budgetId);
    }

    static Account.Team team(String id, long version, Limits limits) {
        return new Account.Team(
                id, version, null, null, false, List.of(), Map.of(), List.of(), limits, null);
    }

    static Account.User user(
            String id, long version, Limits limits, Account.Membership... memberships) {
        return new Account.User(
                id,
                version,
                Account.Role.INTERNAL_USER,
                false,
                List.of(),
                limits,
                null,
                Arrays.asList(memberships));
    }

    static Account.Organization organization(String id, long version, Limits limits) {
        return new Account.Organization(id, version, null, List.of(), limits, null);
    }

    static Account.Customer customer(String id, long version, Limits limits) {
        return new Account.Customer(id, version, false, limits, null, null, null);
    }
}
