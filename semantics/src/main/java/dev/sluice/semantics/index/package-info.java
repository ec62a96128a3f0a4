/**
 * What was kept, found again by the vector of its question and let through by the guards. Bounded,
 * in memory, apart by scope.
 */
@NullMarked
package dev.sluice.semantics.index;

import org.jspecify.annotations.NullMarked;
