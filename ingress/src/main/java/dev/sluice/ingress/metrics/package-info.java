/** The names of all metrics of the request path. */
@NullMarked
package dev.sluice.ingress.metrics;

import org.jspecify.annotations.NullMarked;
