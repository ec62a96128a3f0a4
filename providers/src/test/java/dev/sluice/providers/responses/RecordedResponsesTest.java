package dev.sluice.providers.responses;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.providers.openai.SseEvent;
import dev.sluice.providers.openai.SseReader;
import dev.sluice.providers.protocol.AccessTokens;
import dev.sluice.providers.protocol.ModelCall;
import dev.sluice.providers.protocol.Preparation;
import dev.sluice.providers.protocol.Protocol;
import dev.sluice.providers.protocol.ProtocolSettings;
import dev.sluice.providers.protocol.Protocols;
import dev.sluice.providers.protocol.TokenSources;
import dev.sluice.providers.transport.Slice;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Recorded exchanges with providers that have Responses, through the path on which they pass. They
 * are not part of the repository: without them the tests count as skipped.
 */
class RecordedResponsesTest {

    private static final TokenSources NO_TOKENS =
            new TokenSources() {
                @Override
                public AccessTokens google(ProtocolSettings settings) {
                    return Optional::empty;
                }

                @Override
                public AccessTokens entra(ProtocolSettings settings) {
                    return Optional::empty;
                }
            };

    /** One exchange, and what a separate script found in its answer. */
    record Recording(String id, JsonNode request, JsonNode response, JsonNode facts) {

        @Override
        public String toString() {
            return id;
        }
    }

    static List<Recording> all() {
        return recordings(_ -> true);
    }

    static List<Recording> plain() {
        return recordings(one -> one.response.path("body").isObject() && !one.facts.has("error"));
    }

    static List<Recording> errors() {
        return recordings(one -> one.facts.has("error"));
    }

    static List<Recording> streams() {
        return recordings(one -> one.response.path("sse").isTextual());
    }

    @ParameterizedTest
    @MethodSource("all")
    void requestsPassButForTheModelsName(Recording recording) throws Exception {
        ObjectNode asked = recording.request.path("body").deepCopy();
        asked.put("model", "group");
        asked.remove("conversation");
        KeptResponse.check(asked);
        byte[] body = JsonTrees.bytes(asked);
        Protocol protocol = protocol(recording);
        var peek = (RequestPeek.Facts) RequestPeek.of(Endpoint.RESPONSES, body, body.length, false);

        assertThat(protocol.serves(Endpoint.RESPONSES)).isTrue();
        var ready =
                (Preparation.Ready)
                        protocol.prepare(
                                new ModelCall(Endpoint.RESPONSES, body, body.length, peek, null));

        asked.set("model", recording.request.at("/body/model"));
        assertThat(sent(ready)).isEqualTo(asked);
        assertThat(peek.stream()).isEqualTo(recording.response.path("sse").isTextual());
    }

    @ParameterizedTest
    @MethodSource("plain")
    void plainAnswersAreCountedAndRenamed(Recording recording) {
        byte[] body = JsonTrees.bytes(recording.response.path("body"));

        ResponseFacts facts = ResponseFacts.of(Endpoint.RESPONSES, body, body.length);

        assertThat(facts.error()).isNull();
        assertThat(facts.id()).isEqualTo(recording.response.at("/body/id").asText());
        assertThat(facts.hasContent()).isTrue();
        assertThat(facts.callsTools()).isEqualTo(!recording.facts.path("tool_calls").isEmpty());
        assertCounted(facts.usage(), recording.facts.path("usage"));
        ObjectNode renamed =
                Served.tree(new String(KeptResponse.renamed(body, _ -> "mine"), UTF_8));
        assertThat(renamed.path("id").asText()).isEqualTo("mine");
        assertThat(renamed.set("id", recording.response.at("/body/id")).toString())
                .isEqualTo(recording.response.path("body").toString());
    }

    @ParameterizedTest
    @MethodSource("errors")
    void errorsAreSeen(Recording recording) {
        byte[] body = JsonTrees.bytes(recording.response.path("body"));

        ResponseFacts facts = ResponseFacts.of(Endpoint.RESPONSES, body, body.length);

        assertThat(facts.error()).isNotNull();
        assertThat(facts.usage()).isNull();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void streamsPassEventByEventAndAreCounted(Recording recording) throws IOException {
        String sse = recording.response.path("sse").asText();
        var source = new ByteArrayInputStream(sse.getBytes(UTF_8));
        var reader =
                new SseReader(
                        Endpoint.RESPONSES, (into, at, _) -> source.read(into, at, 1), 4 << 20);
        var out = new ByteArrayOutputStream();
        try (var kept = new KeptOutput(out, _ -> "mine")) {
            while (reader.next() == SseReader.Step.EVENT) {
                SseEvent event = reader.event();
                assertThat(event.usageOnly()).isFalse();
                kept.write(event.array(), event.offset(), event.length());
            }
        }

        assertThat(reader.mayEnd()).isTrue();
        assertThat(reader.contentSeen()).isTrue();
        assertCounted(reader.usage(), recording.facts.path("usage"));
        List<ObjectNode> came = Served.events(sse.getBytes(UTF_8));
        List<ObjectNode> told = Served.events(out.toByteArray());
        assertThat(told).hasSize(recording.facts.path("events").asInt());
        assertThat(reader.responseId()).isEqualTo(came.getFirst().at("/response/id").asText());
        came.forEach(event -> {
            if (event.path("response") instanceof ObjectNode response) {
                response.put("id", "mine");
            }
        });
        assertThat(told).isEqualTo(came);
        assertThat(came.getLast().at("/response/id").asText()).isEqualTo("mine");
    }

    @ParameterizedTest
    @MethodSource("streams")
    void aStreamThatIsCutHasNotEnded(Recording recording) throws IOException {
        String sse = recording.response.path("sse").asText();
        String cut = sse.substring(0, sse.indexOf("event: response.completed"));
        var source = new ByteArrayInputStream(cut.getBytes(UTF_8));
        var reader = new SseReader(Endpoint.RESPONSES, source::read, 4 << 20);
        SseReader.Step step = reader.next();
        while (step == SseReader.Step.EVENT) {
            assertThat(reader.event().isDone()).isFalse();
            step = reader.next();
        }

        assertThat(step).isEqualTo(SseReader.Step.END);
        assertThat(reader.mayEnd()).isFalse();
        assertThat(reader.usage()).isNull();
    }

    private static void assertCounted(@Nullable Usage counted, JsonNode facts) {
        Usage usage = requireNonNull(counted, "no usage");
        assertThat(usage.promptTokens()).isEqualTo(facts.path("input_tokens").asLong());
        assertThat(usage.completionTokens()).isEqualTo(facts.path("output_tokens").asLong());
        assertThat(usage.reasoning()).isEqualTo(facts.path("reasoning_tokens").asLong());
        assertThat(usage.cachedRead()).isEqualTo(facts.path("cache_read_tokens").asLong());
    }

    private static Protocol protocol(Recording recording) {
        String provider = recording.facts.path("provider").asText();
        boolean isAzure = provider.equals("azure");
        return Protocols.of(
                        new ProtocolSettings(
                                provider,
                                recording.request.at("/body/model").asText(),
                                new Secret("k"),
                                isAzure ? "https://example-resource.openai.azure.com" : null,
                                isAzure ? "v1" : null,
                                null,
                                ProtocolSettings.Parameters.STRICT,
                                Map.of(),
                                Map.of(),
                                Map.of(),
                                _ -> null),
                        NO_TOKENS)
                .orElseThrow();
    }

    private static JsonNode sent(Preparation.Ready ready) throws IOException {
        var bytes = new ByteArrayOutputStream();
        for (Slice slice : ready.body()) {
            bytes.write(slice.array(), slice.offset(), slice.length());
        }
        return JsonTrees.MAPPER.readTree(bytes.toByteArray());
    }

    private static List<Recording> recordings(Predicate<Recording> wanted) {
        Path folder = shared().resolve("data/transcripts/dev");
        Path facts = folder.resolve("facts.jsonl");
        Assumptions.assumeTrue(Files.isRegularFile(facts), "no recordings at hand");
        try (Stream<String> lines = Files.lines(facts)) {
            return lines.map(RecordedResponsesTest::tree)
                    .filter(fact -> fact.path("endpoint").asText().equals("responses"))
                    .map(fact -> recording(folder, fact))
                    .filter(wanted)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Recording recording(Path folder, JsonNode fact) {
        try {
            JsonNode tree = tree(Files.readString(folder.resolve(fact.path("file").asText())));
            return new Recording(
                    fact.path("id").asText(), tree.path("request"), tree.path("response"), fact);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode tree(String json) {
        try {
            return JsonTrees.MAPPER.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path shared() {
        String set = System.getProperty("sluice.shared", System.getenv("SLUICE_SHARED"));
        Path root = Path.of(System.getProperty("sluice.root", ""));
        return set == null ? root.resolve("../shared") : Path.of(set);
    }
}
