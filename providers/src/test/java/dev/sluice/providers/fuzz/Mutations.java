package dev.sluice.providers.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Changed copies of known inputs; the same ones for the same seed. */
final class Mutations {

    private static final int LENGTH_MAX = 8 << 10;
    private static final List<String> MORSELS =
            List.of(
                    "\r",
                    "\n",
                    "\r\n",
                    "\n\n",
                    "\r\n\r\n",
                    ":",
                    " ",
                    "\"",
                    "\\",
                    "{",
                    "}",
                    "[",
                    "]",
                    ",",
                    "0",
                    "9",
                    "-",
                    "null",
                    "true",
                    "false",
                    "\\u0061",
                    "\\ud800",
                    "data:",
                    "event:",
                    "\u0000",
                    "\u007f",
                    "\u00ff",
                    "\u00ef\u00bb\u00bf",
                    "\u00c3",
                    "--b",
                    "[DONE]",
                    "\"error\"",
                    "\"usage\"",
                    "\"model\"",
                    "1e999",
                    "99999999999");

    private final Random random;
    private final List<byte[]> inputs;

    Mutations(List<byte[]> inputs, long seed) {
        this.inputs = inputs;
        this.random = new Random(seed);
    }

    /** Another changed input. */
    byte[] next() {
        byte[] bytes = inputs.get(random.nextInt(inputs.size()));
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes = changed(bytes);
        }
        return bytes;
    }

    private byte[] changed(byte[] bytes) {
        int at = random.nextInt(bytes.length + 1);
        int end = Math.min(bytes.length, at + 1 + random.nextInt(12));
        byte[] piece = Arrays.copyOfRange(bytes, at, end);
        return switch (random.nextInt(6)) {
            case 0 -> replaced(bytes, at, end, new byte[0]);
            case 1 -> replaced(bytes, at, at, piece);
            case 2 -> replaced(bytes, at, Math.min(bytes.length, at + 1), any());
            case 3 -> replaced(bytes, at, at, morsel());
            case 4 -> replaced(bytes, at, end, morsel());
            default -> {
                byte[] other = inputs.get(random.nextInt(inputs.size()));
                int from = random.nextInt(other.length + 1);
                byte[] rest = Arrays.copyOfRange(other, from, other.length);
                yield replaced(bytes, at, bytes.length, rest);
            }
        };
    }

    private byte[] any() {
        return new byte[] {(byte) random.nextInt(256)};
    }

    private byte[] morsel() {
        return MORSELS.get(random.nextInt(MORSELS.size())).getBytes(ISO_8859_1);
    }

    private static byte[] replaced(byte[] bytes, int from, int to, byte[] by) {
        byte[] result = Arrays.copyOf(bytes, bytes.length - (to - from) + by.length);
        System.arraycopy(by, 0, result, from, by.length);
        System.arraycopy(bytes, to, result, from + by.length, bytes.length - to);
        return result.length <= LENGTH_MAX ? result : Arrays.copyOf(result, LENGTH_MAX);
    }
}
