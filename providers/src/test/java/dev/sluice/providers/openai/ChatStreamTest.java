package dev.sluice.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

class ChatStreamTest {

    /** Hands out packets, an empty one as the end; to wait for more than there are is a failure. */
    private static ByteSource packets(String... packets) {
        Queue<String> left = new ArrayDeque<>(List.of(packets));
        return (into, offset, length) -> {
            String next = left.poll();
            if (next == null) {
                throw new AssertionError("waited for what has not arrived");
            }
            if (next.isEmpty()) {
                return -1;
            }
            byte[] bytes = next.getBytes(UTF_8);
            System.arraycopy(bytes, 0, into, offset, bytes.length);
            return bytes.length;
        };
    }

    private static final class Texts implements ChatStream.Step {
        private final EventStream events;

        Texts(ByteSource source) {
            events = new EventStream(source, 1 << 20);
        }

        @Override
        public boolean next(ChatChunks chunks) throws IOException {
            EventStream.Event event = events.next();
            if (event == null) {
                throw new EOFException("cut");
            }
            if (event.data().equals("end")) {
                return false;
            }
            chunks.text(event.data());
            return true;
        }

        @Override
        public boolean isAtHand() {
            return events.isAtHand();
        }
    }

    private static ChatStream stream(ByteSource source) {
        return new ChatStream(new ChatChunks("id", "m", 1), new Texts(source));
    }

    private static String read(ChatStream stream, int length) throws IOException {
        byte[] into = new byte[length];
        int count = stream.read(into, 0, length);
        return count < 0 ? "" : new String(into, 0, count, UTF_8);
    }

    @Test
    void whatArrivedTogetherGoesOutTogetherAndWaitsForNothing() throws IOException {
        ChatStream stream =
                stream(packets("data: one\n\ndata: two\n\n: no event\n\n", "data: end\n\n"));

        assertThat(read(stream, 8192)).contains("one", "two").doesNotContain("DONE");
        assertThat(read(stream, 8192)).contains("[DONE]");
        assertThat(read(stream, 8192)).isEmpty();
    }

    @Test
    void halfAnEventIsNotWaitedFor() throws IOException {
        ChatStream stream = stream(packets("data: one\n\ndata: tw", "o\n", "\ndata: end\n\n"));

        assertThat(read(stream, 8192)).contains("one").doesNotContain("tw");
        assertThat(read(stream, 8192)).contains("two", "[DONE]");
    }

    @Test
    void whatWasReadBeforeTheStreamBrokeIsHandedOut() throws IOException {
        ChatStream stream = stream(packets("data: one\n\ndata: two\n\n", ""));

        assertThat(read(stream, 8192)).contains("one", "two");
        assertThatThrownBy(() -> read(stream, 8192)).isInstanceOf(EOFException.class);
    }

    @Test
    void littleRoomLosesNothing() throws IOException {
        ChatStream whole = stream(packets("data: one\n\ndata: two\n\ndata: end\n\n"));
        ChatStream pieces = stream(packets("data: one\n\ndata: two\n\ndata: end\n\n"));
        var text = new StringBuilder();
        String piece = read(pieces, 7);
        while (!piece.isEmpty()) {
            text.append(piece);
            piece = read(pieces, 7);
        }

        assertThat(text.toString()).isEqualTo(read(whole, 8192));
    }

    @ParameterizedTest
    @CsvSource({
        "'data: a~~', true",
        "'data: a^~^~', true",
        "'data: a^^', true",
        "'data: a~', false",
        "'data: a', false",
        "': ping~~', false",
        "'event: x~~', false",
        "'event: x~data: a~~', true",
        "'database: a~~', false",
        "'data~~', true",
        "': ping~~data: a~~', true"
    })
    void anEventIsAtHandOnceItsBlankLineIsThere(String text, boolean isAtHand) throws IOException {
        String bytes = text.replace('~', '\n').replace('^', '\r');
        var events = new EventStream(packets("data: before\n\n" + bytes), 1 << 20);
        events.next();

        assertThat(events.isAtHand()).isEqualTo(isAtHand);
    }
}
