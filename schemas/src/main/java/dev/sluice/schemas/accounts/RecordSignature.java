package dev.sluice.schemas.accounts;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tells our own account records from what others put on the topic: HMAC-SHA256 over the record's
 * key, a zero byte and its value, in the header {@value #HEADER}.
 */
public final class RecordSignature {

    /** The header of the signature: 32 raw bytes. */
    public static final String HEADER = "sluice-signature";

    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;

    /** Signs and verifies by a shared key. */
    public RecordSignature(Secret key) {
        this.key = new SecretKeySpec(key.reveal().getBytes(UTF_8), ALGORITHM);
    }

    /** The signature of a record. */
    public byte[] of(String recordKey, byte[] value) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(recordKey.getBytes(UTF_8));
            mac.update((byte) 0);
            return mac.doFinal(value);
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    /**
     * Whether a signature is this key's over the record; takes the same time for all that are not.
     */
    public boolean isOf(String recordKey, byte[] value, byte @Nullable [] signature) {
        return signature != null && MessageDigest.isEqual(of(recordKey, value), signature);
    }
}
