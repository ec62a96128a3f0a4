package dev.sluice.ingress.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Names for responses that a provider keeps. A name says at which deployment the response is and
 * how it is called there, sealed for the tenant that made it: for anybody else it is no name at
 * all. Nothing is stored here.
 */
final class ResponseIds {

    private static final String PREFIX = "resp_";

    /** So that no signature of an account's record is ever one of a response. */
    private static final String DOMAIN = "sluice-response-id-1";

    private static final int SEAL_BYTES = 16;
    private static final int LONGEST = 2_048;

    private final RecordSignature signature;

    /**
     * A response at its provider.
     *
     * @param providerId as the provider calls it
     */
    record Kept(String deploymentId, String providerId) {}

    /**
     * Names sealed by a key that all ingresses share.
     *
     * @param key null where there is none: then names hold until this process ends
     */
    ResponseIds(@Nullable Secret key) {
        this.signature = new RecordSignature(key == null ? randomKey() : key);
    }

    private static Secret randomKey() {
        byte[] key = new byte[32];
        new SecureRandom().nextBytes(key);
        return new Secret(HexFormat.of().formatHex(key));
    }

    /** The name that a tenant is told. */
    String seal(String tenant, Kept kept) {
        byte[] told = (kept.deploymentId() + '\0' + kept.providerId()).getBytes(UTF_8);
        byte[] sealed = Arrays.copyOf(seal(tenant, told), SEAL_BYTES + told.length);
        System.arraycopy(told, 0, sealed, SEAL_BYTES, told.length);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(sealed);
    }

    /** What a tenant's name stands for; empty for a name that he was not told. */
    Optional<Kept> open(String tenant, String name) {
        if (!name.startsWith(PREFIX) || name.length() > LONGEST) {
            return Optional.empty();
        }
        byte[] sealed;
        try {
            sealed = Base64.getUrlDecoder().decode(name.substring(PREFIX.length()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (sealed.length <= SEAL_BYTES) {
            return Optional.empty();
        }
        byte[] told = Arrays.copyOfRange(sealed, SEAL_BYTES, sealed.length);
        byte[] seal = Arrays.copyOf(sealed, SEAL_BYTES);
        String text = new String(told, UTF_8);
        int at = text.indexOf('\0');
        return at >= 0 && MessageDigest.isEqual(seal(tenant, told), seal)
                ? Optional.of(new Kept(text.substring(0, at), text.substring(at + 1)))
                : Optional.empty();
    }

    private byte[] seal(String tenant, byte[] told) {
        // Its length goes first, so that nothing can move between a tenant's name and what is told.
        String scope = "%s %d %s".formatted(DOMAIN, tenant.length(), tenant);
        byte[] whole = signature.of(scope, told);
        return Arrays.copyOf(whole, SEAL_BYTES);
    }
}
