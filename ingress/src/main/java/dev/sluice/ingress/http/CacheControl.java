package dev.sluice.ingress.http;

import dev.sluice.providers.openai.CacheControls;

import io.helidon.http.HeaderNames;
import io.helidon.http.ServerRequestHeaders;

import java.util.Locale;

/**
 * What a caller allows the cache: his header {@code Cache-Control} and the body's {@code cache}.
 *
 * @param mayRead whether an earlier answer will do
 * @param mayStore whether the answer may be kept
 * @param maxAgeNanos the oldest answer that will do
 * @param lifetimeNanos how long the answer may be given again, -1 for the settings' time
 */
record CacheControl(
        boolean mayRead, boolean mayStore, String namespace, long maxAgeNanos, long lifetimeNanos) {

    private static final CacheControl ANYTHING =
            new CacheControl(true, true, "", Long.MAX_VALUE, -1);
    private static final long SECOND = 1_000_000_000L;

    static CacheControl of(ServerRequestHeaders headers, CacheControls body) {
        boolean hasHeader = headers.contains(HeaderNames.CACHE_CONTROL);
        if (!hasHeader && body.equals(CacheControls.NONE)) {
            return ANYTHING;
        }
        boolean noCache = body.noCache();
        boolean noStore = body.noStore();
        long lifetime = body.ttlSeconds() < 0 ? -1 : body.ttlSeconds() * SECOND;
        long maxAge = body.maxAgeSeconds() < 0 ? Long.MAX_VALUE : body.maxAgeSeconds() * SECOND;
        if (hasHeader) {
            String header =
                    headers.get(HeaderNames.CACHE_CONTROL).values().toLowerCase(Locale.ROOT);
            for (String directive : header.split(",", 16)) {
                String name = directive.trim();
                noCache |= name.equals("no-cache");
                noStore |= name.equals("no-store");
                if (name.startsWith("max-age=") || name.startsWith("s-maxage=")) {
                    long nanos = seconds(name.substring(name.indexOf('=') + 1));
                    maxAge = Math.min(maxAge, nanos);
                    lifetime = lifetime < 0 ? nanos : lifetime;
                }
            }
        }
        String namespace = body.namespace();
        return new CacheControl(
                !noCache, !noStore, namespace == null ? "" : namespace, maxAge, lifetime);
    }

    private static long seconds(String text) {
        try {
            return Math.max(0, Math.min(Integer.MAX_VALUE, Long.parseLong(text.trim()))) * SECOND;
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
