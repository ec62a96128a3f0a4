package dev.sluice.spend.management;

import static dev.sluice.spend.db.Tables.ACCOUNT_KEYS;

import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.Changes;
import dev.sluice.spend.accounts.LimitColumns;
import dev.sluice.spend.db.tables.records.AccountKeysRecord;

import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * How far a key may go that somebody makes who is no proxy admin: not beyond the user or team that
 * it belongs to, and not beyond the key that he calls with. What the call leaves open, the calling
 * key's own bounds fill: a narrow key must not beget a wide one.
 */
final class KeyCeiling {

    private static final LimitColumns KEY = AccountKind.KEY.limits();
    private static final Set<String> EVERYTHING = Set.of("*", "all-proxy-models");
    private static final JSONB NOTHING = JSONB.valueOf("{}");

    private final AccountKind ownerKind;
    private final @Nullable Record owner;
    private final @Nullable AccountKeysRecord caller;

    /**
     * @param owner the user or team that the key belongs to
     * @param caller the key that is called with
     */
    KeyCeiling(AccountKind ownerKind, @Nullable Record owner, @Nullable AccountKeysRecord caller) {
        this.ownerKind = ownerKind;
        this.owner = owner;
        this.caller = caller;
    }

    /**
     * Refuses what goes beyond, fills in what is left open.
     *
     * @param creating whether absent fields are open; in an update they stay as they are
     */
    void hold(Changes key, boolean creating) {
        number(key, KEY.maxBudget(), LimitColumns::maxBudget, "max_budget", creating);
        number(key, KEY.tpm(), LimitColumns::tpm, "tpm_limit", creating);
        number(key, KEY.rpm(), LimitColumns::rpm, "rpm_limit", creating);
        number(
                key,
                KEY.maxParallelRequests(),
                LimitColumns::maxParallelRequests,
                "max_parallel_requests",
                creating);
        if (caller != null) {
            period(key, caller, creating);
            expiry(key, caller, creating);
            list(
                    key,
                    ACCOUNT_KEYS.ALLOWED_ROUTES,
                    caller.getAllowedRoutes(),
                    "allowed_routes",
                    creating);
            list(key, ACCOUNT_KEYS.MODELS, caller.getModels(), "models", creating);
            list(
                    key,
                    ACCOUNT_KEYS.ALLOWED_CACHE_CONTROLS,
                    caller.getAllowedCacheControls(),
                    "allowed_cache_controls",
                    creating);
            byModel(key, KEY.modelRpm(), caller, creating);
            byModel(key, KEY.modelTpm(), caller, creating);
            byModel(key, KEY.modelBudgets(), caller, creating);
            if (creating && caller.getBudgetId() != null) {
                key.set(KEY.budgetId(), caller.getBudgetId());
            }
        }
        if (owner != null) {
            String[] models = owner.get("models", String[].class);
            String[] wanted = key.get(ACCOUNT_KEYS.MODELS);
            // An empty list stands for what the owner may use: admission asks the owner, too.
            if (wanted != null && wanted.length > 0) {
                require(within(wanted, models), "models");
            }
        }
    }

    private void number(
            Changes key,
            Field<Long> column,
            Function<LimitColumns, Field<Long>> of,
            String name,
            boolean creating) {
        Long wanted = key.get(column);
        Long ownersMost = owner == null ? null : owner.get(of.apply(ownerKind.limits()));
        require(wanted == null || ownersMost == null || wanted <= ownersMost, name);
        Long callersMost = caller == null ? null : caller.get(column);
        if (callersMost == null) {
            return;
        }
        require(wanted == null || wanted <= callersMost, name);
        if (wanted == null && (creating || key.has(column))) {
            key.set(column, callersMost);
        }
    }

    /** A budget that is reset more often is a larger one. */
    private static void period(Changes key, AccountKeysRecord caller, boolean creating) {
        if (caller.getMaxBudgetPico() != null && (creating || key.has(KEY.budgetDuration()))) {
            String wanted = key.get(KEY.budgetDuration());
            String most = caller.getBudgetDuration();
            require(wanted == null || wanted.equals(most), "budget_duration");
            key.set(KEY.budgetDuration(), most);
        }
    }

    private static void expiry(Changes key, AccountKeysRecord caller, boolean creating) {
        Instant most = caller.getExpires();
        if (most != null && (creating || key.has(ACCOUNT_KEYS.EXPIRES))) {
            Instant wanted = key.get(ACCOUNT_KEYS.EXPIRES);
            require(wanted == null || !wanted.isAfter(most), "duration");
            if (wanted == null) {
                key.set(ACCOUNT_KEYS.EXPIRES, most);
            }
        }
    }

    private static void list(
            Changes key, Field<String[]> column, String[] most, String name, boolean creating) {
        boolean open = creating || key.has(column);
        if (most.length == 0 || !open) {
            return;
        }
        String[] wanted = key.get(column);
        if (wanted == null || wanted.length == 0) {
            key.set(column, most);
        } else {
            require(within(wanted, most), name);
        }
    }

    private static void byModel(
            Changes key, Field<JSONB> column, AccountKeysRecord caller, boolean creating) {
        JSONB most = caller.get(column);
        if (most != null && !most.equals(NOTHING) && (creating || key.has(column))) {
            key.set(column, most);
        }
    }

    /** Whether all of some names are covered by others; an empty list of these covers all. */
    static boolean within(String[] wanted, String[] most) {
        List<String> allowed = Arrays.asList(most);
        if (allowed.isEmpty() || allowed.stream().anyMatch(EVERYTHING::contains)) {
            return true;
        }
        return Arrays.stream(wanted)
                .allMatch(one -> allowed.stream().anyMatch(other -> covers(other, one)));
    }

    private static boolean covers(String allowed, String wanted) {
        return wanted.equals(allowed)
                || (allowed.endsWith("/*")
                        && wanted.startsWith(allowed.substring(0, allowed.length() - 1)));
    }

    private static void require(boolean fits, String name) {
        if (!fits) {
            throw Refused.forbidden(
                    "%s goes beyond what you, your team or your key may use.".formatted(name),
                    name);
        }
    }
}
