/** Requests in, answers out: bytes, headers, deadlines and errors. It knows no provider. */
@NullMarked
package dev.sluice.ingress.http;

import org.jspecify.annotations.NullMarked;
