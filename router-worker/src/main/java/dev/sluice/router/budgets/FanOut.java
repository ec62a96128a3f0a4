package dev.sluice.router.budgets;

import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.events.BudgetState;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Owner;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;

/** Whom a spend event is charged to. */
final class FanOut {

    /** No account that anybody made has a longer name; a caller may write what it wants. */
    static final int ACCOUNT_CHARS_MAX = 1_024;

    private FanOut() {}

    /** The charges of an event by account. Names that are too long to be an account's are there. */
    static Map<String, Charge> of(SpendEvent event) {
        Owner owner = event.owner();
        var ofKey =
                new Charge(
                        event.costPico(),
                        event.startedAt(),
                        event.endedAt(),
                        event.journal().id(),
                        event.target().modelGroup());
        Charge charge = ofKey.ofAnyModel();
        Map<String, Charge> charges = new LinkedHashMap<>();
        if (!owner.keyHash().isEmpty()) {
            charges.put(Account.ApiKey.recordKey(owner.keyHash()), ofKey);
        }
        String team = named(owner.teamId());
        String user = named(owner.userId());
        String organization = named(owner.orgId());
        String customer = named(owner.endUser());
        if (team != null) {
            charges.put(Account.Team.recordKey(team), charge);
        }
        if (user != null) {
            charges.put(Account.User.recordKey(user), charge);
        }
        if (team != null && user != null) {
            charges.put(BudgetState.member(team, user), charge);
        }
        if (organization != null) {
            charges.put(Account.Organization.recordKey(organization), charge);
        }
        if (customer != null) {
            charges.put(Account.Customer.recordKey(customer), charge);
        }
        charges.put(BudgetState.PROXY, charge);
        return charges;
    }

    private static @Nullable String named(@Nullable String id) {
        return id == null || id.isEmpty() ? null : id;
    }
}
