package dev.sluice.spend.management;

import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.Changes;
import dev.sluice.spend.accounts.Shapes;

import java.time.Instant;

/** {@code spend} in a body: what an account shall have spent from now on. */
final class Spending {

    private Spending() {}

    /** Takes it over, if it is named. */
    static void take(Body body, AccountKind kind, Changes fields, Instant now) {
        Long spend = body.optional("spend", Shapes.DOLLARS);
        if (spend != null) {
            fields.set(kind.spendSince(), now).set(kind.spendAtStart(), spend);
        }
    }
}
