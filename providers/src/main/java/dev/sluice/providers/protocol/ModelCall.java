package dev.sluice.providers.protocol;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.OutputCap;
import dev.sluice.providers.openai.RequestPeek;

import org.jspecify.annotations.Nullable;

/**
 * A caller's request in OpenAI's wire.
 *
 * @param body whose first {@code length} bytes are the request; must not change until it is sent
 * @param peek what was read from the same bytes
 * @param cap the operator's bound on the answer's length, null for none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ModelCall(
        Endpoint endpoint,
        byte[] body,
        int length,
        RequestPeek.Facts peek,
        @Nullable OutputCap cap) {}
