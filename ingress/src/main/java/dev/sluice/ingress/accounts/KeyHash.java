package dev.sluice.ingress.accounts;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.Digests;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** SHA-256 of a whole virtual key, as the four numbers that it is looked up by. */
public record KeyHash(long first, long second, long third, long fourth) {

    private static final int BYTES = 32;

    /** The hash of a key as it was sent. */
    public static KeyHash of(String key) {
        return of(sha256(key));
    }

    /** A hash of 32 bytes. */
    public static KeyHash of(byte[] hash) {
        if (hash.length != BYTES) {
            throw new IllegalArgumentException("a hash has 32 bytes, not " + hash.length);
        }
        ByteBuffer bytes = ByteBuffer.wrap(hash);
        return new KeyHash(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
    }

    /** A hash as 64 lower-case hex digits; null for anything else. */
    public static @Nullable KeyHash parse(String hex) {
        if (hex.length() != 2 * BYTES || !hex.chars().allMatch(KeyHash::isLowerHex)) {
            return null;
        }
        return of(HexFormat.of().parseHex(hex));
    }

    /** The 32 bytes of a text's SHA-256. */
    public static byte[] sha256(String text) {
        return Digests.sha256().digest(text.getBytes(UTF_8));
    }

    private static boolean isLowerHex(int c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    }

    /** Its bits are already as good as random. */
    @Override
    public int hashCode() {
        return (int) first;
    }
}
