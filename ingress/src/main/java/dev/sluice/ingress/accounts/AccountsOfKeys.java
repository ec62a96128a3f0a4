package dev.sluice.ingress.accounts;

import dev.sluice.ingress.accounts.KeyDirectory.EndUser;
import dev.sluice.schemas.accounts.Account.ApiKey;
import dev.sluice.schemas.accounts.Account.Budget;
import dev.sluice.schemas.accounts.Account.Customer;
import dev.sluice.schemas.accounts.Account.Membership;
import dev.sluice.schemas.accounts.Account.Organization;
import dev.sluice.schemas.accounts.Account.Team;
import dev.sluice.schemas.accounts.Account.User;
import dev.sluice.schemas.accounts.Limits;

import org.jspecify.annotations.Nullable;

/**
 * Puts a key together with all that it names. Whatever is named and not there makes it {@link
 * Resolution.NotReady}: a missing team is not a team without limits.
 */
final class AccountsOfKeys {

    private static final Resolution.NotReady INCOMPLETE =
            new Resolution.NotReady("The gateway does not know all accounts of this key yet.");

    private final AccountStore store;

    AccountsOfKeys(AccountStore store) {
        this.store = store;
    }

    Resolution of(ApiKey key) {
        Team team = key.teamId() == null ? null : store.find(Kind.TEAM, Team.class, key.teamId());
        User user = key.userId() == null ? null : store.find(Kind.USER, User.class, key.userId());
        String organizationId =
                key.organizationId() != null
                        ? key.organizationId()
                        : team == null ? null : team.organizationId();
        Organization organization =
                organizationId == null
                        ? null
                        : store.find(Kind.ORGANIZATION, Organization.class, organizationId);
        Limits keyLimits = effective(key.limits(), key.budgetId());
        Limits teamLimits = team == null ? Limits.NONE : effective(team.limits(), team.budgetId());
        Limits userLimits = user == null ? Limits.NONE : effective(user.limits(), user.budgetId());
        Limits organizationLimits =
                organization == null
                        ? Limits.NONE
                        : effective(organization.limits(), organization.budgetId());
        boolean missing =
                (key.teamId() != null && team == null)
                        || (key.userId() != null && user == null)
                        || (organizationId != null && organization == null);
        if (missing
                || keyLimits == null
                || teamLimits == null
                || userLimits == null
                || organizationLimits == null) {
            return INCOMPLETE;
        }
        return new Resolution.Found(
                new KeyAccounts(
                        key,
                        team,
                        user,
                        organization,
                        membership(user, team),
                        keyLimits,
                        teamLimits,
                        userLimits,
                        organizationLimits));
    }

    EndUser endUser(Customer customer) {
        return new EndUser(customer, effective(customer.limits(), customer.budgetId()));
    }

    private @Nullable Limits effective(Limits own, @Nullable String budgetId) {
        if (budgetId == null) {
            return own;
        }
        Budget budget = store.find(Kind.BUDGET, Budget.class, budgetId);
        return budget == null ? null : own.or(budget.limits());
    }

    private static @Nullable Membership membership(@Nullable User user, @Nullable Team team) {
        if (user == null || team == null) {
            return null;
        }
        for (Membership membership : user.memberships()) {
            if (membership.teamId().equals(team.id())) {
                return membership;
            }
        }
        return null;
    }
}
