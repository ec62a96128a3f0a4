/** Deployments, and the attempts made on them. */
@NullMarked
package dev.sluice.ingress.upstream;

import org.jspecify.annotations.NullMarked;
