/** Who is calling. It reads keys from headers and never from a database. */
@NullMarked
package dev.sluice.ingress.auth;

import org.jspecify.annotations.NullMarked;
