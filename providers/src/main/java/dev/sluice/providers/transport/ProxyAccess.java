package dev.sluice.providers.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.util.Base64;

/**
 * How the connections to one origin pass a proxy, decided once a pool.
 *
 * @param proxy the proxy, null for a direct way
 * @param tunnel whether it is asked to CONNECT, which it is for TLS
 * @param authorization the Proxy-Authorization to show, null for none; never printed
 */
record ProxyAccess(@Nullable ProxySettings proxy, boolean tunnel, @Nullable String authorization) {

    static ProxyAccess to(Origin origin, @Nullable ProxySettings proxy) {
        if (proxy == null || !proxy.covers(origin)) {
            return new ProxyAccess(null, false, null);
        }
        return new ProxyAccess(proxy, origin.secure(), basic(proxy.credentials()));
    }

    private static @Nullable String basic(@Nullable Secret credentials) {
        return credentials == null
                ? null
                : "Basic "
                        + Base64.getEncoder().encodeToString(credentials.reveal().getBytes(UTF_8));
    }

    /** Whether requests name the whole URL, so that the proxy knows where they go. */
    boolean absoluteForm() {
        return proxy != null && !tunnel;
    }

    @Override
    public String toString() {
        return proxy == null ? "direct" : "by " + proxy.host();
    }
}
