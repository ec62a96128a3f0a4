package dev.sluice.router.budgets;

import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Account.Membership;
import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.BudgetState;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Every account's budget, as the accounts topic has it. One thread tells it, all others ask.
 *
 * <p>A record is believed if its signature holds, its key is its account's, and its version is
 * greater than the known one.
 */
final class AccountDirectory {

    private static final String KEY = Account.ApiKey.recordKey("");
    private static final String CUSTOMER = Account.Customer.recordKey("");
    private static final String MODEL = BudgetState.keyAndModel("", "").substring(KEY.length());

    private final @Nullable RecordSignature signature;
    private final BudgetPolicy policy;
    private final Map<String, Known> records = new ConcurrentHashMap<>();
    private final Map<String, Limits> members = new ConcurrentHashMap<>();
    private final List<Consumer<String>> watchers = new CopyOnWriteArrayList<>();

    AccountDirectory(BudgetPolicy policy) {
        this.policy = policy;
        Secret key = policy.signingKey();
        this.signature = key == null ? null : new RecordSignature(key);
    }

    /** What became of a record. */
    enum Outcome {
        BELIEVED,
        /** Not newer than what is known. */
        REPEATED,
        /** Without a value, or not signed by our key. */
        UNSIGNED,
        /** Signed for one account, about another. */
        MISPLACED,
        UNREADABLE,
        /** Of a schema version that only a newer worker can read. */
        NEWER
    }

    /** Of an account record what counting needs; a deleted one keeps its version alone. */
    private record Known(
            long version, @Nullable Limits limits, @Nullable String budgetId, Set<String> members) {

        static Known deleted(long version) {
            return new Known(version, null, null, Set.of());
        }
    }

    Outcome accept(String recordKey, byte @Nullable [] value, byte @Nullable [] signed) {
        if (value == null || signature == null || !signature.isOf(recordKey, value, signed)) {
            return Outcome.UNSIGNED;
        }
        Account account;
        try {
            account = Topics.ACCOUNTS.codec().decode(value);
        } catch (NewerVersionException _) {
            return Outcome.NEWER;
        } catch (UnreadableRecordException _) {
            return Outcome.UNREADABLE;
        }
        if (!recordKey.equals(account.recordKey())) {
            return Outcome.MISPLACED;
        }
        Known before = records.get(recordKey);
        if (before != null && account.version() <= before.version) {
            return Outcome.REPEATED;
        }
        learn(recordKey, account, before);
        return Outcome.BELIEVED;
    }

    /** How an account is counted; empty where it has no record and nothing limits it. */
    Optional<BudgetTerms> terms(String account) {
        if (account.equals(BudgetState.PROXY)) {
            return Optional.of(policy.proxyTerms());
        }
        int model = account.startsWith(KEY) ? account.indexOf(MODEL) : -1;
        if (model >= 0) {
            String name = account.substring(model + MODEL.length());
            return limits(account.substring(0, model)).flatMap(limits -> modelTerms(limits, name));
        }
        return limits(account).or(() -> limitsOfUnknown(account)).map(BudgetTerms::of);
    }

    /** Whether an account is kept however long it is idle: all but end users without a record. */
    boolean isLasting(String account) {
        return !isCustomer(account) ? terms(account).isPresent() : limits(account).isPresent();
    }

    /**
     * The account that a key's use of a model is charged to besides; empty where the key has no
     * budget for it. A budget for {@code gpt-4o} is also one for {@code openai/gpt-4o}, as in
     * LiteLLM, and all of them are charged to the budget's own name: who may invent prefixes gets
     * no budget for each.
     */
    Optional<String> modelAccount(String keyAccount, String modelGroup) {
        return limits(keyAccount)
                .map(Limits::modelBudgets)
                .filter(budgets -> !budgets.isEmpty())
                .flatMap(budgets ->
                        Stream.of(modelGroup, modelGroup.substring(modelGroup.indexOf('/') + 1))
                                .filter(budgets::containsKey)
                                .findFirst())
                .map(name -> keyAccount + MODEL + name);
    }

    /** Whether a record is the budget of end users that have none of their own. */
    boolean isForAllEndUsers(String recordKey) {
        String budgetId = policy.endUserBudgetId();
        return budgetId != null && Account.Budget.recordKey(budgetId).equals(recordKey);
    }

    /** Tells, from now on, the name of every account whose terms may have changed. */
    void watch(Consumer<String> watcher) {
        watchers.add(watcher);
    }

    void unwatch(Consumer<String> watcher) {
        watchers.remove(watcher);
    }

    private void learn(String recordKey, Account account, @Nullable Known before) {
        Map<String, Limits> now = membershipsOf(account);
        Known known = known(account, now.keySet());
        records.put(recordKey, known);
        members.putAll(now);
        Set<String> left = before == null ? Set.of() : before.members;
        left.stream().filter(member -> !now.containsKey(member)).forEach(members::remove);
        tell(recordKey);
        left.forEach(this::tell);
        now.keySet().forEach(this::tell);
        if (account instanceof Account.Budget || account instanceof Account.Deleted) {
            tellHoldersOf(recordKey);
        }
    }

    private void tellHoldersOf(String budgetKey) {
        records.forEach((recordKey, known) -> {
            String budgetId =
                    known.limits == null ? null : budgetOf(recordKey, known, known.limits);
            if (budgetId != null && Account.Budget.recordKey(budgetId).equals(budgetKey)) {
                tell(recordKey);
            }
        });
    }

    /** The shared budget that holds for an account: its own, or that of all end users. */
    private @Nullable String budgetOf(String recordKey, Known known, Limits own) {
        boolean hasNone = known.budgetId == null && own.maxBudgetPico() == null;
        return hasNone && isCustomer(recordKey) ? policy.endUserBudgetId() : known.budgetId;
    }

    private void tell(String account) {
        watchers.forEach(watcher -> watcher.accept(account));
    }

    private Optional<Limits> limits(String account) {
        Limits member = members.get(account);
        if (member != null) {
            return Optional.of(member);
        }
        Known known = records.get(account);
        Limits own = known == null ? null : known.limits;
        if (known == null || own == null) {
            return Optional.empty();
        }
        String budgetId = budgetOf(account, known, own);
        return Optional.of(budgetId == null ? own : own.or(shared(budgetId)));
    }

    /** Who is only named in calls has the budget of all end users, if there is one. */
    private Optional<Limits> limitsOfUnknown(String account) {
        String budgetId = policy.endUserBudgetId();
        return budgetId == null || !isCustomer(account)
                ? Optional.empty()
                : Optional.of(shared(budgetId));
    }

    private static boolean isCustomer(String account) {
        return account.startsWith(CUSTOMER);
    }

    private Limits shared(String budgetId) {
        Known budget = records.get(Account.Budget.recordKey(budgetId));
        Limits limits = budget == null ? null : budget.limits;
        return limits == null ? Limits.NONE : limits;
    }

    private static Optional<BudgetTerms> modelTerms(Limits limits, String name) {
        return Optional.ofNullable(limits.modelBudgets().get(name))
                .map(budget -> BudgetTerms.of(limits, budget.duration()));
    }

    private static Map<String, Limits> membershipsOf(Account account) {
        List<Membership> memberships =
                account instanceof Account.User user ? user.memberships() : List.of();
        return memberships.stream()
                .collect(
                        Collectors.toMap(
                                member -> BudgetState.member(member.teamId(), account.id()),
                                member -> trimmed(member.limits()),
                                (_, later) -> later));
    }

    private static Known known(Account account, Set<String> members) {
        return switch (account) {
            case Account.ApiKey key -> of(key, key.limits(), key.budgetId());
            case Account.Team team -> of(team, team.limits(), team.budgetId());
            case Account.User user ->
                    new Known(
                            user.version(),
                            trimmed(user.limits()),
                            user.budgetId(),
                            Set.copyOf(members));
            case Account.Organization organization ->
                    of(organization, organization.limits(), organization.budgetId());
            case Account.Customer customer -> of(customer, customer.limits(), customer.budgetId());
            case Account.Budget budget -> of(budget, beginningNowhere(budget.limits()), null);
            case Account.Deleted deleted -> Known.deleted(deleted.version());
        };
    }

    private static Known of(Account account, Limits limits, @Nullable String budgetId) {
        return new Known(account.version(), trimmed(limits), budgetId, Set.of());
    }

    /** Only what counting needs: there may be a hundred thousand of them. */
    private static Limits trimmed(Limits limits) {
        boolean isUnlimited =
                limits.maxBudgetPico() == null
                        && limits.budgetDuration() == null
                        && limits.spendSince() == null
                        && limits.spendAtStartPico() == null
                        && limits.modelBudgets().isEmpty();
        return isUnlimited
                ? Limits.NONE
                : new Limits(
                        limits.maxBudgetPico(),
                        limits.budgetDuration(),
                        limits.spendSince(),
                        limits.spendAtStartPico(),
                        null,
                        null,
                        null,
                        Map.of(),
                        Map.of(),
                        limits.modelBudgets());
    }

    /** A shared budget says how much and how long; since when is each account's own. */
    private static Limits beginningNowhere(Limits limits) {
        return new Limits(
                limits.maxBudgetPico(),
                limits.budgetDuration(),
                null,
                null,
                null,
                null,
                null,
                Map.of(),
                Map.of(),
                limits.modelBudgets());
    }
}
