package dev.sluice.semantics.guards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.semantics.encoding.Vocabulary;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

class FingerprintTest {

    private static final String TEXT =
            "Why did Anna (anna@example.org) not pay $3,000 for \"two flats\" in Oslo on May 3?";

    private static Fingerprints prints(int key) throws IOException {
        byte[] bytes = new byte[Fingerprints.KEY_BYTES];
        Arrays.fill(bytes, (byte) key);
        return new Fingerprints(bytes, Vocabulary.bundled());
    }

    @Test
    void comesBackFromItsBytes() throws IOException {
        Fingerprint print = prints(1).of(TEXT);

        Fingerprint read = Fingerprint.of(print.bytes());

        assertThat(read).isEqualTo(print).hasSameHashCodeAs(print);
        assertThat(Guards.check(read, print)).isEmpty();
        assertThat(print.size()).isEqualTo(print.bytes().length).isLessThan(400);
    }

    @Test
    void isAnotherOfAnotherText() throws IOException {
        Fingerprints prints = prints(1);

        assertThat(prints.of(TEXT)).isNotEqualTo(prints.of(TEXT + " Oh."));
        assertThat(prints.of("")).isEqualTo(prints.of(" "));
    }

    @Test
    void refusesBytesThatAreNone() throws IOException {
        byte[] bytes = prints(1).of(TEXT).bytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> Fingerprint.of(cut))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> Fingerprint.of(Arrays.copyOf(bytes, bytes.length + 1)))
                .isInstanceOf(IllegalArgumentException.class);
        byte[] older = bytes.clone();
        older[0]++;
        assertThatThrownBy(() -> Fingerprint.of(older)).hasMessageContaining("version");
    }

    @Test
    void givesNoWordAway() throws IOException {
        Fingerprint print = prints(1).of(TEXT);
        String bytes = new String(print.bytes(), StandardCharsets.ISO_8859_1);

        assertThat(bytes.toLowerCase(Locale.ROOT))
                .doesNotContain("anna")
                .doesNotContain("oslo")
                .doesNotContain("flats")
                .doesNotContain("3000");
        assertThat(print).asString().doesNotContain("Anna");
    }

    @Test
    void cannotBeComparedUnderAnotherKey() throws IOException {
        assertThat(Guards.check(prints(1).of(TEXT), prints(2).of(TEXT))).isPresent();
    }

    /** The test vector of the paper: bytes 0 to 14 under key bytes 0 to 15. */
    @Test
    void hashesAsSipHashDoes() {
        byte[] key = new byte[16];
        byte[] text = new byte[15];
        for (int i = 0; i < 16; i++) {
            key[i] = (byte) i;
        }
        for (int i = 0; i < 15; i++) {
            text[i] = (byte) i;
        }

        assertThat(new WordHash(key).sip(text)).isEqualTo(0xa129ca6149be45e5L);
    }
}
