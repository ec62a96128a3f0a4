package dev.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EventRowsTest {

    @Test
    void leavesTextThatCanBeStoredAsItIs() {
        String text = "grüße \ud83d\ude00 \t";

        assertThat(EventRows.storable(text)).isSameAs(text);
    }

    @Test
    void replacesWhatPostgresCannotStore() {
        assertThat(EventRows.storable("\0a\0")).isEqualTo("\ufffda\ufffd");
        assertThat(EventRows.storable("a\ud83d")).isEqualTo("a\ufffd");
        assertThat(EventRows.storable("\ude00\ud83d\ude00")).isEqualTo("\ufffd\ud83d\ude00");
        assertThat(EventRows.storable("\ud83d\0\ud83dx")).isEqualTo("\ufffd\ufffd\ufffdx");
    }
}
