/** The service that callers speak to: it puts the steps of the request path together. */
@NullMarked
package dev.sluice.ingress;

import org.jspecify.annotations.NullMarked;
