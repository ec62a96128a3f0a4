package dev.sluice.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.Units;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;

class SpendEventCodecTest {

    private static final UUID EVENT = UUID.fromString("1d0c4d4f-5ac8-5f7e-b0f0-8f0b0a6c1c11");
    private static final UUID REQUEST = UUID.fromString("019df278-6f59-77e4-b32b-0d723c65f41e");

    private final SpendEventCodec codec = new SpendEventCodec();

    @Test
    void writesAndReadsThePinnedForm() throws Exception {
        String golden = golden("spend-event-v1.json");

        assertThat(new String(codec.encode(full()), UTF_8)).isEqualTo(golden);
        assertThat(codec.decode(golden.getBytes(UTF_8))).isEqualTo(full());
    }

    @Test
    void leavesOutWhatThereIsNot() throws Exception {
        String golden = golden("spend-event-v1-minimal.json");

        assertThat(new String(codec.encode(minimal()), UTF_8)).isEqualTo(golden);
        assertThat(codec.decode(golden.getBytes(UTF_8))).isEqualTo(minimal());
    }

    @Test
    void skipsFieldsThatALaterMinorFormMayHave() throws Exception {
        String later =
                golden("spend-event-v1.json")
                        .replace("{\"v\":1,", "{\"v\":1,\"new\":{\"a\":[1,{\"b\":2}]},\"n\":1.5,");

        assertThat(codec.decode(later.getBytes(UTF_8))).isEqualTo(full());
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "4294967297"})
    void refusesANewerVersionAsSuch(String version) throws IOException {
        String newer = golden("spend-event-v1.json").replace("\"v\":1,", "\"v\":" + version + ",");

        assertThatThrownBy(() -> codec.decode(newer.getBytes(UTF_8)))
                .isInstanceOf(NewerVersionException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "null",
                "{}",
                "{\"v\":1}",
                "{\"v\":0}",
                "{\"v\":1,\"event_id\":\"x\"",
                "{\"v\":99999999999999999999}"
            })
    void refusesWhatIsNoEvent(String text) {
        assertThatThrownBy(() -> codec.decode(text.getBytes(UTF_8)))
                .isInstanceOf(UnreadableRecordException.class)
                .hasMessageNotContaining("event_id");
    }

    @Test
    void refusesEveryEventThatIsCutOffOrOutOfRange() throws IOException {
        byte[] whole = golden("spend-event-v1.json").getBytes(UTF_8);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = java.util.Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> codec.decode(cut))
                    .isInstanceOf(UnreadableRecordException.class);
        }
        String[] damages = {
            "\"attempt\":2|\"attempt\":99999999999",
            "\"attempt\":2|\"attempt\":-1",
            "settled|unheard_of",
            "2026-05-04T10|2026-13-04T10",
            "\"output\":300|\"output\":-300",
        };
        for (String damage : damages) {
            String[] change = damage.split("\\|", 2);
            String damaged = new String(whole, UTF_8).replace(change[0], change[1]);
            assertThatThrownBy(() -> codec.decode(damaged.getBytes(UTF_8)))
                    .as(damage)
                    .isInstanceOf(UnreadableRecordException.class);
        }
    }

    @Test
    void writesAnyTextSoThatAnotherParserReadsIt() throws Exception {
        var random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int j = random.nextInt(12); j > 0; j--) {
                text.appendCodePoint(codePoint(random));
            }
            SpendEvent event = withEndUser(text.toString());
            byte[] json = codec.encode(event);

            JsonNode read = new ObjectMapper().readTree(json);

            assertThat(read.path("end_user").asText()).isEqualTo(text.toString());
            assertThat(codec.decode(json)).isEqualTo(event);
        }
    }

    private static int codePoint(Random random) {
        int[] below = {0x20, 0x80, 0x800, 0xd800, 0x110000};
        int point = random.nextInt(below[random.nextInt(below.length)]);
        return point >= 0xd800 && point < 0xe000 ? 'x' : point;
    }

    @Test
    void replacesHalfACharacter() throws Exception {
        byte[] json = codec.encode(withEndUser("a\ud83db\ude42"));

        assertThat(codec.decode(json).owner().endUser()).isEqualTo("a\ufffdb\ufffd");
    }

    @Test
    void leavesRoomInFrontForAFrame() {
        var json = new JsonBytes(32, 16);
        codec.encode(minimal(), json);

        assertThat(json.text()).isEqualTo(codec.encode(minimal()));
        assertThat(json.end()).isEqualTo(32 + json.length());
        assertThat(json.array()).startsWith(new byte[32]);
    }

    @Test
    void writesNumbersOfEverySize() {
        for (long number :
                new long[] {0, 9, 10, 99, 100, -1, -10, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 40}) {
            var json = new JsonBytes(0, 1);
            json.number(number);

            assertThat(new String(json.text(), UTF_8)).isEqualTo(Long.toString(number));
        }
    }

    private static String golden(String name) throws IOException {
        try (InputStream file =
                Objects.requireNonNull(SpendEventCodecTest.class.getResourceAsStream(name))) {
            return new String(file.readAllBytes(), UTF_8).strip();
        }
    }

    private static SpendEvent full() {
        return event("Zoë \"Z\" \ud83d\ude42\u0001");
    }

    private static SpendEvent withEndUser(String endUser) {
        return event(endUser);
    }

    private static SpendEvent event(String endUser) {
        return new SpendEvent(
                EVENT,
                new SpendEvent.JournalPosition("j-1", 1_777_889_472_345_678L),
                REQUEST,
                2,
                true,
                SpendEvent.Kind.SETTLED,
                Instant.parse("2026-05-04T10:11:12.345678Z"),
                Instant.parse("2026-05-04T10:11:13.000001Z"),
                new SpendEvent.Owner(
                        "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b",
                        "u-1",
                        "t-1",
                        "o-1",
                        endUser,
                        List.of("a", "b\\c")),
                "acompletion",
                new SpendEvent.Target(
                        "gpt-4o", "9f2d1c0b8a7e6f51", "openai", "gpt-4o-2024-08-06", "eu"),
                "chatcmpl-1",
                SpendEvent.Status.SUCCESS,
                "none",
                true,
                210_345,
                new Usage(1000, 200, 3, 4, 300, 50, 5, 6, 7),
                6_250_000_000L,
                "sluice/2026-06-26",
                new SpendEvent.CacheUse("exact", "c0ffee", 12),
                new SpendEvent.BatchLine("batch_1", 41),
                new Units(2, 3, 4, 5, 6, 1));
    }

    private static SpendEvent minimal() {
        return new SpendEvent(
                EVENT,
                new SpendEvent.JournalPosition("j-1", 1),
                REQUEST,
                0,
                false,
                SpendEvent.Kind.VOIDED,
                Instant.parse("2026-05-04T00:00:00Z"),
                Instant.parse("2026-05-04T00:00:00Z"),
                new SpendEvent.Owner("k", null, null, null, null, List.of()),
                "aembedding",
                new SpendEvent.Target("m", null, null, "m", null),
                null,
                SpendEvent.Status.CANCELLED,
                null,
                false,
                -1,
                Usage.NONE,
                0,
                null,
                null,
                null);
    }
}
