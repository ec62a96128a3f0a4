/** How Redis is reached, whatever for. It knows nothing of what is kept there. */
@NullMarked
package dev.sluice.ingress.redis;

import org.jspecify.annotations.NullMarked;
