package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.MultipartField;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.batches.BatchRequestCounts;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;

import dev.sluice.simulator.SimulatorSettings;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Files and batches by OpenAI's own clients, with nothing changed but base URL and key. */
@TestInstance(Lifecycle.PER_CLASS)
class BatchClientsIT {

    private static final Duration READY_WITHIN = Duration.ofSeconds(90);
    private static final String LINE = line("1", "gpt-4o-mini");

    private Demo demo;
    private OpenAIClient client;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
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
        client =
                OpenAIOkHttpClient.builder()
                        .baseUrl(demo.url() + "/v1")
                        .apiKey(demo.key().reveal())
                        .maxRetries(0)
                        .build();
    }

    @AfterAll
    void stop() {
        client.close();
        demo.close();
    }

    private static String line(String id, String model) {
        return """
        {"custom_id":"%s","method":"POST","url":"/v1/chat/completions",\
        "body":{"model":"%s","messages":[{"role":"user","content":"Say %s."}]}}
        """
                .formatted(id, model, id);
    }

    private FileObject upload(String filename, String content) {
        return client.files()
                .create(
                        FileCreateParams.builder()
                                .purpose(FilePurpose.BATCH)
                                .file(
                                        MultipartField.<InputStream>builder()
                                                .value(
                                                        new ByteArrayInputStream(
                                                                content.getBytes(UTF_8)))
                                                .filename(filename)
                                                .build())
                                .build());
    }

    @Test
    void uploadsListsReadsAndDeletesAFile() throws Exception {
        FileObject file = upload("jäva.jsonl", LINE);

        assertThat(file.filename()).isEqualTo("jäva.jsonl");
        assertThat(file.bytes()).isEqualTo(LINE.length());
        assertThat(client.files().retrieve(file.id())).isEqualTo(file);
        assertThat(client.files().list().autoPager()).contains(file);
        try (var content = client.files().content(file.id())) {
            assertThat(new String(content.body().readAllBytes(), UTF_8)).isEqualTo(LINE);
        }
        assertThat(client.files().delete(file.id()).deleted()).isTrue();
        assertThatThrownBy(() -> client.files().retrieve(file.id()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("No such File object: " + file.id());
        assertThatThrownBy(() -> upload("a.txt", "x"))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("Must be .jsonl");
    }

    @Test
    void carriesOutABatch() throws Exception {
        FileObject file =
                upload("in.jsonl", LINE + line("2", "no-such-model") + line("3", "gpt-4o"));

        Batch batch = create(file);

        assertThat(batch.inputFileId()).isEqualTo(file.id());
        assertThat(client.batches().list().autoPager()).extracting(Batch::id).contains(batch.id());
        Batch done = ended(batch);
        assertThat(done.status()).isEqualTo(Batch.Status.COMPLETED);
        BatchRequestCounts counts = done.requestCounts().orElseThrow();
        assertThat(counts.total()).isEqualTo(3);
        assertThat(counts.completed()).isEqualTo(2);
        assertThat(counts.failed()).isOne();
        List<JsonNode> output = rows(done.outputFileId().orElseThrow());
        assertThat(output)
                .extracting(row -> row.path("custom_id").asText())
                .containsExactly("1", "3");
        assertThat(output)
                .allSatisfy(row -> {
                    assertThat(row.at("/response/status_code").asInt()).isEqualTo(200);
                    assertThat(row.at("/response/body/choices/0/message/content").asText())
                            .isNotEmpty();
                });
        assertThat(rows(done.errorFileId().orElseThrow()))
                .singleElement()
                .satisfies(row -> {
                    assertThat(row.path("custom_id").asText()).isEqualTo("2");
                    assertThat(row.at("/response/status_code").asInt()).isIn(400, 404);
                    assertThat(row.at("/response/body/error/message").asText())
                            .contains("no-such-model");
                });
        assertThatThrownBy(() -> client.batches().cancel(done.id()))
                .hasMessageContaining("Cannot cancel a batch");
    }

    @Test
    void cancelsABatch() {
        String many =
                IntStream.range(0, 40_000)
                        .mapToObj(i -> line("line-" + i, "gpt-4o-mini"))
                        .collect(Collectors.joining());
        Batch batch = create(upload("many.jsonl", many));

        assertThat(client.batches().cancel(batch.id()).status())
                .isIn(Batch.Status.CANCELLING, Batch.Status.CANCELLED);

        Batch ended = ended(batch);
        assertThat(ended.status()).isEqualTo(Batch.Status.CANCELLED);
        assertThat(ended.requestCounts().orElseThrow().completed()).isLessThan(40_000);
    }

    private Batch create(FileObject file) {
        return client.batches()
                .create(
                        BatchCreateParams.builder()
                                .inputFileId(file.id())
                                .endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
                                .completionWindow(BatchCreateParams.CompletionWindow._24H)
                                .build());
    }

    private Batch ended(Batch batch) {
        return await().atMost(Duration.ofSeconds(60))
                .until(
                        () -> client.batches().retrieve(batch.id()).validate(),
                        now ->
                                Set.of(
                                                Batch.Status.COMPLETED,
                                                Batch.Status.FAILED,
                                                Batch.Status.CANCELLED)
                                        .contains(now.status()));
    }

    private List<JsonNode> rows(String file) throws IOException {
        List<JsonNode> rows = new ArrayList<>();
        try (var content = client.files().content(file)) {
            for (String row : new String(content.body().readAllBytes(), UTF_8).lines().toList()) {
                rows.add(new ObjectMapper().readTree(row));
            }
        }
        return rows;
    }

    @Test
    void servesTheNodeClient() throws Exception {
        Path folder = NodeClient.installed("batches.mjs");

        String output =
                NodeClient.run(folder, "batches.mjs", demo.url() + "/v1", demo.key().reveal());

        JsonNode seen = new ObjectMapper().readTree(output);
        assertThat(seen.path("filename").asText()).isEqualTo("nöde.jsonl");
        assertThat(seen.path("life").asInt()).isEqualTo(7200);
        assertThat(seen.path("sameFile").asBoolean()).isTrue();
        assertThat(seen.path("listed").toString()).contains("true");
        assertThat(seen.path("sameContent").asBoolean()).isTrue();
        assertThat(seen.path("status").asText()).isEqualTo("validating");
        assertThat(seen.path("metadata").toString()).isEqualTo("{\"from\":\"node\"}");
        assertThat(seen.path("batches").asInt()).isOne();
        assertThat(seen.path("ended").asText()).isEqualTo("completed");
        assertThat(seen.path("output").asText()).isEqualTo("1 200");
        assertThat(seen.path("cancelled").asText()).startsWith("409 ");
        assertThat(seen.path("missing").asText())
                .isEqualTo("404 404 No such File object: file-none");
        assertThat(seen.path("notJsonl").asText())
                .isEqualTo("400 400 Invalid file format for Batch API. Must be .jsonl");
    }
}
