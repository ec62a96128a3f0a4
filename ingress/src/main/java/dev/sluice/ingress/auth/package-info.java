/** Who is calling and what he may do. Pure beside the look-up of his key in the accounts. */
@NullMarked
package dev.sluice.ingress.auth;

import org.jspecify.annotations.NullMarked;
