package dev.sluice.spend.management;

import dev.sluice.schemas.accounts.BudgetPeriod;
import dev.sluice.spend.accounts.AccountDefaults;
import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.Changes;
import dev.sluice.spend.accounts.LimitColumns;
import dev.sluice.spend.accounts.Shapes;

import org.jooq.Field;
import org.jspecify.annotations.Nullable;

import java.math.BigInteger;
import java.time.Duration;

/** {@code upperbound_key_generate_params}: what no key may exceed, whoever makes it. */
final class KeyBounds {

    private static final LimitColumns KEY = AccountKind.KEY.limits();
    private static final Duration MONTH = Duration.ofDays(30);

    private final Changes most;
    private final @Nullable String longest;

    /**
     * @throws Refused if the bounds are no values of these fields
     */
    KeyBounds(AccountDefaults defaults) {
        Body bounds = Body.of(defaults.keyUpperBound());
        most = bounds.changes(AccountKind.KEY);
        longest = bounds.optional("duration", Shapes.DURATION);
    }

    /** The duration that a new key gets. */
    @Nullable String duration(@Nullable String wanted, boolean creating) {
        if (longest == null || (wanted == null && !creating)) {
            return wanted;
        }
        if (wanted == null) {
            return longest;
        }
        require(isWithin(wanted, longest), "duration", longest);
        return wanted;
    }

    /** Refuses what exceeds a bound; a new key without a value gets the bound. */
    void hold(Changes key, boolean creating) {
        number(key, KEY.maxBudget(), "max_budget", creating);
        number(key, KEY.tpm(), "tpm_limit", creating);
        number(key, KEY.rpm(), "rpm_limit", creating);
        number(key, KEY.maxParallelRequests(), "max_parallel_requests", creating);
        String period = most.get(KEY.budgetDuration());
        if (period != null && (creating || key.has(KEY.budgetDuration()))) {
            String wanted = key.get(KEY.budgetDuration());
            require(wanted == null || isWithin(wanted, period), "budget_duration", period);
            if (wanted == null) {
                key.set(KEY.budgetDuration(), period);
            }
        }
    }

    private void number(Changes key, Field<Long> column, String name, boolean creating) {
        Long bound = most.get(column);
        boolean open = creating || key.has(column);
        if (bound == null || !open) {
            return;
        }
        Long wanted = key.get(column);
        require(wanted == null || wanted <= bound, name, "the configured one");
        if (wanted == null) {
            key.set(column, bound);
        }
    }

    private static boolean isWithin(String wanted, String most) {
        return seconds(wanted).compareTo(seconds(most)) <= 0;
    }

    /** A month counts as 30 days. */
    private static BigInteger seconds(String duration) {
        Duration length =
                BudgetPeriod.lengthOf(duration)
                        .orElseGet(() ->
                                MONTH.multipliedBy(Long.parseLong(duration.replaceAll("\\D", ""))));
        return BigInteger.valueOf(length.toSeconds());
    }

    private static void require(boolean fits, String name, String bound) {
        if (!fits) {
            throw Refused.badRequest(
                    "%s is over max limit set in config - max_value=%s".formatted(name, bound),
                    name);
        }
    }
}
