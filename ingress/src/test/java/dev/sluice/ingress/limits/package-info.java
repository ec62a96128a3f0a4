/** What limits promise, shown. */
@NullMarked
package dev.sluice.ingress.limits;

import org.jspecify.annotations.NullMarked;
