/** Load that is run by hand; see {@code docs/benchmarks.md}. */
@NullMarked
package dev.sluice.ingress.load;

import org.jspecify.annotations.NullMarked;
