package dev.sluice.ingress.http;

import dev.sluice.providers.openai.CacheControls;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/**
 * What a call lets the cache do: by the header {@code Cache-Control}, by the body's {@code cache},
 * and by the config where they say nothing. Where two of them differ, the stricter holds.
 *
 * @param mayRead whether an earlier answer will do
 * @param mayStore whether the answer may be kept
 * @param maxAgeMillis the oldest answer that will do
 * @param lifetimeMillis how long the answer may be given again
 */
record CacheControl(
        boolean mayRead,
        boolean mayStore,
        String namespace,
        long maxAgeMillis,
        long lifetimeMillis) {

    private static final long SECOND = 1_000L;
    private static final int DIRECTIVES_MAX = 16;

    /**
     * What a call's own words make of what would hold without them.
     *
     * @param header {@code Cache-Control}, null without one
     */
    CacheControl with(@Nullable String header, CacheControls body) {
        if (header == null && body.equals(CacheControls.NONE)) {
            return this;
        }
        Directives said = Directives.of(header);
        boolean isOff = Boolean.FALSE.equals(body.useCache());
        long maxAge =
                Math.min(
                        Math.min(maxAgeMillis, said.maxAge),
                        body.maxAgeSeconds() < 0 ? Long.MAX_VALUE : body.maxAgeSeconds() * SECOND);
        long asked = body.ttlSeconds() >= 0 ? body.ttlSeconds() * SECOND : said.lifetime;
        String space = body.namespace();
        return new CacheControl(
                mayRead && !isOff && !body.noCache() && !said.noCache && maxAge > 0,
                mayStore && !isOff && !body.noStore() && !said.noStore,
                space == null ? namespace : space,
                maxAge,
                asked < 0 ? lifetimeMillis : asked);
    }

    /** The same within a longest lifetime; without one nothing is kept. */
    CacheControl within(long longestMillis) {
        long lifetime = Math.min(lifetimeMillis, longestMillis);
        boolean isKept = mayStore && lifetime > 0;
        return lifetime == lifetimeMillis && isKept == mayStore
                ? this
                : new CacheControl(mayRead, isKept, namespace, maxAgeMillis, lifetime);
    }

    /** Whether a call may wait for the answer to an equal one: it wants no answer of its own. */
    boolean mayFollow() {
        return mayRead && mayStore;
    }

    /**
     * What the header says.
     *
     * @param maxAge in milliseconds, without end where it is not said
     * @param lifetime in milliseconds, -1 where it is not said
     */
    private record Directives(boolean noCache, boolean noStore, long maxAge, long lifetime) {

        private static final Directives NONE = new Directives(false, false, Long.MAX_VALUE, -1);

        static Directives of(@Nullable String header) {
            if (header == null) {
                return NONE;
            }
            boolean noCache = false;
            boolean noStore = false;
            long age = -1;
            long sharedAge = -1;
            for (String directive : header.toLowerCase(Locale.ROOT).split(",", DIRECTIVES_MAX)) {
                int equals = directive.indexOf('=');
                String name = (equals < 0 ? directive : directive.substring(0, equals)).strip();
                String value = equals < 0 ? "" : directive.substring(equals + 1).strip();
                switch (name) {
                    case "no-cache" -> noCache = true;
                    case "no-store" -> noStore = true;
                    case "max-age" -> age = millis(value);
                    case "s-maxage" -> sharedAge = millis(value);
                    default -> {
                        // Not for us, or not for requests.
                    }
                }
            }
            long oldest = age < 0 ? sharedAge : sharedAge < 0 ? age : Math.min(age, sharedAge);
            return new Directives(
                    noCache,
                    noStore,
                    oldest < 0 ? Long.MAX_VALUE : oldest,
                    // In a cache that many share, the word for those goes first.
                    sharedAge < 0 ? age : sharedAge);
        }

        /** What is no number means that nothing is young enough. */
        private static long millis(String seconds) {
            String bare = seconds.replace("\"", "");
            try {
                return Math.clamp(Long.parseLong(bare), 0, Integer.MAX_VALUE) * SECOND;
            } catch (NumberFormatException e) {
                return 0;
            }
        }
    }
}
