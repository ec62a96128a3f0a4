package dev.sluice.semantics.index;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Within which answers may be exchanged: a digest of tenant, model, system prompt, tools and
 * whatever else must be the same. Made elsewhere; here it is 32 bytes that are equal or not.
 */
public record Scope(long a, long b, long c, long d) {

    /** The bytes of a digest. */
    public static final int BYTES = 32;

    /**
     * The scope of a digest.
     *
     * @throws IllegalArgumentException if it has not 32 bytes
     */
    public static Scope of(byte[] digest) {
        if (digest.length != BYTES) {
            throw new IllegalArgumentException("a scope has 32 bytes");
        }
        ByteBuffer bytes = ByteBuffer.wrap(digest).order(ByteOrder.BIG_ENDIAN);
        return new Scope(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
    }
}
