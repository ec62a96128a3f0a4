/** What a call did, written down: spend events, attempt statistics, metrics. */
@NullMarked
package dev.sluice.ingress.books;

import org.jspecify.annotations.NullMarked;
