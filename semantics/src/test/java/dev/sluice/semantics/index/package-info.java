/** The index against a naive one, at its bounds, and under threads. */
@NullMarked
package dev.sluice.semantics.index;

import org.jspecify.annotations.NullMarked;
