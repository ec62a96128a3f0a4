package dev.sluice.ingress.limits;

import org.jspecify.annotations.Nullable;

/** What the books say of each account. */
@FunctionalInterface
interface BudgetBases {

    /** The newest state; null where the books say nothing. Never blocks. */
    @Nullable BudgetBase base(String account);
}
