package dev.sluice.providers.bedrock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.bedrock.AwsEventStream.MalformedEventException;
import dev.sluice.providers.bedrock.AwsEventStream.Message;
import dev.sluice.providers.openai.ByteSource;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/** AWS's binary event stream is read exactly, however it is cut, and nothing else is. */
class AwsEventStreamTest {

    private static final int MAX = 1 << 16;

    private static final byte[] TWO =
            new EventFrames()
                    .event("contentBlockDelta", "{\"delta\":{\"text\":\"Grüße\"}}")
                    .event("messageStop", "{\"stopReason\":\"end_turn\"}")
                    .bytes();

    private static ByteSource pieces(byte[] bytes, int size) {
        var in = new ByteArrayInputStream(bytes);
        return (into, offset, length) -> in.read(into, offset, Math.min(size, length));
    }

    private static List<String> read(ByteSource source) throws IOException {
        var stream = new AwsEventStream(source, MAX);
        List<String> events = new ArrayList<>();
        for (Message next = stream.next(); next != null; next = stream.next()) {
            events.add(next.header(":event-type") + " " + new String(next.payload(), UTF_8));
        }
        return events;
    }

    @Test
    void theEmptyMessageOfTheFormatsOwnTestsIsRead() throws IOException {
        byte[] empty = HexFormat.of().parseHex("000000100000000005c248eb7d98c8ff");
        Message message = new AwsEventStream(pieces(empty, 3), MAX).next();
        assertThat(message).isNotNull();
        if (message != null) {
            assertThat(message.headers()).isEmpty();
            assertThat(message.payload()).isEmpty();
        }
    }

    @Test
    void eventsAreTheSameHoweverTheyArrive() throws IOException {
        List<String> whole = read(pieces(TWO, TWO.length));
        assertThat(whole)
                .containsExactly(
                        "contentBlockDelta {\"delta\":{\"text\":\"Grüße\"}}",
                        "messageStop {\"stopReason\":\"end_turn\"}");
        for (int size = 1; size < TWO.length; size++) {
            assertThat(read(pieces(TWO, size))).isEqualTo(whole);
        }
    }

    @Test
    void aStreamMayEndBetweenMessagesOnly() throws IOException {
        int boundary = ByteBuffer.wrap(TWO).getInt();
        for (int length = 0; length < TWO.length; length++) {
            ByteSource cut = pieces(Arrays.copyOf(TWO, length), 7);
            if (length == 0 || length == boundary) {
                assertThat(read(cut)).hasSize(length == 0 ? 0 : 1);
            } else {
                assertThatThrownBy(() -> read(cut)).isInstanceOf(EOFException.class);
            }
        }
    }

    @Test
    void noFlippedBitPasses() {
        for (int bit = 0; bit < TWO.length * 8; bit++) {
            byte[] broken = TWO.clone();
            broken[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThatThrownBy(() -> read(pieces(broken, 100)))
                    .isInstanceOf(MalformedEventException.class);
        }
    }

    @Test
    void everyTypeOfHeaderIsSteppedOver() throws IOException {
        byte[] headers =
                HexFormat.of()
                        .parseHex(
                                "016100"
                                        + "016201"
                                        + "0163022a"
                                        + "0164030001"
                                        + "01650400000001"
                                        + "0166050000000000000001"
                                        + "016706000201"
                                        + "ff"
                                        + "0168080000000000000001"
                                        + "016909"
                                        + "00".repeat(16));
        byte[] all = Arrays.copyOf(headers, headers.length + 6);
        System.arraycopy(EventFrames.headers("z", "!"), 0, all, headers.length, 6);
        byte[] frame =
                new EventFrames()
                        .frame(Arrays.copyOf(all, headers.length + 6), new byte[0])
                        .bytes();
        Message message = new AwsEventStream(pieces(frame, 5), MAX).next();
        assertThat(message).isNotNull();
        if (message != null) {
            assertThat(message.header("z")).isEqualTo("!");
            assertThat(message.headers()).hasSize(10);
        }
    }

    @Test
    void headersThatBreakTheFormatAreRefused() {
        for (String hex :
                List.of(
                        "05",
                        "0161",
                        "01610a",
                        "016107",
                        "01610700",
                        "0161070002",
                        "0161070001ff",
                        "000700",
                        "00070000",
                        "01610001610" + "1",
                        "ff")) {
            byte[] frame =
                    new EventFrames().frame(HexFormat.of().parseHex(hex), new byte[3]).bytes();
            assertThatThrownBy(() -> read(pieces(frame, 100)))
                    .as(hex)
                    .isInstanceOf(MalformedEventException.class);
        }
    }

    @Test
    void aMessageBeyondTheBoundIsRefusedBeforeItIsRead() {
        byte[] large = new EventFrames().frame(new byte[0], new byte[MAX]).bytes();
        byte[] prelude = Arrays.copyOf(large, 12);
        assertThatThrownBy(() -> read(pieces(prelude, 100)))
                .isInstanceOf(MalformedEventException.class);
    }

    @Test
    void noBytesAreABug() {
        var random = new Random(42);
        for (int round = 0; round < 20_000; round++) {
            byte[] headers = new byte[random.nextInt(20)];
            random.nextBytes(headers);
            byte[] noise = new EventFrames().frame(headers, new byte[random.nextInt(5)]).bytes();
            if (random.nextInt(4) == 0) {
                random.nextBytes(noise);
            }
            try {
                read(pieces(noise, 1 + random.nextInt(30)));
            } catch (EOFException | MalformedEventException e) {
                assertThat(e).hasMessageNotContaining(new String(headers, UTF_8) + "x");
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
