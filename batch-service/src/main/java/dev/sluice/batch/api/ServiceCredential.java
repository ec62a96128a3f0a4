package dev.sluice.batch.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.Secret;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

import java.security.MessageDigest;
import java.util.Locale;

/**
 * Lets through only who holds the service credential. Health and metrics are open: they say nothing
 * of anybody.
 */
public final class ServiceCredential implements Filter {

    private static final String SCHEME = "bearer ";

    private final byte[] expected;

    /** A filter by the credential that all services share. */
    public ServiceCredential(Secret credential) {
        expected = credential.reveal().getBytes(UTF_8);
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        String path = request.path().path();
        if (path.startsWith("/health/") || path.equals("/metrics") || isAuthentic(request)) {
            chain.proceed();
            return;
        }
        // Nothing of a stranger's body is read.
        response.header(HeaderValues.CONNECTION_CLOSE);
        Answers.send(response, Refused.unauthorized());
    }

    private boolean isAuthentic(RoutingRequest request) {
        String header = request.headers().first(HeaderNames.AUTHORIZATION).orElse("");
        if (!header.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
            return false;
        }
        byte[] given = header.substring(SCHEME.length()).strip().getBytes(UTF_8);
        return MessageDigest.isEqual(given, expected);
    }
}
