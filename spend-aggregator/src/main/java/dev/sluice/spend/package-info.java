/**
 * The books: takes spend events from their topic into PostgreSQL, once each, answers what was
 * spent, and keeps the accounts. Knows nothing of prices: what a call costs is decided before.
 */
@NullMarked
package dev.sluice.spend;

import org.jspecify.annotations.NullMarked;
