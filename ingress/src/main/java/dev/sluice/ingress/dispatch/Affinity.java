package dev.sluice.ingress.dispatch;

import java.util.zip.CRC32C;

/**
 * Which requests begin alike. Providers keep what they have read of long prompts for some minutes,
 * from 1,024 tokens on, and only the deployment that read it has it.
 */
final class Affinity {

    /** About 1,024 tokens. */
    private static final int PREFIX_BYTES = 4096;

    private Affinity() {}

    /** Equal for bodies with the same beginning, 0 for those too short to be kept anywhere. */
    static long of(byte[] body, int length) {
        if (length < PREFIX_BYTES) {
            return 0;
        }
        var checksum = new CRC32C();
        checksum.update(body, 0, PREFIX_BYTES);
        return checksum.getValue() + 1;
    }
}
