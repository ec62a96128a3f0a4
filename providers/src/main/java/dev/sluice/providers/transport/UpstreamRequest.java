package dev.sluice.providers.transport;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;

/**
 * One request. It may be given to a transport more than once, by more than one thread; each time it
 * is sent once.
 *
 * @param method such as POST
 * @param target where it goes
 * @param extraHeaders sent after the target's constant ones; Content-Length is ours to add
 * @param body its bytes in order, none for a request without a body; must not change before the
 *     exchange ends
 * @param deadlines how long each part may take
 * @param fresh whether a connection must be opened for it, instead of one that has rested
 */
public record UpstreamRequest(
        String method,
        UpstreamTarget target,
        List<Map.Entry<String, String>> extraHeaders,
        List<Slice> body,
        Deadlines deadlines,
        boolean fresh) {

    /**
     * Throws an {@link IllegalArgumentException} for what cannot be sent; its message holds no
     * header value.
     */
    public UpstreamRequest {
        requireNonNull(target, "target is null");
        requireNonNull(deadlines, "deadlines is null");
        if (!HeaderRules.isToken(method) || method.equals("CONNECT")) {
            throw new IllegalArgumentException("the method cannot be sent");
        }
        extraHeaders = List.copyOf(extraHeaders);
        body = List.copyOf(body);
        HeaderRules.check(extraHeaders);
    }

    /** A request on whatever connection there is. */
    public UpstreamRequest(
            String method,
            UpstreamTarget target,
            List<Map.Entry<String, String>> extraHeaders,
            List<Slice> body,
            Deadlines deadlines) {
        this(method, target, extraHeaders, body, deadlines, /* fresh= */ false);
    }

    /** Bytes of the body. */
    long bodyLength() {
        long length = 0;
        for (Slice slice : body) {
            length += slice.length();
        }
        return length;
    }

    /** Without headers and body: both may hold secrets. */
    @Override
    public String toString() {
        return method + " " + target;
    }
}
