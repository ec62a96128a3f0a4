/** Which deployments of a group a request may go to, before any strategy. Pure. */
@NullMarked
package dev.sluice.ingress.candidates;

import org.jspecify.annotations.NullMarked;
