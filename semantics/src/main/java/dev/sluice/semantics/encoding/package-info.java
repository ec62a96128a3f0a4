/**
 * A text as a point: its tokens, and the vector that the model gives them. Knows what a text is
 * near to, not whether it asks the same.
 */
@NullMarked
package dev.sluice.semantics.encoding;

import org.jspecify.annotations.NullMarked;
