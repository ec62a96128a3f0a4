package dev.sluice.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.openai.SseReader.Step;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

class SseReaderTest {

    private static final String ROLE =
            "data: {\"id\":\"c-1\",\"model\":\"m-1\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}],\"usage\":null}\n\n";
    private static final String WORD =
            "data: {\"id\":\"c-1\",\"choices\":[{\"delta\":{\"content\":\"Grüße 😀\"}}],\"usage\":null}\n\n";
    private static final String LAST =
            "data: {\"id\":\"c-1\",\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n";
    private static final String USAGE =
            "data: {\"id\":\"c-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n";
    private static final String DONE = "data: [DONE]\n\n";
    private static final String STREAM =
            ROLE + ": keep-alive\n\n" + WORD + WORD + LAST + USAGE + DONE;

    /** Gives its bytes in pieces of the sizes that a test wants. */
    private static final class Pieces implements ByteSource {
        private final byte[] bytes;
        private final int[] sizes;
        private int reads;
        private int given;

        Pieces(String text, int... sizes) {
            this.bytes = text.getBytes(UTF_8);
            this.sizes = sizes;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            if (given == bytes.length) {
                return -1;
            }
            int size =
                    Math.min(sizes[reads++ % sizes.length], Math.min(length, bytes.length - given));
            System.arraycopy(bytes, given, into, offset, size);
            given += size;
            return size;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void findsTheSameEventsWhereverTheBytesAreSplit(String lineEnd) throws IOException {
        String stream = STREAM.replace("\n", lineEnd);
        List<String> whole = events(new SseReader(new Pieces(stream, 1 << 20), 1 << 20));

        assertThat(whole).hasSize(7);
        int length = stream.getBytes(UTF_8).length;
        for (int at = 1; at < length; at++) {
            assertThat(events(new SseReader(new Pieces(stream, at, length), 4_096)))
                    .isEqualTo(whole);
        }
        for (int size = 1; size < 40; size++) {
            assertThat(events(new SseReader(new Pieces(stream, size), 4_096))).isEqualTo(whole);
        }
    }

    @Test
    void keepsEveryByteOfAnyStreamOfLines() throws IOException {
        var random = new Random(5);
        String[] parts = {
            "\n", "\r", "\r\n", "\n\n", "data: x", "data:{}", ": c", "event: e", "é", "\r\r"
        };
        for (int i = 0; i < 20_000; i++) {
            var text = new StringBuilder();
            for (int j = random.nextInt(12); j >= 0; j--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            String stream = text.toString();
            var reader =
                    new SseReader(
                            new Pieces(stream, 1 + random.nextInt(4), 1 + random.nextInt(9)), 400);

            var received = new StringBuilder();
            Step step = reader.next();
            while (step == Step.EVENT) {
                received.append(text(reader.event()));
                step = reader.next();
            }
            if (step == Step.TRUNCATED) {
                received.append(text(reader.event()));
            }

            assertThat(stream).startsWith(received.toString());
            assertThat(stream.substring(received.length())).matches("[\r\n]*");
        }
    }

    @Test
    void tellsWhatEachEventIs() throws IOException {
        var reader = new SseReader(new Pieces(STREAM, 100), SseReader.EVENT_BYTES_MAX);

        assertThat(reader.next()).isEqualTo(Step.EVENT);
        assertThat(reader.event().isFirstContent()).isFalse();
        assertThat(reader.responseId()).isEqualTo("c-1");
        assertThat(reader.model()).isEqualTo("m-1");

        reader.next();
        assertThat(reader.event().isComment()).isTrue();
        assertThat(reader.contentSeen()).isFalse();

        reader.next();
        assertThat(reader.event().isFirstContent()).isTrue();
        assertThat(reader.event().isComment()).isFalse();
        assertThat(reader.contentSeen()).isTrue();

        reader.next();
        assertThat(reader.event().isFirstContent()).isFalse();

        reader.next();
        assertThat(reader.event().usage()).isNull();
        assertThat(reader.event().usageOnly()).isFalse();

        reader.next();
        assertThat(reader.event().usage()).isEqualTo(Usage.of(3, 2));
        assertThat(reader.event().usageOnly()).isTrue();
        assertThat(reader.done()).isFalse();

        reader.next();
        assertThat(reader.event().isDone()).isTrue();
        assertThat(reader.event().usageOnly()).isFalse();
        assertThat(reader.done()).isTrue();
        assertThat(reader.usage()).isEqualTo(Usage.of(3, 2));

        assertThat(reader.next()).isEqualTo(Step.END);
        assertThat(reader.next()).isEqualTo(Step.END);
    }

    @Test
    void recordsUsageBesideChoicesWithoutHidingIt() throws IOException {
        var reader = reader(WORD + LAST.replace("null", "{\"prompt_tokens\":3}"));
        reader.next();
        reader.next();

        assertThat(reader.event().usage()).isEqualTo(Usage.of(3, 0));
        assertThat(reader.event().usageOnly()).isFalse();
    }

    @Test
    void isNotMisledByTextThatSpeaksOfUsageOrErrors() throws IOException {
        String text = "{\\\"usage\\\":{\\\"prompt_tokens\\\":9},\\\"error\\\":{}}";
        var reader =
                reader(
                        WORD
                                + WORD.replace("Grüße 😀", text)
                                + WORD.replace("Grüße 😀", "usage")
                                + "data: {\"choices\":[{\"delta\":{\"usage\":{\"prompt_tokens\":9},\"error\":{\"code\":1}}}]}\n\n");
        for (int i = 0; i < 4; i++) {
            assertThat(reader.next()).isEqualTo(Step.EVENT);
            assertThat(reader.event().usage()).isNull();
            assertThat(reader.event().isError()).isFalse();
            assertThat(reader.event().isMalformed()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data: {\"error\":{\"message\":\"boom\",\"type\":\"server_error\",\"code\":\"c\"}}\n\n",
                "data: {\"id\":\"c-1\",\"choices\":[],\"error\" : {\"type\":\"server_error\",\"code\":\"c\"}}\n\n",
                "event: error\ndata: {\"error\":{\"type\":\"server_error\",\"code\":\"c\"}}\n\n"
            })
    void seesAnErrorFirstOrInTheMiddle(String error) throws IOException {
        for (String before : List.of("", WORD)) {
            var reader = reader(before + error);
            if (!before.isEmpty()) {
                reader.next();
                assertThat(reader.event().isError()).isFalse();
            }
            assertThat(reader.next()).isEqualTo(Step.EVENT);
            assertThat(reader.event().isError()).isTrue();
            assertThat(reader.event().error())
                    .isEqualTo(new ResponseFacts.ProviderError("server_error", "c"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"object\":\"error\",\"message\":\"boom\",\"type\":\"t\",\"code\":\"c\"}",
                "{\"\\u0065rror\":{\"type\":\"t\",\"code\":\"c\"}}",
                "{\"error\"\t:\t{\"type\":\"t\",\"code\":\"c\"}}",
                "{\"error\"\ndata: :{\"type\":\"t\",\"code\":\"c\"}}",
            })
    void seesAnErrorAmidOutputHoweverItIsSpelt(String data) throws IOException {
        var reader = reader(WORD + "data: " + data + "\n\n");
        reader.next();
        reader.next();

        assertThat(reader.event().error()).isEqualTo(new ResponseFacts.ProviderError("t", "c"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"\\u0075sage\":{\"prompt_tokens\":3}}",
                "{\"usage\"\t:{\"prompt_tokens\":3}}",
                "{\"usage\"\ndata: :{\"prompt_tokens\":3}}",
            })
    void seesUsageAmidOutputHoweverItIsSpelt(String data) throws IOException {
        var reader = reader(WORD + "data: " + data + "\n\n");
        reader.next();
        reader.next();

        assertThat(reader.usage()).isEqualTo(Usage.of(3, 0));
    }

    @Test
    void takesAByteOrderMarkForNoneOfTheTextOnlyWhereTheStreamBegins() throws IOException {
        var reader = reader("\uFEFFdata: {}\n\n\uFEFFdata: [DONE]\n\n");

        reader.next();
        assertThat(reader.event().isComment()).isFalse();
        reader.next();
        assertThat(reader.event().isComment()).isTrue();
        assertThat(reader.done()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data:[DONE]",
                "data: [DONE]",
                "data: [DONE] ",
                "event: done\ndata: [DONE]",
                "\uFEFFdata: [DONE]"
            })
    void knowsDoneInEverySpelling(String event) throws IOException {
        var reader = reader(event + "\n\n");

        assertThat(reader.next()).isEqualTo(Step.EVENT);
        assertThat(reader.event().isDone()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data: [DONE]x",
                "data: \"[DONE]\"",
                ": [DONE]",
                "datax: [DONE]",
                "data:  [DONE",
                "data: [DONE]\ndata: {}"
            })
    void takesNothingElseForDone(String event) throws IOException {
        var reader = reader(event + "\n\n");

        assertThat(reader.next()).isEqualTo(Step.EVENT);
        assertThat(reader.event().isDone()).isFalse();
    }

    @Test
    void joinsDataOfSeveralLines() throws IOException {
        var reader =
                reader("data: {\"choices\":[],\ndata: \"usage\":\ndata:{\"prompt_tokens\":3}}\n\n");
        reader.next();

        assertThat(reader.event().usageOnly()).isTrue();
        assertThat(reader.usage()).isEqualTo(Usage.of(3, 0));
    }

    @Test
    void reportsAnEventThatIsCut() throws IOException {
        for (int cut = 1; cut < LAST.length() - 1; cut++) {
            var reader = reader(ROLE + LAST.substring(0, cut));
            assertThat(reader.next()).isEqualTo(Step.EVENT);
            assertThat(reader.next()).isEqualTo(Step.TRUNCATED);
            assertThat(text(reader.event())).isEqualTo(LAST.substring(0, cut));
            assertThat(reader.next()).isEqualTo(Step.TRUNCATED);
            assertThat(reader.hasBuffered()).isFalse();
        }
    }

    @Test
    void stillRecordsUsageThatLacksOnlyItsBlankLine() throws IOException {
        var reader = reader(WORD + USAGE.stripTrailing());
        reader.next();

        assertThat(reader.next()).isEqualTo(Step.TRUNCATED);
        assertThat(reader.usage()).isEqualTo(Usage.of(3, 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"data: [DONE]", "data: [DONE]\n", "data: [DONE]\r\n"})
    void forgivesAMissingBlankLineAfterDone(String end) throws IOException {
        var reader = reader(WORD + end);
        reader.next();

        assertThat(reader.next()).isEqualTo(Step.EVENT);
        assertThat(text(reader.event())).isEqualTo(end);
        assertThat(reader.event().isDone()).isTrue();
        assertThat(reader.next()).isEqualTo(Step.END);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "\r\n\r\n", "\r"})
    void endsQuietlyWhereNothingIsLeft(String end) throws IOException {
        assertThat(reader(end).next()).isEqualTo(Step.END);

        var reader = reader(DONE + end);
        assertThat(reader.next()).isEqualTo(Step.EVENT);
        assertThat(reader.next()).isEqualTo(Step.END);
    }

    @Test
    void refusesAnEventBeyondItsBound() throws IOException {
        String event = "data: " + "x".repeat(92) + "\n\n";
        for (int size = 1; size < 200; size += 7) {
            var fits = new SseReader(new Pieces(event + event, size), 100);
            assertThat(fits.next()).isEqualTo(Step.EVENT);
            assertThat(fits.next()).isEqualTo(Step.EVENT);
            assertThat(fits.next()).isEqualTo(Step.END);

            var larger = new SseReader(new Pieces(event + "data: x" + event, size), 100);
            assertThat(larger.next()).isEqualTo(Step.EVENT);
            assertThat(larger.next()).isEqualTo(Step.TOO_LARGE);
            assertThat(larger.next()).isEqualTo(Step.TOO_LARGE);
        }
    }

    @Test
    void growsForLargeEvents() throws IOException {
        String large = WORD.replace("Grüße", "x".repeat(300_000));
        var reader =
                new SseReader(new Pieces(ROLE + large + WORD, 50_000), SseReader.EVENT_BYTES_MAX);

        assertThat(events(reader)).containsExactly(ROLE, large, WORD);
    }

    @Test
    void knowsWhetherTheNextEventIsHereAlready() throws IOException {
        String two = ROLE + WORD;
        int length = two.getBytes(UTF_8).length;
        var reader = new SseReader(new Pieces(two + LAST, length + 5, 1 << 20), 4_096);

        assertThat(reader.hasBuffered()).isFalse();
        reader.next();
        assertThat(text(reader.event())).isEqualTo(ROLE);
        assertThat(reader.hasBuffered()).isTrue();
        assertThat(text(reader.event())).isEqualTo(ROLE);
        reader.next();
        assertThat(text(reader.event())).isEqualTo(WORD);
        assertThat(reader.hasBuffered()).isFalse();
        reader.next();
        assertThat(text(reader.event())).isEqualTo(LAST);
    }

    @Test
    void deliversAnEventThatEndsWithCarriageReturnsBeforeMoreComes() throws IOException {
        String event = DONE.replace('\n', '\r');
        ByteSource source = new Pieces(event + "\n" + event, event.length(), 100);
        var reader = new SseReader(source, 100);

        assertThat(reader.next()).isEqualTo(Step.EVENT);
        assertThat(text(reader.event())).isEqualTo(event);
        assertThat(reader.next()).isEqualTo(Step.EVENT);
        assertThat(text(reader.event())).isEqualTo("\n" + event);
    }

    @Test
    void marksDataThatIsNoJson() throws IOException {
        var reader = reader("data: {\"choices\":[{\"de\n\n" + WORD);
        reader.next();
        assertThat(reader.event().isMalformed()).isTrue();
        reader.next();
        assertThat(reader.event().isMalformed()).isFalse();
        assertThat(reader.event().isFirstContent()).isTrue();
    }

    @Test
    void passesOnThatTheSourceBrokeOff() {
        var reader =
                new SseReader(
                        (into, offset, length) -> {
                            throw new IOException("reset");
                        },
                        100);

        assertThatThrownBy(reader::next).isInstanceOf(IOException.class).hasMessage("reset");
        assertThatThrownBy(new SseReader((into, offset, length) -> 0, 100)::next)
                .isInstanceOf(IOException.class);
    }

    @Test
    void readsRecordedStreams() throws IOException {
        for (Transcripts.Transcript transcript : Transcripts.completions()) {
            if (transcript.stream().isEmpty()) {
                continue;
            }
            String sse = transcript.stream().get();
            var reader = new SseReader(new Pieces(sse, 700), SseReader.EVENT_BYTES_MAX);

            List<String> events = events(reader);

            assertThat(sse).as(transcript.id()).startsWith(String.join("", events));
            assertThat(reader.done()).isEqualTo(transcript.facts().path("done").asBoolean());
            assertThat(reader.responseId()).as(transcript.id()).isNotBlank();
            assertThat(reader.contentSeen())
                    .as(transcript.id())
                    .isEqualTo(
                            !transcript.facts().path("text").asText().isEmpty()
                                    || !transcript.facts().path("reasoning").asText().isEmpty()
                                    || !transcript.facts().path("tool_calls").isEmpty());
            RecordedUsage.agree(transcript, reader.usage());
        }
    }

    private static SseReader reader(String stream) {
        return new SseReader(new Pieces(stream, 1 << 20), 1 << 20);
    }

    /** All events; between them a CRLF is never torn apart. */
    private static List<String> events(SseReader reader) throws IOException {
        List<String> events = new ArrayList<>();
        while (reader.next() == Step.EVENT) {
            events.add(text(reader.event()));
        }
        assertThat(reader.next()).isEqualTo(Step.END);
        return events;
    }

    private static String text(SseEvent event) {
        assertThat(event.slice().array()).isSameAs(event.array());
        return new String(
                Objects.requireNonNull(event.array()), event.offset(), event.length(), UTF_8);
    }
}
