package dev.sluice.providers.protocol;

import dev.sluice.providers.transport.Slice;
import dev.sluice.providers.transport.UpstreamTarget;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/** What came of preparing a call. */
public sealed interface Preparation {

    /**
     * Ready to be sent.
     *
     * @param headers of this call alone, such as a signature
     * @param translation of what will be answered
     */
    record Ready(
            UpstreamTarget target,
            List<Map.Entry<String, String>> headers,
            List<Slice> body,
            Translation translation)
            implements Preparation {}

    /**
     * The provider cannot do what the request asks: a 400, here and at any deployment like this.
     *
     * @param message for the caller; it never repeats a value of the request
     * @param param the field at fault, null where there is none
     */
    record Unsupported(String message, @Nullable String param) implements Preparation {}

    /**
     * The provider cannot be spoken to now, for want of a token: a 503, and another deployment may
     * do.
     */
    record NotNow(String message) implements Preparation {}
}
