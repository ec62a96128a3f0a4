/**
 * Carries one request to one upstream over HTTP/1.1 and its answer back; knows sockets, TLS,
 * proxies and framing, but not what the bytes mean.
 */
@NullMarked
package dev.sluice.providers.transport;

import org.jspecify.annotations.NullMarked;
