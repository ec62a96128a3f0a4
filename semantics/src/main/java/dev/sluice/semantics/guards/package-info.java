/**
 * What vectors do not tell apart: numbers, names, negations, opposites and the like, read from each
 * text once and compared. Pure.
 */
@NullMarked
package dev.sluice.semantics.guards;

import org.jspecify.annotations.NullMarked;
