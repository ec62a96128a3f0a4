/**
 * How much a deployment can bear, and who waits for it. What it may get by the config is not
 * decided here, but by the limiter.
 */
@NullMarked
package dev.sluice.ingress.capacity;

import org.jspecify.annotations.NullMarked;
