/**
 * What this ingress knows of keys, teams, users and budgets: a signed topic, read without locks.
 */
@NullMarked
package dev.sluice.ingress.accounts;

import org.jspecify.annotations.NullMarked;
