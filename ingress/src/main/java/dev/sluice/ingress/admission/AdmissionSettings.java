package dev.sluice.ingress.admission;

import dev.sluice.ingress.limits.Scope;
import dev.sluice.schemas.accounts.Limits;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * What the operator limits beside what accounts say.
 *
 * @param proxyBudget of all callers together, null for none
 * @param proxyParallelRequests open calls of all callers together, null without bound
 * @param keyParallelRequests open calls of a key that says nothing itself, null without bound
 * @param endUserLimits of an end user without limits of his own
 * @param endUserBudgetId the budget of such an end user, before {@code endUserLimits}; null for
 *     none
 * @param tokens which tokens count against limits
 */
public record AdmissionSettings(
        Scope.@Nullable Budget proxyBudget,
        @Nullable Long proxyParallelRequests,
        @Nullable Long keyParallelRequests,
        Limits endUserLimits,
        @Nullable String endUserBudgetId,
        CountedTokens tokens) {

    /** Nothing beyond what accounts say. */
    public static final AdmissionSettings DEFAULTS =
            new AdmissionSettings(null, null, null, Limits.NONE, null, CountedTokens.TOTAL);

    /** Which tokens count against limits. */
    public enum CountedTokens {
        TOTAL,
        INPUT,
        OUTPUT;

        /** Those of a number of both that count. */
        long of(long input, long output) {
            return switch (this) {
                case TOTAL -> Math.addExact(input, output);
                case INPUT -> input;
                case OUTPUT -> output;
            };
        }
    }

    /** A budget that nobody has reset by hand. */
    public static Scope.Budget budget(long limitPico, @Nullable String duration) {
        return new Scope.Budget(limitPico, duration, Instant.EPOCH, 0);
    }
}
