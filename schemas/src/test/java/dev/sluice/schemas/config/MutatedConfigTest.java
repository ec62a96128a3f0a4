package dev.sluice.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Random;

/** Whatever happens to a config, it is read or refused with problems; nothing else comes out. */
class MutatedConfigTest {

    private static final int ROUNDS = 100;
    private static final List<String> SCRAPS =
            List.of(
                    "{",
                    "}",
                    "[",
                    "]",
                    ": ",
                    "- ",
                    "\n",
                    "  ",
                    "\t",
                    "*defaults",
                    "&defaults",
                    "<<: ",
                    "null",
                    "~",
                    "-1",
                    "1e309",
                    ".nan",
                    ".inf",
                    "0x1F",
                    "99999999999999999999",
                    "\"",
                    "'",
                    "|",
                    ">",
                    "#",
                    "!!binary x",
                    "!!set {a}",
                    "? ",
                    "\u0000",
                    "\ufffe",
                    "os.environ/",
                    "os.environ/NO",
                    "include: [x]",
                    "true",
                    "2024-01-01",
                    "\u20ac",
                    "%",
                    "@",
                    "---\n");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void neverThrowsAnythingElse(long seed) {
        var random = new Random(seed);
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String text = mutated(random);
            try {
                ConfigReader.parse("config.yaml", text, _ -> "");
            } catch (InvalidConfigException e) {
                refused++;
                assertThat(e.problems()).isNotEmpty();
            } catch (RuntimeException | StackOverflowError e) {
                fail("seed %d round %d:%n%s".formatted(seed, round, text), e);
            }
        }
        assertThat(refused).isGreaterThan(ROUNDS / 2);
    }

    private static String mutated(Random random) {
        var text = new StringBuilder(FullConfig.TEXT.replace("os.environ/RETRIES", "3"));
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(5)) {
                case 0 -> text.insert(at, SCRAPS.get(random.nextInt(SCRAPS.size())));
                case 1 -> text.deleteCharAt(at);
                case 2 -> text.setCharAt(at, (char) random.nextInt(0x100));
                case 3 -> replaceValue(text, at, SCRAPS.get(random.nextInt(SCRAPS.size())));
                default -> moveLine(text, at, random);
            }
        }
        return text.toString();
    }

    /** What stands behind the next colon. */
    private static void replaceValue(StringBuilder text, int at, String value) {
        int colon = text.indexOf(": ", at);
        if (colon >= 0) {
            int end = text.indexOf("\n", colon);
            text.replace(colon + 2, end < 0 ? text.length() : end, value);
        }
    }

    private static void moveLine(StringBuilder text, int at, Random random) {
        int start = text.lastIndexOf("\n", at) + 1;
        int end = text.indexOf("\n", start);
        if (end > start) {
            String line = text.substring(start, end + 1);
            text.delete(start, end + 1);
            int other = text.lastIndexOf("\n", random.nextInt(text.length())) + 1;
            text.insert(other, line);
        }
    }
}
