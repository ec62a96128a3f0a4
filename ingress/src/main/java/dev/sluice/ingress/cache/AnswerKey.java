package dev.sluice.ingress.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.Digests;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * What makes two requests the same: tenant, model group, name space and the canonical form of the
 * body, as SHA-256. The tenant is part of it, so no answer ever crosses over.
 */
public record AnswerKey(long a, long b, long c, long d) {

    /** The key of a request; {@code canonicalHash} is the SHA-256 of its canonical body. */
    public static AnswerKey of(
            String tenant, String modelGroup, String namespace, byte[] canonicalHash) {
        MessageDigest digest = Digests.sha256();
        add(digest, tenant);
        add(digest, modelGroup);
        add(digest, namespace);
        ByteBuffer hash = ByteBuffer.wrap(digest.digest(canonicalHash));
        return new AnswerKey(hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong());
    }

    private static void add(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        digest.update((byte) (bytes.length >>> 8));
        digest.update((byte) bytes.length);
        digest.update(bytes);
    }

    /** The key as callers see it: 64 hex digits. */
    public String text() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(a) + hex.toHexDigits(b) + hex.toHexDigits(c) + hex.toHexDigits(d);
    }
}
