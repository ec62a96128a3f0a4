/**
 * One class a provider protocol: OpenAI's requests become the provider's, its answers, streams and
 * errors become OpenAI's. Nothing here opens a socket or knows a price.
 */
@NullMarked
package dev.sluice.providers.protocol;

import org.jspecify.annotations.NullMarked;
