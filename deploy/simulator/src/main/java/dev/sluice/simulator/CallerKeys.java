package dev.sluice.simulator;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;

import java.util.List;

/** Finds the key of a caller in any provider's place. */
final class CallerKeys {

    private static final String BEARER = "Bearer ";
    private static final String SIGNED = "AWS4-HMAC-SHA256 Credential=";
    private static final List<HeaderName> OTHERS =
            List.of(
                    HeaderNames.create("x-api-key"),
                    HeaderNames.create("x-goog-api-key"),
                    HeaderNames.create("api-key"));

    private CallerKeys() {}

    /** The key, or the id of the one that signed; empty for none. Signatures are not checked. */
    static String of(ServerRequest request) {
        String header = request.headers().first(HeaderNames.AUTHORIZATION).orElse("");
        if (header.startsWith(BEARER)) {
            return header.substring(BEARER.length()).strip();
        }
        if (header.startsWith(SIGNED)) {
            int end = header.indexOf('/', SIGNED.length());
            return end < 0 ? "" : header.substring(SIGNED.length(), end);
        }
        for (HeaderName name : OTHERS) {
            String key = request.headers().first(name).orElse("");
            if (!key.isEmpty()) {
                return key.strip();
            }
        }
        return "";
    }
}
