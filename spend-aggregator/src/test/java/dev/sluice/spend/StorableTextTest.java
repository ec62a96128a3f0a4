package dev.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StorableTextTest {

    @Test
    void leavesTextThatCanBeStoredAsItIs() {
        String text = "grüße \ud83d\ude00 \t";

        assertThat(StorableText.of(text)).isSameAs(text);
    }

    @Test
    void replacesWhatPostgresCannotStore() {
        assertThat(StorableText.of("\0a\0")).isEqualTo("\ufffda\ufffd");
        assertThat(StorableText.of("a\ud83d")).isEqualTo("a\ufffd");
        assertThat(StorableText.of("\ude00\ud83d\ude00")).isEqualTo("\ufffd\ud83d\ude00");
        assertThat(StorableText.of("\ud83d\0\ud83dx")).isEqualTo("\ufffd\ufffd\ufffdx");
    }
}
