package dev.sluice.ingress.admission;

import dev.sluice.ingress.errors.ApiError;
import dev.sluice.ingress.limits.Admission;
import dev.sluice.ingress.limits.LimitKind;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A limit that a call does not fit into, as its caller is told.
 *
 * @param retryAfterSeconds when it is worth trying again; -1: not by waiting
 * @param limitType {@code requests}, {@code tokens}, {@code max_parallel_requests} or {@code
 *     budget}
 * @param resetsAt null where nothing is reset
 */
public record LimitReached(
        ApiError error, long retryAfterSeconds, String limitType, @Nullable Instant resetsAt) {

    private static final int PICO_DIGITS = 12;
    private static final int BUDGET_STATUS = 400;
    private static final int RATE_STATUS = 429;

    /** LiteLLM's word where an error has no type or parameter. */
    private static final String NONE = "None";

    static LimitReached of(Admission.Refused refused) {
        boolean budget = refused.kind() == LimitKind.BUDGET;
        long seconds = refused.retryAfter().toSeconds();
        return new LimitReached(
                budget ? overBudget(refused) : overRate(refused),
                seconds > 0 ? seconds : -1,
                refused.kind().word(),
                refused.resetsAt());
    }

    /** A budget that holds for the call is not known here: it is not let through unmeasured. */
    static LimitReached unknown() {
        return new LimitReached(
                ApiError.of(
                        503,
                        "service_unavailable_error",
                        "The gateway does not know the budget of this end user."),
                1,
                LimitKind.BUDGET.word(),
                null);
    }

    private static ApiError overBudget(Admission.Refused refused) {
        return new ApiError(
                BUDGET_STATUS,
                "Budget has been exceeded! Current cost: %s, Max budget: %s (%s)"
                        .formatted(
                                usd(refused.current()),
                                usd(refused.limit()),
                                refused.scope().kind().word()),
                "budget_exceeded",
                null,
                Integer.toString(BUDGET_STATUS));
    }

    private static ApiError overRate(Admission.Refused refused) {
        String id = refused.scope().id();
        Instant resetsAt = refused.resetsAt();
        return new ApiError(
                RATE_STATUS,
                "Rate limit exceeded for %s: %s. Limit type: %s. Current limit: %d, Remaining: %d. Limit resets at: %s"
                        .formatted(
                                refused.scope().kind().word(),
                                id.substring(id.indexOf(':') + 1),
                                refused.kind().word(),
                                refused.limit(),
                                refused.remaining(),
                                resetsAt == null
                                        ? "the end of a call"
                                        : resetsAt.truncatedTo(ChronoUnit.SECONDS)),
                NONE,
                NONE,
                Integer.toString(RATE_STATUS));
    }

    private static String usd(long pico) {
        return BigDecimal.valueOf(pico, PICO_DIGITS).stripTrailingZeros().toPlainString();
    }
}
