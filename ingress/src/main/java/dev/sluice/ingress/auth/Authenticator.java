package dev.sluice.ingress.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Tells callers by their key. With a master key only its holder comes in, without one everybody is
 * admin: then the gateway listens on loopback only.
 */
public final class Authenticator {

    private static final String BEARER = "Bearer ";
    private static final Authentication.Refused NO_KEY =
            new Authentication.Refused("No api key passed in.");
    private static final Authentication.Refused NO_BEARER =
            new Authentication.Refused(
                    "Malformed API Key passed in. Ensure Key has `Bearer ` prefix.");
    private static final Authentication.Refused UNKNOWN =
            new Authentication.Refused("Invalid proxy server token passed.");

    private final byte @Nullable [] masterKeyHash;
    private final Authentication.Accepted admin;

    /** Knows the master key, or none. */
    public Authenticator(@Nullable Secret masterKey) {
        this.masterKeyHash = masterKey == null ? null : sha256(masterKey.reveal());
        String keyHash = masterKeyHash == null ? "" : HexFormat.of().formatHex(masterKeyHash);
        this.admin =
                new Authentication.Accepted(
                        new Caller(keyHash, null, null, null, /* isAdmin= */ true));
    }

    /** Whether anybody may come in. */
    public boolean isOpen() {
        return masterKeyHash == null;
    }

    /**
     * Tells a caller by his headers.
     *
     * @param authorization the header {@code Authorization}
     * @param apiKey the key without a scheme, from the headers of other clients
     */
    public Authentication authenticate(@Nullable String authorization, @Nullable String apiKey) {
        if (masterKeyHash == null) {
            return admin;
        }
        String key = apiKey;
        if (authorization != null) {
            if (!authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
                return NO_BEARER;
            }
            key = authorization.substring(BEARER.length()).trim();
        }
        if (key == null || key.isEmpty()) {
            return NO_KEY;
        }
        return MessageDigest.isEqual(sha256(key), masterKeyHash) ? admin : UNKNOWN;
    }

    /** A key as the books have it: SHA-256 in hex of the whole key. */
    public static String hashOf(String key) {
        return HexFormat.of().formatHex(sha256(key));
    }

    private static byte[] sha256(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
