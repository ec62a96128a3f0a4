package dev.sluice.spend.management;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.accounts.Account.Role;
import dev.sluice.spend.accounts.Caller;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;

import org.jspecify.annotations.Nullable;

import java.net.URLDecoder;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * The caller, as the ingress names him in headers; whoever has the service credential is believed.
 */
final class CallerHeaders {

    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    private static final HeaderName ROLE = HeaderNames.create("x-sluice-caller-role");
    private static final HeaderName USER = HeaderNames.create("x-sluice-caller-user");
    private static final HeaderName KEY = HeaderNames.create("x-sluice-caller-key");
    private static final HeaderName TEAM = HeaderNames.create("x-sluice-caller-team");
    private static final HeaderName ADDRESS = HeaderNames.create("x-sluice-caller-address");
    private static final HeaderName REQUEST_ID = HeaderNames.create("x-sluice-request-id");

    private CallerHeaders() {}

    static Caller of(ServerRequest request) {
        String hash = one(request, KEY);
        String word = one(request, ROLE);
        Role role =
                Arrays.stream(Role.values())
                        .filter(one -> one.word().equals(word))
                        .findFirst()
                        .orElseThrow(CallerHeaders::unnamed);
        if (hash == null || !HASH.matcher(hash).matches()) {
            throw unnamed();
        }
        return new Caller(
                role,
                decoded(one(request, USER)),
                hash,
                decoded(one(request, TEAM)),
                one(request, ADDRESS),
                one(request, REQUEST_ID));
    }

    private static @Nullable String one(ServerRequest request, HeaderName name) {
        if (!request.headers().contains(name)) {
            return null;
        }
        var values = request.headers().get(name).allValues();
        if (values.size() != 1) {
            throw unnamed();
        }
        return values.getFirst();
    }

    /** By percent signs only: a plus is a plus. */
    private static @Nullable String decoded(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return null;
        }
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
