package dev.sluice.ingress.accounts;

import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Account.ApiKey;
import dev.sluice.schemas.accounts.Limits;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Keeps one copy of what many keys have in common: lists of models, limits, names of teams. For one
 * thread. It remembers a bounded number of values and forgets all of them at the bound: sharing
 * saves memory, nothing depends on it.
 */
final class Sharing {

    static final int REMEMBERED_MAX = 16_384;

    private final Map<Object, Object> known = new HashMap<>();

    /**
     * A key made of shared parts; other accounts are few and stay as they are.
     *
     * @param teamId the id as the team's own record has it
     * @param userId the same of the user
     */
    Account shared(Account account, UnaryOperator<String> teamId, UnaryOperator<String> userId) {
        if (!(account instanceof ApiKey key)) {
            return account;
        }
        return new ApiKey(
                key.id(),
                key.version(),
                key.name(),
                key.alias(),
                key.userId() == null ? null : userId.apply(key.userId()),
                key.teamId() == null ? null : teamId.apply(key.teamId()),
                shared(key.organizationId()),
                key.expiresAt(),
                key.blocked(),
                one(key.models()),
                one(key.aliases()),
                one(key.allowedRoutes()),
                one(key.tags()),
                one(key.allowedCacheControls()),
                key.disableFallbacks(),
                limits(key.limits()),
                shared(key.budgetId()));
    }

    private Limits limits(Limits limits) {
        if (limits.spendSince() == null) {
            return one(limits);
        }
        return new Limits(
                shared(limits.maxBudgetPico()),
                shared(limits.budgetDuration()),
                limits.spendSince(),
                shared(limits.spendAtStartPico()),
                shared(limits.rpm()),
                shared(limits.tpm()),
                shared(limits.maxParallelRequests()),
                one(limits.modelRpm()),
                one(limits.modelTpm()),
                one(limits.modelBudgets()));
    }

    private <T> @Nullable T shared(@Nullable T value) {
        return value == null ? null : one(value);
    }

    @SuppressWarnings("unchecked") // equal values of one caller have one type
    private <T> T one(T value) {
        if (known.size() >= REMEMBERED_MAX) {
            known.clear();
        }
        Object before = known.putIfAbsent(value, value);
        return before == null ? value : (T) before;
    }
}
