/** Tests of what is written down of a call. */
@NullMarked
package dev.sluice.ingress.books;

import org.jspecify.annotations.NullMarked;
