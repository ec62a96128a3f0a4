package dev.sluice.batch.jobs;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Names that cannot be guessed. */
public final class Ids {

    private static final SecureRandom RANDOM = new SecureRandom();

    private Ids() {}

    /** A new name of a file. */
    public static String file() {
        return "file-" + random(12);
    }

    /** A new name of a batch. */
    public static String batch() {
        return "batch_" + random(16);
    }

    private static String random(int bytes) {
        byte[] drawn = new byte[bytes];
        RANDOM.nextBytes(drawn);
        return HexFormat.of().formatHex(drawn);
    }
}
