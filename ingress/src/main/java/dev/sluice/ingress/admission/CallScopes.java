package dev.sluice.ingress.admission;

import dev.sluice.ingress.accounts.KeyAccounts;
import dev.sluice.ingress.accounts.KeyDirectory;
import dev.sluice.ingress.accounts.KeyDirectory.EndUser;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.limits.Scope;
import dev.sluice.ingress.limits.ScopeKind;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.events.BudgetState;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Everything that limits one call, the narrowest first. */
final class CallScopes {

    /** As {@link BudgetState#keyAndModel} has it. */
    private static final String MODEL = ":model:";

    private final AdmissionSettings settings;
    private final KeyDirectory directory;

    CallScopes(AdmissionSettings settings, KeyDirectory directory) {
        this.settings = settings;
        this.directory = directory;
    }

    /**
     * Without limits an empty list, which costs nothing.
     *
     * @return null if an account that limits the call is not known
     */
    @Nullable List<Scope> of(Caller caller, @Nullable String endUser, String modelGroup) {
        List<Scope> scopes = new ArrayList<>(4);
        KeyAccounts accounts = caller.accounts();
        if (accounts != null) {
            ofAccounts(accounts, modelGroup, scopes);
            if (endUser != null) {
                Limits limits = limitsOf(endUser);
                if (limits == null) {
                    return null;
                }
                add(scopes, ScopeKind.END_USER, Account.Customer.recordKey(endUser), limits);
            }
        }
        ofProxy(scopes);
        return scopes;
    }

    private void ofAccounts(KeyAccounts accounts, String modelGroup, List<Scope> scopes) {
        String hash = accounts.key().id();
        Limits ofKey = accounts.keyLimits();
        perModel(
                scopes, ScopeKind.MODEL_PER_KEY, Account.ApiKey.recordKey(hash), ofKey, modelGroup);
        add(scopes, ScopeKind.API_KEY, Account.ApiKey.recordKey(hash), withDefault(ofKey));
        String userId = accounts.key().userId();
        String teamId = accounts.key().teamId();
        if (teamId != null) {
            if (userId != null) {
                String member = BudgetState.member(teamId, userId);
                add(scopes, ScopeKind.TEAM_MEMBER, member, accounts.memberLimits());
            }
            String team = Account.Team.recordKey(teamId);
            Limits ofTeam = accounts.teamLimits();
            perModel(scopes, ScopeKind.MODEL_PER_TEAM, team, ofTeam, modelGroup);
            add(scopes, ScopeKind.TEAM, team, ofTeam);
        } else if (userId != null) {
            // As LiteLLM does: a user's own limits are for his personal keys, a team's for its
            // keys.
            add(scopes, ScopeKind.USER, Account.User.recordKey(userId), accounts.userLimits());
        }
        Account.Organization organization = accounts.organization();
        if (organization != null) {
            add(
                    scopes,
                    ScopeKind.ORGANIZATION,
                    organization.recordKey(),
                    accounts.organizationLimits());
        }
    }

    private Limits withDefault(Limits ofKey) {
        Long parallel = settings.keyParallelRequests();
        return parallel == null || ofKey.maxParallelRequests() != null
                ? ofKey
                : ofKey.or(limited(parallel));
    }

    private static Limits limited(Long parallelRequests) {
        Limits none = Limits.NONE;
        return new Limits(
                null,
                null,
                null,
                null,
                null,
                null,
                parallelRequests,
                none.modelRpm(),
                none.modelTpm(),
                none.modelBudgets());
    }

    /** His own; else those that the operator gives everybody. */
    private @Nullable Limits limitsOf(String endUser) {
        EndUser known = directory.endUser(endUser);
        if (known != null) {
            Limits own = known.limits();
            if (own == null || !own.isUnlimited()) {
                return own;
            }
        }
        String budgetId = settings.endUserBudgetId();
        return budgetId == null ? settings.endUserLimits() : directory.budget(budgetId);
    }

    private void ofProxy(List<Scope> scopes) {
        if (settings.proxyBudget() != null || settings.proxyParallelRequests() != null) {
            scopes.add(
                    new Scope(
                            ScopeKind.PROXY,
                            BudgetState.PROXY,
                            null,
                            null,
                            settings.proxyParallelRequests(),
                            settings.proxyBudget()));
        }
    }

    private static void add(List<Scope> scopes, ScopeKind kind, String id, Limits limits) {
        if (!limits.isUnlimited()) {
            Scope scope = Scope.of(kind, id, limits);
            if (!scope.isUnlimited()) {
                scopes.add(scope);
            }
        }
    }

    /** Limits may name a model with its provider before it, as LiteLLM's users write both. */
    private static @Nullable String named(Set<String> names, String modelGroup) {
        if (names.contains(modelGroup)) {
            return modelGroup;
        }
        String bare = modelGroup.substring(modelGroup.indexOf('/') + 1);
        return names.contains(bare) ? bare : null;
    }

    private static void perModel(
            List<Scope> scopes, ScopeKind kind, String account, Limits limits, String modelGroup) {
        String rpm = named(limits.modelRpm().keySet(), modelGroup);
        String tpm = named(limits.modelTpm().keySet(), modelGroup);
        String budget = named(limits.modelBudgets().keySet(), modelGroup);
        if (budget != null) {
            // Under the budget's own name, as the books count it.
            scopes.add(
                    new Scope(
                            kind,
                            account + MODEL + budget,
                            null,
                            null,
                            null,
                            budget(limits, limits.modelBudgets().get(budget))));
        }
        if (rpm != null || tpm != null) {
            scopes.add(
                    new Scope(
                            kind,
                            account + MODEL + modelGroup,
                            rpm == null ? null : limits.modelRpm().get(rpm),
                            tpm == null ? null : limits.modelTpm().get(tpm),
                            null,
                            null));
        }
    }

    private static Scope.@Nullable Budget budget(Limits limits, Limits.@Nullable ModelBudget own) {
        Instant since = limits.spendSince();
        return own == null
                ? null
                : new Scope.Budget(
                        own.limitPico(), own.duration(), since == null ? Instant.EPOCH : since, 0);
    }
}
