/** Texts to vectors, against values of the reference implementation. */
@NullMarked
package dev.sluice.semantics.encoding;

import org.jspecify.annotations.NullMarked;
