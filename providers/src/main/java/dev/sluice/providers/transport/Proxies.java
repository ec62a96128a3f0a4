package dev.sluice.providers.transport;

import org.jspecify.annotations.Nullable;

/**
 * The proxies by the scheme of what is asked for.
 *
 * @param http for http, null for a direct way
 * @param https for https, null for a direct way
 */
public record Proxies(@Nullable ProxySettings http, @Nullable ProxySettings https) {

    /** No proxy at all. */
    public static final Proxies NONE = new Proxies(null, null);

    /** One for both schemes. */
    public static Proxies both(@Nullable ProxySettings proxy) {
        return new Proxies(proxy, proxy);
    }

    @Nullable ProxySettings of(Origin origin) {
        return origin.secure() ? https : http;
    }
}
