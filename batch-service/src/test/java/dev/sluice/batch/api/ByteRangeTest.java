package dev.sluice.batch.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangeTest {

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 1, bytes 0-0/10",
        "bytes=2-4, 2, 3, bytes 2-4/10",
        "bytes=8-, 8, 2, bytes 8-9/10",
        "bytes=8-999999999999999999, 8, 2, bytes 8-9/10",
        "bytes=-3, 7, 3, bytes 7-9/10",
        "bytes=-30, 0, 10, bytes 0-9/10",
        "bytes=10-, 10, 0, bytes */10",
        "bytes=12-14, 12, 0, bytes */10",
        "bytes=-0, 10, 0, bytes */10"
    })
    void readsOneRange(String header, long offset, long length, String told) {
        ByteRange range = ByteRange.of(header, 10).orElseThrow();

        assertThat(range).isEqualTo(new ByteRange(offset, length));
        assertThat(range.of(10)).isEqualTo(told);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bytes=",
                "bytes=-",
                "bytes=5-2",
                "lines=1-2",
                "bytes=0-1,3-4",
                "bytes=a-b"
            })
    void answersTheWholeForAnythingElse(String header) {
        assertThat(ByteRange.of(header, 10)).isEmpty();
    }
}
