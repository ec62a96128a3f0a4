/**
 * The books: takes spend events from their topic into PostgreSQL, once each, and answers what was
 * spent. Knows nothing of callers, keys or prices: who may ask, and what a call costs, is decided
 * before.
 */
@NullMarked
package dev.sluice.spend;

import org.jspecify.annotations.NullMarked;
