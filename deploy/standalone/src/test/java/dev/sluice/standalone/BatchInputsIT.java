package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.simulator.SimulatorSettings;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Files of real prompts and broken ones, through the whole gateway. */
@TestInstance(Lifecycle.PER_CLASS)
class BatchInputsIT {

    private static final Duration READY_WITHIN = Duration.ofSeconds(90);
    private static final Duration ENDED_WITHIN = Duration.ofMinutes(2);
    private static final Set<String> ENDS = Set.of("completed", "failed", "expired", "cancelled");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private Demo demo;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        Assumptions.assumeTrue(Files.isDirectory(prompts().resolve("batch")), "no prompts at hand");
        var simulated =
                SimulatorSettings.defaults(ListenAddress.LOOPBACK, 0).withProfile("instant");
        demo =
                Demo.prepare(
                        DataFolder.open(folder.resolve("data")),
                        HouseProcess.HOME.resolve("binaries"),
                        0,
                        simulated);
        demo.start();
        assertThat(demo.awaitReady(READY_WITHIN)).as("missing: %s", demo.notReady()).isTrue();
    }

    @AfterAll
    void stop() {
        client.close();
        if (demo != null) {
            demo.close();
        }
    }

    private static Path prompts() {
        String set = System.getProperty("sluice.shared", System.getenv("SLUICE_SHARED"));
        Path root = Path.of(System.getProperty("sluice.root", "../.."));
        Path shared = set == null ? root.resolve("../shared") : Path.of(set);
        return shared.resolve("data/prompts").normalize();
    }

    /** One output line a custom_id, and the batch's dollars are those of the provider. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "gsm8k_chat",
                "gsm8k_json_schema_200",
                "mt_bench_chat",
                "mt_bench_multiturn",
                "mt_bench_responses",
                "vicuna_chat",
                "banking77_embeddings_500"
            })
    void everyLineHasItsAnswer(String name) throws Exception {
        byte[] input = Files.readAllBytes(prompts().resolve("batch/" + name + ".jsonl"));
        JsonNode before = truth();

        JsonNode batch = ended(created(name + ".jsonl", input));

        List<JsonNode> asked = rows(new String(input, UTF_8));
        assertThat(batch.path("status").asText()).as(batch.toString()).isEqualTo("completed");
        assertThat(batch.at("/request_counts/completed").asInt()).isEqualTo(asked.size());
        assertThat(batch.path("error_file_id").isNull()).isTrue();
        List<JsonNode> answered = content(batch.path("output_file_id").asText());
        assertThat(answered).extracting(BatchInputsIT::customId).isEqualTo(ids(asked));
        assertThat(answered)
                .allSatisfy(row -> {
                    assertThat(row.at("/response/status_code").asInt()).isEqualTo(200);
                    assertThat(row.at("/response/body/usage/total_tokens").asLong()).isPositive();
                });
        JsonNode after = truth();
        // A line that another file had too may come from the cache: then nobody is asked.
        assertThat(after.path("calls").asLong() - before.path("calls").asLong())
                .isBetween(1L, (long) asked.size());
        assertThat(spentPico(batch))
                .isEqualTo(after.path("cost_pico").asLong() - before.path("cost_pico").asLong());
    }

    @ParameterizedTest
    @CsvSource({
        "invalid_json_line, invalid_json_line, 2",
        "duplicate_custom_id, duplicate_custom_id, 3",
        "missing_custom_id, missing_required_parameter, 2",
        "missing_method, missing_required_parameter, 1",
        "missing_body, missing_required_parameter, 2",
        "wrong_method, invalid_method, 1",
        "url_mismatch, url_mismatch, 2",
        "empty_file, empty_file, 0"
    })
    void aBrokenFileFailsTheBatch(String name, String code, int line) throws Exception {
        JsonNode batch = ended(createdFromBroken(name));

        assertThat(batch.path("status").asText()).as(batch.toString()).isEqualTo("failed");
        JsonNode error = batch.at("/errors/data/0");
        assertThat(error.path("code").asText()).isEqualTo(code);
        assertThat(error.path("line").asInt()).isEqualTo(line);
        assertThat(error.path("message").asText()).isNotEmpty();
        assertThat(batch.path("output_file_id").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "model_mismatch, 2, 0",
        "stream_true, 0, 1",
        "bad_request_line, 2, 1",
        "unknown_model_line, 1, 1",
        "crlf_and_trailing_blank, 2, 0",
        "utf8_bom, 1, 0",
        "unicode, 1, 0"
    })
    void anOddFileIsCarriedOut(String name, int completed, int failed) throws Exception {
        JsonNode batch = ended(createdFromBroken(name));

        assertThat(batch.path("status").asText()).as(batch.toString()).isEqualTo("completed");
        assertThat(batch.at("/request_counts/completed").asInt()).isEqualTo(completed);
        assertThat(batch.at("/request_counts/failed").asInt()).isEqualTo(failed);
        assertThat(batch.path("output_file_id").isNull()).isEqualTo(completed == 0);
        assertThat(batch.path("error_file_id").isNull()).isEqualTo(failed == 0);
        if (completed > 0) {
            byte[] input = broken(name + ".jsonl");
            assertThat(ids(rows(new String(input, UTF_8).replace("\uFEFF", ""))))
                    .containsAll(ids(content(batch.path("output_file_id").asText())));
        }
    }

    @Test
    void whatIsNoJsonlIsRefusedAtOnce() throws Exception {
        HttpResponse<String> refused = upload("not_jsonl.txt", broken("not_jsonl.txt"));

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("Must be .jsonl");
    }

    private JsonNode createdFromBroken(String name) throws Exception {
        return created(name + ".jsonl", broken(name + ".jsonl"));
    }

    private static byte[] broken(String file) throws IOException {
        return Files.readAllBytes(prompts().resolve("batch_invalid").resolve(file));
    }

    private JsonNode created(String filename, byte[] input) throws Exception {
        HttpResponse<String> file = upload(filename, input);
        assertThat(file.statusCode()).as(file.body()).isEqualTo(200);
        HttpResponse<String> batch =
                send(
                        request("/v1/batches")
                                .header("Content-Type", "application/json")
                                .POST(
                                        BodyPublishers.ofString(
                                                """
                                                {"input_file_id": "%s", "endpoint": "%s", "completion_window": "24h"}
                                                """
                                                        .formatted(
                                                                JSON.readTree(file.body())
                                                                        .path("id")
                                                                        .asText(),
                                                                endpoint(filename)))));
        assertThat(batch.statusCode()).as(batch.body()).isEqualTo(200);
        return JSON.readTree(batch.body());
    }

    private static String endpoint(String filename) {
        return filename.contains("embeddings")
                ? "/v1/embeddings"
                : filename.contains("responses") ? "/v1/responses" : "/v1/chat/completions";
    }

    private HttpResponse<String> upload(String filename, byte[] content) throws Exception {
        var body = new ByteArrayOutputStream();
        body.write(
                """
                --cut\r
                Content-Disposition: form-data; name="purpose"\r
                \r
                batch\r
                --cut\r
                Content-Disposition: form-data; name="file"; filename="%s"\r
                \r
                """
                        .formatted(filename)
                        .getBytes(UTF_8));
        body.write(content);
        body.write("\r\n--cut--\r\n".getBytes(UTF_8));
        return send(
                request("/v1/files")
                        .header("Content-Type", "multipart/form-data; boundary=cut")
                        .POST(BodyPublishers.ofByteArray(body.toByteArray())));
    }

    private JsonNode ended(JsonNode batch) {
        return await().atMost(ENDED_WITHIN)
                .until(
                        () ->
                                JSON.readTree(
                                        send(request("/v1/batches/" + batch.path("id").asText()))
                                                .body()),
                        now -> ENDS.contains(now.path("status").asText()));
    }

    private List<JsonNode> content(String file) throws Exception {
        return rows(send(request("/v1/files/" + file + "/content")).body());
    }

    /** Only line feeds end lines: Unicode knows more. */
    private static List<JsonNode> rows(String text) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        for (String row : text.split("\n", -1)) {
            if (!row.isBlank()) {
                rows.add(JSON.readTree(row));
            }
        }
        return rows;
    }

    private static List<String> ids(List<JsonNode> rows) {
        return rows.stream().map(BatchInputsIT::customId).toList();
    }

    private static String customId(JsonNode row) {
        return row.path("custom_id").asText();
    }

    private static long spentPico(JsonNode batch) {
        return new BigDecimal(batch.at("/sluice/spend").asText())
                .movePointRight(12)
                .longValueExact();
    }

    /** What the provider would bill, in sum. */
    private JsonNode truth() throws Exception {
        URI ledger = URI.create(demo.simulatorUrl() + "/_sim/ledger?attempts=0");
        var request = HttpRequest.newBuilder(ledger).build();
        return JSON.readTree(send(request).body()).path("totals");
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(demo.url() + path))
                .header("Authorization", "Bearer " + demo.key().reveal());
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return send(request.build());
    }

    private HttpResponse<String> send(HttpRequest request) throws Exception {
        return client.send(request, BodyHandlers.ofString(UTF_8));
    }
}
