package dev.sluice.batch.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.batch.jobs.Owner;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;

import org.jspecify.annotations.Nullable;

import java.net.URLDecoder;
import java.util.regex.Pattern;

/**
 * Who is calling, as the ingress names him; whoever has the service credential is believed.
 *
 * @param readsAll an admin, or an admin who only looks
 * @param changesAll an admin
 */
record Visitor(Owner owner, boolean readsAll, boolean changesAll) {

    private static final HeaderName TENANT = HeaderNames.create("x-sluice-caller-tenant");
    private static final HeaderName KEY = HeaderNames.create("x-sluice-caller-key");
    private static final HeaderName ROLE = HeaderNames.create("x-sluice-caller-role");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}|");

    /**
     * Reads the headers.
     *
     * @throws Refused if they do not name one caller
     */
    static Visitor of(Headers headers) {
        String key = one(headers, KEY);
        if (!HASH.matcher(key).matches()) {
            throw unnamed();
        }
        String role = one(headers, ROLE);
        boolean admin = role.equals("proxy_admin");
        return new Visitor(
                new Owner(decoded(one(headers, TENANT)), key),
                admin || role.equals("proxy_admin_viewer"),
                admin);
    }

    /** Whether he is shown what is of an owner. */
    boolean reads(Owner other) {
        return readsAll || owner.tenant().equals(other.tenant());
    }

    /** Whether he may change what is of an owner. */
    boolean changes(Owner other) {
        return changesAll || owner.tenant().equals(other.tenant());
    }

    /** Whose things he is listed; null for everybody's. */
    @Nullable String listed() {
        return readsAll ? null : owner.tenant();
    }

    private static String one(Headers headers, HeaderName name) {
        if (!headers.contains(name)) {
            throw unnamed();
        }
        var values = headers.get(name).allValues();
        if (values.size() != 1) {
            throw unnamed();
        }
        return values.getFirst();
    }

    /** By percent signs only: a plus is a plus. */
    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
        } catch (IllegalArgumentException e) {
            throw unnamed();
        }
    }

    private static Refused unnamed() {
        return Refused.forbidden("The caller is not named as this service expects it.");
    }
}
