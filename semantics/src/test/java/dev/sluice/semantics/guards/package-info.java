/** Pairs of texts that agree or do not, and what a fingerprint gives away. */
@NullMarked
package dev.sluice.semantics.guards;

import org.jspecify.annotations.NullMarked;
