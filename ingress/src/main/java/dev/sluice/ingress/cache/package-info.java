/** Answers that were given before, by tenant. It knows neither HTTP nor providers. */
@NullMarked
package dev.sluice.ingress.cache;

import org.jspecify.annotations.NullMarked;
