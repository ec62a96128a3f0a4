/**
 * What an account may still use, decided over all ingresses. Knows amounts, windows and Redis;
 * knows nothing of HTTP, keys or models. {@code docs/limits.md} states how far a limit can be
 * overshot.
 */
@NullMarked
package dev.sluice.ingress.limits;

import org.jspecify.annotations.NullMarked;
