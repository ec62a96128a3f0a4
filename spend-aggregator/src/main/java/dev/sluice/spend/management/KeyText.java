package dev.sluice.spend.management;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The text of a key, for as long as the call that makes it: it is answered once and kept nowhere.
 *
 * @param hash SHA-256 of the whole text in hex, by which it is kept
 * @param name what may be shown of it
 */
record KeyText(String text, String hash, String name) {

    private static final int RANDOM_BYTES = 16;
    private static final int SHORTEST = 16;
    private static final int LONGEST = 256;
    private static final int SHOWN = 4;
    private static final Pattern OWN_CHOICE = Pattern.compile("sk-[!-~]+");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    /** A key that nobody can guess. */
    static KeyText random(SecureRandom random) {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return of("sk-" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    /**
     * A key that the caller has chosen, refused if it is easy to guess or no header can hold it.
     */
    static KeyText chosen(String text) {
        if (text.length() < SHORTEST
                || text.length() > LONGEST
                || !OWN_CHOICE.matcher(text).matches()) {
            throw Refused.badRequest(
                    "key must start with sk- and have %d to %d printable ASCII characters."
                            .formatted(SHORTEST, LONGEST),
                    "key");
        }
        return of(text);
    }

    /** The hash of a key that a call names, by itself or by its hash. */
    static String hashOf(String keyOrHash) {
        if (HASH.matcher(keyOrHash).matches()) {
            return keyOrHash;
        }
        if (!keyOrHash.startsWith("sk-")) {
            throw Refused.badRequest(
                    "A key starts with sk-, its hash has 64 hexadecimal digits.", "key");
        }
        return sha256(keyOrHash);
    }

    @Override
    public String toString() {
        return name;
    }

    private static KeyText of(String text) {
        String shown = "sk-..." + text.substring(text.length() - SHOWN);
        return new KeyText(text, sha256(text), shown);
    }

    private static String sha256(String text) {
        try {
            MessageDigest hash = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(hash.digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
