package dev.sluice.ingress.http;

import dev.sluice.ingress.errors.ApiError;

/** What came of reading a request's body. */
sealed interface RequestBody {

    /**
     * The whole body; the first {@code length} bytes of {@code bytes} are it. Its place among the
     * bytes in flight must be given back by {@link BodyReader#release}.
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Read(byte[] bytes, int length, long reserved) implements RequestBody {}

    /** Not read. {@code closes}: the rest of it is still under way, so the connection must end. */
    record Refused(ApiError error, boolean closes) implements RequestBody {}
}
