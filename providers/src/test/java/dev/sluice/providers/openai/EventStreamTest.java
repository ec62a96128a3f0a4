package dev.sluice.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

class EventStreamTest {

    private static final String STREAM =
            String.join(
                    "",
                    List.of(
                            "\uFEFFevent: start\ndata: {\"a\":1}\n\n",
                            ": a comment\n\n",
                            "event: empty\n\n",
                            "data: one\r\ndata:two\r\n\r\n",
                            "id: 7\rdata: \"Grüße \uD83D\uDE00\"\r\r",
                            "data\n\n",
                            "event: last\ndata: no blank line"));

    private static final List<EventStream.Event> EVENTS =
            List.of(
                    new EventStream.Event("start", "{\"a\":1}"),
                    new EventStream.Event("", "one\ntwo"),
                    new EventStream.Event("", "\"Grüße \uD83D\uDE00\""),
                    new EventStream.Event("", ""),
                    new EventStream.Event("last", "no blank line"));

    @Test
    void readsTheSameHoweverTheBytesArrive() throws IOException {
        byte[] bytes = STREAM.getBytes(UTF_8);
        for (int size = 1; size <= bytes.length; size++) {
            int pieces = size;
            var in = new ByteArrayInputStream(bytes);
            ByteSource source =
                    (into, offset, length) -> in.read(into, offset, Math.min(pieces, length));
            assertThat(all(new EventStream(source, 1 << 20))).isEqualTo(EVENTS);
        }
    }

    @Test
    void refusesAnEventThatIsTooLarge() {
        byte[] bytes = ("data: " + "x".repeat(9000) + "\n\n").getBytes(UTF_8);
        var stream = new EventStream(new ByteArrayInputStream(bytes)::read, 8000);
        assertThatThrownBy(stream::next).isInstanceOf(IOException.class);
    }

    @Test
    void refusesManyLinesThatAreTooLargeTogether() {
        byte[] bytes = "data: xxxxxxxxxxxxxxxxxx\n".repeat(500).getBytes(UTF_8);
        var stream = new EventStream(new ByteArrayInputStream(bytes)::read, 8000);
        assertThatThrownBy(stream::next).isInstanceOf(IOException.class);
    }

    private static List<EventStream.Event> all(EventStream stream) throws IOException {
        List<EventStream.Event> events = new ArrayList<>();
        EventStream.Event event = stream.next();
        while (event != null) {
            events.add(event);
            event = stream.next();
        }
        return events;
    }
}
