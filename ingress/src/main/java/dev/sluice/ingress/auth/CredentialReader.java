package dev.sluice.ingress.auth;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads the key where LiteLLM reads it: the operator's own header, then the bearer, then the
 * headers of other clients. The first header that is there wins, also an empty one; what others say
 * is not looked at. A header that comes twice is refused: two parsers could see two callers.
 */
final class CredentialReader {

    private static final String AUTHORIZATION = "authorization";
    private static final String BEARER = "Bearer ";

    private final List<String> headers;

    CredentialReader(@Nullable String ownHeader) {
        List<String> names = new ArrayList<>();
        if (ownHeader != null) {
            names.add(ownHeader.toLowerCase(Locale.ROOT));
        }
        names.add("x-litellm-api-key");
        names.add(AUTHORIZATION);
        names.add("api-key");
        names.add("x-api-key");
        names.add("x-goog-api-key");
        names.add("ocp-apim-subscription-key");
        this.headers = names.stream().distinct().toList();
    }

    Credential read(HeaderSource request) {
        for (String header : headers) {
            List<String> values = request.all(header);
            if (values.size() > 1) {
                return new Credential.Unusable(AccessErrors.sentTwice(header), false);
            }
            if (!values.isEmpty()) {
                return credential(values.getFirst().strip(), header.equals(AUTHORIZATION));
            }
        }
        return new Credential.Unusable(AccessErrors.NO_KEY, true);
    }

    private static Credential credential(String value, boolean needsBearer) {
        boolean hasBearer = value.regionMatches(true, 0, BEARER, 0, BEARER.length());
        boolean isOnlyBearer = value.equalsIgnoreCase(BEARER.strip());
        if (needsBearer && !hasBearer && !isOnlyBearer && !value.isEmpty()) {
            return new Credential.Unusable(AccessErrors.NO_BEARER, true);
        }
        String key =
                isOnlyBearer ? "" : hasBearer ? value.substring(BEARER.length()).strip() : value;
        return key.isEmpty()
                ? new Credential.Unusable(AccessErrors.NO_KEY, true)
                : new Credential.Key(key);
    }
}
