package dev.sluice.standalone.transcripts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Recorded answers through a whole gateway: ours, written by hand, and those of providers where
 * they are at hand. And a judge that lets nothing pass.
 */
class VerificationIT {

    private static final int CUTS = 40;

    @TempDir private Path folder;

    @Test
    @Timeout(120)
    void findsEveryFactOfTheHandWrittenRecordingsHoweverTheirStreamsArrive() throws Exception {
        Verdict verdict = Verification.of(fixtures(), folder, CUTS);

        assertThat(verdict.findings()).isEmpty();
        assertThat(verdict.lines()).containsExactly("20 passed, 0 failed");
    }

    /** Where there are none this is the test that is reported as skipped. */
    @Test
    @Timeout(300)
    void findsEveryFactOfTheProvidersRecordingsHoweverTheirStreamsArrive() throws Exception {
        Path recordings = shared().resolve("data/transcripts/dev");
        assumeTrue(Files.isDirectory(recordings), "no recordings at hand");

        Verdict verdict = Verification.of(recordings, folder, CUTS / 4);

        assertThat(verdict.findings()).isEmpty();
        assertThat(verdict.passed()).isGreaterThanOrEqualTo(186);
        assertThat(verdict.passed() + verdict.excepted().size()).isEqualTo(207);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "openai/stream-tools|`Grüße vom`|`Gruss vom`|text",
                "openai/stream-tools|1.5|1.51|tool_calls",
                "openai/stream-tools|`\"finish\": \"tool_calls\"`|`\"finish\": \"stop\"`|finish",
                "openai/stream-tools|`\"cache_read_tokens\": 64`|`\"cache_read_tokens\": 63`|usage.cached_tokens metered.cached",
                "openai/error-rate-limit|`\"retry_after\": \"7\"`|`\"retry_after\": \"8\"`|retry_after",
                "openai/error-rate-limit|rate_limit_exceeded|other|error.code",
                "openai/embeddings-base64|`\"vectors\": 2`|`\"vectors\": 3`|vectors",
                "anthropic/stream-thinking-tools|which one|which two|reasoning",
                "anthropic/stream-thinking-tools|`\"cache_write_tokens\": 30`|`\"cache_write_tokens\": 31`|usage.prompt_tokens metered.prompt metered.written",
                "anthropic/error-overloaded|Too much|Much|error.message",
                "gemini/stream-thinking|`\"reasoning_tokens\": 30`|`\"reasoning_tokens\": 29`|usage.prompt_tokens usage.completion_tokens usage.reasoning_tokens metered.prompt metered.completion metered.reasoning",
                "bedrock/stream-tools|`Moin ⛵`|`Moin ⛴`|text",
                "cohere/rerank|0.93|0.94|results",
                "voyage/rerank|`[2, 0.75]`|`[1, 0.75]`|results",
                "cohere/plain|`\"billed_output_tokens\": 3`|`\"billed_output_tokens\": 6`|usage.completion_tokens metered.completion",
                "mistral/error-form|`\"status\": 400, \"type\"`|`\"status\": 404, \"type\"`|status",
            })
    void aFactThatIsOtherwiseIsFound(String recording, String fact, String other, String found)
            throws Exception {
        Path changed = copied(recording, line -> line.replace(fact, other));

        Verdict verdict = Verification.of(changed, folder.resolve("scratch"), 0);

        assertThat(verdict.failed()).isEqualTo(1);
        assertThat(
                        verdict.findings().stream()
                                .filter(finding -> finding.file().equals(recording + ".json"))
                                .map(Finding::fact))
                .containsExactlyInAnyOrder(found.split(" ", -1));
        assertThat(verdict.lines()).last().isEqualTo("0 passed, 1 failed");
    }

    @Test
    @Timeout(120)
    void aStreamThatEndsTooSoonNeverLooksWholeNorHangsNorIsA500() throws Exception {
        List<String> streams =
                List.of(
                        "openai/stream-tools",
                        "anthropic/stream-thinking-tools",
                        "gemini/stream-thinking",
                        "bedrock/stream-tools",
                        "mistral/stream-thinking");
        Path cut = folder.resolve("cut");
        List<String> facts = new ArrayList<>();
        for (String stream : streams) {
            for (int percent = 0; percent < 90; percent += 15) {
                String name = stream + "-" + percent;
                Path file = cut.resolve(name + ".json");
                Files.createDirectories(requireNonNull(file.getParent()));
                Files.write(file, shortened(stream, percent));
                facts.add(factsOf(stream).replace(stream + ".json", name + ".json"));
            }
        }
        Files.write(cut.resolve("facts.jsonl"), facts);

        Verdict verdict = Verification.of(cut, folder.resolve("scratch"), 0);

        assertThat(verdict.failed()).isEqualTo(streams.size() * 6);
        assertThat(verdict.findings())
                .filteredOn(finding -> finding.fact().equals("status"))
                .allSatisfy(finding -> assertThat(finding.got()).isEqualTo("502"));
        assertThat(verdict.findings()).noneMatch(finding -> finding.got().contains("Exception"));
        // Each ends with an error instead, in the stream or as a status.
        assertThat(
                        verdict.findings().stream()
                                .filter(finding ->
                                        List.of("done", "status").contains(finding.fact()))
                                .map(Finding::file)
                                .filter(file -> file.endsWith(".json"))
                                .distinct())
                .hasSize(streams.size() * 6);
    }

    @Test
    void aRecordingWithoutACaseOrADeploymentFailsAndDisturbsNoOther() throws Exception {
        Path mixed = copied("cohere/plain", line -> line);
        Files.writeString(
                mixed.resolve("facts.jsonl"),
                """
                %s
                {"file": "new/thing.json", "provider": "new", "endpoint": "things"}
                {"file": "new/place.json", "provider": "bedrock", "endpoint": "converse"}
                """
                        .formatted(factsOf("cohere/plain")));
        Files.createDirectories(mixed.resolve("new"));
        Files.writeString(mixed.resolve("new/thing.json"), "{\"response\": {}}");
        Files.writeString(
                mixed.resolve("new/place.json"), "{\"model\": \"invoke/x\", \"response\": {}}");

        Verdict verdict = Verification.of(mixed, folder.resolve("scratch"), 0);

        assertThat(verdict.findings())
                .extracting(Finding::fact)
                .containsExactly("case", "deployment");
        assertThat(verdict.lines()).last().isEqualTo("1 passed, 2 failed");
    }

    @Test
    void factsAreNeededAndMustSpeakOfWhatIsThere() throws Exception {
        Path lost = folder.resolve("lost");
        Files.createDirectories(lost);
        assertThatThrownBy(() -> Verification.of(lost, folder.resolve("scratch"), 0))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessageContaining("facts.jsonl");
        Files.writeString(lost.resolve("facts.jsonl"), factsOf("cohere/plain"));
        assertThatThrownBy(() -> Verification.of(lost, folder.resolve("scratch"), 0))
                .hasMessageContaining("cohere/plain.json");
    }

    @Test
    void everyExceptionIsWrittenDown() throws Exception {
        String root = System.getProperty("sluice.root", "../..");
        List<String> document = Files.readAllLines(Path.of(root, "docs/transcripts.md"));
        Map<String, String> exceptions = new HashMap<>(Cases.EXCEPTED);
        exceptions.put("GET", Cases.ADMINISTRATION);
        exceptions.put("/v1/chat", Cases.FIRST_COHERE);
        exceptions.forEach((endpoint, reason) ->
                assertThat(document)
                        .anyMatch(line ->
                                line.contains("`" + endpoint + "`") && line.contains(reason)));
    }

    /** A folder with one of the fixtures, and its facts changed. */
    private Path copied(String recording, UnaryOperator<String> change) throws Exception {
        Path copy = folder.resolve("copy");
        Path file = copy.resolve(recording + ".json");
        Files.createDirectories(requireNonNull(file.getParent()));
        Files.copy(fixtures().resolve(recording + ".json"), file);
        String facts = factsOf(recording);
        String changed = change.apply(facts);
        Files.writeString(copy.resolve("facts.jsonl"), changed);
        return copy;
    }

    private static String factsOf(String recording) throws Exception {
        return Files.readAllLines(fixtures().resolve("facts.jsonl")).stream()
                .filter(line -> line.contains('"' + recording + ".json\""))
                .findFirst()
                .orElseThrow();
    }

    /** The recording with so much of its stream. */
    private static byte[] shortened(String recording, int percent) throws Exception {
        ObjectNode tree =
                (ObjectNode)
                        JsonTrees.MAPPER.readTree(
                                Files.readAllBytes(fixtures().resolve(recording + ".json")));
        ObjectNode response = (ObjectNode) tree.path("response");
        if (response.has("sse")) {
            String sse = response.path("sse").asText();
            response.put("sse", sse.substring(0, sse.length() * percent / 100));
        } else {
            byte[] bytes = Base64.getDecoder().decode(response.path("eventstream_b64").asText());
            byte[] some = Arrays.copyOf(bytes, bytes.length * percent / 100);
            response.put("eventstream_b64", Base64.getEncoder().encodeToString(some));
        }
        return tree.toString().getBytes(UTF_8);
    }

    private static Path fixtures() throws URISyntaxException {
        var facts = requireNonNull(VerificationIT.class.getResource("facts.jsonl"));
        return requireNonNull(Path.of(facts.toURI()).getParent());
    }

    private static Path shared() throws IOException {
        String set = System.getProperty("sluice.shared", System.getenv("SLUICE_SHARED"));
        Path root = Path.of(System.getProperty("sluice.root", "../.."));
        return (set == null ? root.resolve("../shared") : Path.of(set)).normalize();
    }
}
