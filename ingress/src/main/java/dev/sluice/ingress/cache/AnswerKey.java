package dev.sluice.ingress.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.Digests;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * What makes two requests the same: tenant, model group, name space and the canonical form of the
 * body, as SHA-256. The tenant is part of it, so no answer ever crosses over.
 */
public record AnswerKey(long a, long b, long c, long d) {

    private static final int TEXT_LENGTH = 64;
    private static final Pattern HEX = Pattern.compile("[0-9a-f]*");

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

    /** The key that callers see as {@code text}; null if it is none. */
    public static @Nullable AnswerKey ofText(String text) {
        if (text.length() != TEXT_LENGTH || !HEX.matcher(text).matches()) {
            return null;
        }
        return new AnswerKey(
                Long.parseUnsignedLong(text, 0, 16, 16),
                Long.parseUnsignedLong(text, 16, 32, 16),
                Long.parseUnsignedLong(text, 32, 48, 16),
                Long.parseUnsignedLong(text, 48, 64, 16));
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
