package dev.sluice.ingress.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ingress.http.AnswerHead.Name;

import io.helidon.common.buffers.BufferData;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;

class AnswerHeadTest {

    private static final UUID ID = new UUID(0x0192_3456_789a_7bcdL, 0x8def_0123_4567_89abL);
    private static final String FIRST = "x-litellm-call-id: " + ID + "\r\n";
    private static final Name NAME = Name.of("x-name");

    private final AnswerHead head = new AnswerHead(ID);

    @Test
    void beginsWithTheCallId() {
        assertThat(written()).isEqualTo(FIRST);
        assertThat(head.name()).isEqualTo("x-litellm-call-id");
        assertThat(head.get()).isEqualTo(ID.toString());
    }

    @Test
    void writesALineForEachValue() {
        head.text(NAME, "a b\tc");
        head.text(NAME, "");
        head.number(NAME, 0);
        head.number(NAME, Long.MAX_VALUE);
        head.number(NAME, -7);

        assertThat(written())
                .isEqualTo(
                        FIRST
                                + "x-name: a b\tc\r\n"
                                + "x-name: \r\n"
                                + "x-name: 0\r\n"
                                + "x-name: 9223372036854775807\r\n"
                                + "x-name: -7\r\n");
    }

    @Test
    void writesWhatIsNotAsciiAsTheServerDoes() {
        head.text(NAME, "gpt-\u00fc");

        assertThat(written()).isEqualTo(FIRST + "x-name: gpt-?\r\n");
    }

    @Test
    void writesMoneyAsBigDecimalsDo() {
        var random = new Random(4);
        for (int i = 0; i < 10_000; i++) {
            long pico = random.nextLong() >> random.nextInt(64);
            var fresh = new AnswerHead(ID);
            fresh.usd(NAME, pico);

            String expected =
                    pico == 0
                            ? "0"
                            : BigDecimal.valueOf(pico, 12).stripTrailingZeros().toPlainString();
            assertThat(written(fresh)).isEqualTo(FIRST + "x-name: " + expected + "\r\n");
        }
    }

    @Test
    void writesMillisecondsWithThreeDigits() {
        var random = new Random(5);
        for (int i = 0; i < 10_000; i++) {
            long nanos = random.nextLong(1_000_000_000_000L) >> random.nextInt(40);
            var fresh = new AnswerHead(ID);
            fresh.millis(NAME, nanos);

            long micros = nanos / 1000;
            assertThat(written(fresh))
                    .isEqualTo(
                            FIRST + "x-name: %d.%03d\r\n".formatted(micros / 1000, micros % 1000));
        }
        head.millis(NAME, -1);
        assertThat(written()).isEqualTo(FIRST + "x-name: 0.000\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nb: c", "a\nb", " a", "\ta", "a\u0000", "a\u007f", "\u001f"})
    void addsNothingOfATextThatCannotBeInAHeader(String value) {
        assertThatThrownBy(() -> head.text(NAME, value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("x-name");

        head.number(NAME, 1);
        assertThat(written()).isEqualTo(FIRST + "x-name: 1\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a:b", "a\r\n", "a\u0000"})
    void hasNoNameThatCannotBeAHeader(String name) {
        assertThatThrownBy(() -> Name.of(name)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void holdsAsManyLinesAsThereAre() {
        String value = "v".repeat(5000);
        for (int i = 0; i < 20; i++) {
            head.text(NAME, value);
        }

        assertThat(written()).hasSize(FIRST.length() + 20 * ("x-name: \r\n".length() + 5000));
        assertThat(written().toLowerCase(Locale.ROOT)).endsWith("v\r\n");
    }

    private String written() {
        return written(head);
    }

    private static String written(AnswerHead head) {
        BufferData buffer = BufferData.growing(16);
        head.writeHttp1Header(buffer);
        return new String(buffer.readBytes(), StandardCharsets.US_ASCII);
    }
}
