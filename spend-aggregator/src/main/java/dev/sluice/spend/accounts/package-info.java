/**
 * The accounts in PostgreSQL: what is kept of each kind, how it is changed in one transaction, and
 * how a change reaches the topic. Knows nothing of HTTP and of who may change what.
 */
@NullMarked
package dev.sluice.spend.accounts;

import org.jspecify.annotations.NullMarked;
