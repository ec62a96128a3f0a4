package dev.sluice.schemas;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Fresh message digests: copies of ones that are never used, which cost half of what asking the
 * JDK's providers does. On the request path there are four a call.
 */
public final class Digests {

    private static final MessageDigest SHA_1 = unused("SHA-1");
    private static final MessageDigest SHA_256 = unused("SHA-256");

    private Digests() {}

    /** A new SHA-1. */
    public static MessageDigest sha1() {
        return copy(SHA_1);
    }

    /** A new SHA-256. */
    public static MessageDigest sha256() {
        return copy(SHA_256);
    }

    private static MessageDigest copy(MessageDigest unused) {
        try {
            return (MessageDigest) unused.clone();
        } catch (CloneNotSupportedException e) {
            // Digests in hardware may be so.
            return unused(unused.getAlgorithm());
        }
    }

    private static MessageDigest unused(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        }
    }
}
