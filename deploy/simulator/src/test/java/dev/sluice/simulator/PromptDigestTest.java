package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;

class PromptDigestTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "abcd", "abcde", "naïve", "日本語", "🙂🙂🙂", "mixed é 日 🙂 x"})
    void countsOneTokenForFourBytesOfUtf8RoundedUp(String text) {
        int bytes = text.getBytes(StandardCharsets.UTF_8).length;

        assertThat(digest(text).tokens()).isEqualTo((bytes + 3) / 4);
    }

    @Test
    void roundsEachMessageUpByItself() {
        PromptDigest digest = new PromptDigest();
        for (String message : new String[] {"a", "abcde"}) {
            digest.open(3);
            add(digest, message);
            digest.close();
        }

        assertThat(digest.prompt().tokens()).isEqualTo((3 + 1) + (3 + 2));
    }

    @Test
    void tellsTextsRolesAndBordersApart() {
        assertThat(hashOf("user", "ab", "c"))
                .isEqualTo(hashOf("user", "ab", "c"))
                .isNotEqualTo(hashOf("user", "a", "bc"))
                .isNotEqualTo(hashOf("system", "ab", "c"));
    }

    @Test
    void notesPrefixesFrom1024TokensInStepsOf128() {
        assertThat(digest("x".repeat(1024 * 4 - 1)).prefixes()).isEmpty();
        assertThat(digest("x".repeat(1024 * 4)).prefixes()).hasSize(1);
        assertThat(digest("x".repeat(1152 * 4 - 1)).prefixes()).hasSize(1);
        assertThat(digest("x".repeat(1280 * 4)).prefixes()).hasSize(3);
    }

    @Test
    void sharesExactlyTheNotesOfTheSharedPrefix() {
        String shared = "s".repeat(1152 * 4);

        long[] one = digest(shared + "a".repeat(1000)).prefixes();
        long[] other = digest(shared + "b".repeat(1000)).prefixes();

        assertThat(one).hasSize(3);
        assertThat(one[0]).isEqualTo(other[0]);
        assertThat(one[1]).isEqualTo(other[1]);
        assertThat(one[2]).isNotEqualTo(other[2]);
    }

    private static Prompt digest(String text) {
        PromptDigest digest = new PromptDigest();
        digest.open(0);
        add(digest, text);
        digest.close();
        return digest.prompt();
    }

    private static long hashOf(String role, String... parts) {
        PromptDigest digest = new PromptDigest();
        for (String part : parts) {
            digest.open(3);
            digest.mark(role);
            add(digest, part);
            digest.close();
        }
        return digest.prompt().hash();
    }

    private static void add(PromptDigest digest, String text) {
        digest.text(text.toCharArray(), 0, text.length());
    }
}
