/** Where a request should go. Pure: no clock, no network, no locks. */
@NullMarked
package dev.sluice.ingress.routing;

import org.jspecify.annotations.NullMarked;
