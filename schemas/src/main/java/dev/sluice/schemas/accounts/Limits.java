package dev.sluice.schemas.accounts;

import com.fasterxml.jackson.annotation.JsonIgnore;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Map;

/**
 * What an account may use; null is without limit.
 *
 * @param maxBudgetPico picodollars in one period
 * @param budgetDuration LiteLLM's word for the period ({@code 30d}, {@code 1h}, {@code 1mo}); null:
 *     the budget is never reset
 * @param spendSince spend before this time does not count; the account's creation, or when somebody
 *     set its spend by hand
 * @param spendAtStartPico what the account had spent at {@code spendSince}
 * @param rpm requests a minute
 * @param tpm tokens a minute
 * @param maxParallelRequests open requests; 0 refuses all
 * @param modelRpm requests a minute by public model name
 * @param modelTpm tokens a minute by public model name
 * @param modelBudgets budgets by public model name
 */
public record Limits(
        @Nullable Long maxBudgetPico,
        @Nullable String budgetDuration,
        @Nullable Instant spendSince,
        @Nullable Long spendAtStartPico,
        @Nullable Long rpm,
        @Nullable Long tpm,
        @Nullable Long maxParallelRequests,
        Map<String, Long> modelRpm,
        Map<String, Long> modelTpm,
        Map<String, ModelBudget> modelBudgets) {

    /** No limit at all. */
    public static final Limits NONE =
            new Limits(null, null, null, null, null, null, null, Map.of(), Map.of(), Map.of());

    public Limits {
        modelRpm = modelRpm == null ? Map.of() : Map.copyOf(modelRpm);
        modelTpm = modelTpm == null ? Map.of() : Map.copyOf(modelTpm);
        modelBudgets = modelBudgets == null ? Map.of() : Map.copyOf(modelBudgets);
    }

    /** A budget of one model within an account. */
    public record ModelBudget(long limitPico, @Nullable String duration) {}

    /** These limits, or {@link #NONE} where a record has none. */
    public static Limits orNone(@Nullable Limits limits) {
        return limits == null ? NONE : limits;
    }

    /** These limits, and another's where these say nothing. */
    public Limits or(Limits other) {
        return new Limits(
                first(maxBudgetPico, other.maxBudgetPico),
                maxBudgetPico != null ? budgetDuration : other.budgetDuration,
                first(spendSince, other.spendSince),
                first(spendAtStartPico, other.spendAtStartPico),
                first(rpm, other.rpm),
                first(tpm, other.tpm),
                first(maxParallelRequests, other.maxParallelRequests),
                modelRpm.isEmpty() ? other.modelRpm : modelRpm,
                modelTpm.isEmpty() ? other.modelTpm : modelTpm,
                modelBudgets.isEmpty() ? other.modelBudgets : modelBudgets);
    }

    /** Whether nothing here can refuse a call. */
    @JsonIgnore
    public boolean isUnlimited() {
        return maxBudgetPico == null
                && rpm == null
                && tpm == null
                && maxParallelRequests == null
                && modelRpm.isEmpty()
                && modelTpm.isEmpty()
                && modelBudgets.isEmpty();
    }

    private static <T> @Nullable T first(@Nullable T one, @Nullable T other) {
        return one != null ? one : other;
    }
}
