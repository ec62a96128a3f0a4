/**
 * What each account has spent in its budget period, each spend event counted once. Knows accounts
 * only by their budgets; refuses nobody.
 */
@NullMarked
package dev.sluice.router.budgets;

import org.jspecify.annotations.NullMarked;
