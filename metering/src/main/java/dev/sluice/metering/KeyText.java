package dev.sluice.metering;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.UUID;

/** The key of a record on the spend topic: the request id as text. */
final class KeyText {

    private KeyText() {}

    static byte[] of(UUID requestId) {
        return requestId.toString().getBytes(ISO_8859_1);
    }
}
