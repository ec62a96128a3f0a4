package dev.sluice.batch.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.batch.BatchDatabase;
import dev.sluice.batch.BatchServiceSettings;
import dev.sluice.batch.BatchServiceSettings.Limits;
import dev.sluice.batch.jobs.Batch;
import dev.sluice.batch.jobs.BatchStatus;
import dev.sluice.batch.jobs.Batches;
import dev.sluice.batch.jobs.Ids;
import dev.sluice.batch.jobs.NewBatch;
import dev.sluice.batch.jobs.Owner;
import dev.sluice.batch.run.ScriptedIngress.Reply;
import dev.sluice.batch.storage.FolderStorage;
import dev.sluice.batch.storage.Storage;
import dev.sluice.providers.transport.SocketTransport;
import dev.sluice.providers.transport.TransportSettings;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;
import dev.sluice.testkit.PostgresDatabase;
import dev.sluice.testkit.PostgresExtension;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Batches from their file to their files, over a real broker and database. */
@ExtendWith({KafkaExtension.class, PostgresExtension.class})
class BatchEngineIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final Owner OWNER = new Owner("team:one", "hash-one");

    private final ScriptedIngress ingress = new ScriptedIngress();
    private final BatchDatabase database;
    private final BatchServiceSettings settings;
    private final Storage storage;
    private final Batches batches;
    private final List<BatchEngine> engines = new ArrayList<>();

    BatchEngineIT(KafkaBroker kafka, PostgresDatabase postgres, @TempDir Path folder)
            throws IOException {
        settings =
                new BatchServiceSettings(
                        "127.0.0.1",
                        0,
                        folder,
                        KafkaSettings.of(kafka.bootstrapServers()),
                        new BatchDatabase.Access(
                                postgres.jdbcUrl(),
                                postgres.user(),
                                new Secret(postgres.password()),
                                8,
                                Duration.ofSeconds(5)),
                        ingress.url(),
                        new Secret("service-credential"),
                        new Limits(512L << 20, 200L << 20, 50_000, 64, 2_048));
        database = new BatchDatabase(settings.database());
        storage = new FolderStorage(folder.resolve("files"));
        batches = new Batches(database.sql());
    }

    @BeforeEach
    void start() {
        database.migrate();
        database.sql().execute("TRUNCATE batches, batch_files, batch_duties CASCADE");
        engine();
    }

    @AfterEach
    void close() {
        engines.forEach(BatchEngine::close);
        database.close();
        ingress.close();
    }

    private BatchEngine engine() {
        var engine =
                new BatchEngine(
                        settings,
                        database.sql(),
                        storage,
                        new SocketTransport(TransportSettings.defaults()),
                        InstantSource.system(),
                        new SimpleMeterRegistry());
        engines.add(engine);
        engine.start();
        return engine;
    }

    @Test
    void givesEachLineOneOutcomeInTheOrderOfTheInput() throws Exception {
        ingress.answers(prompt ->
                prompt.endsWith("7") ? new Reply(400, "{\"error\":{\"code\":\"400\"}}") : Reply.OK);
        Batch batch = submit(lines(200));

        Batch done = ended(batch, BatchStatus.COMPLETED);

        assertThat(done.counts()).isEqualTo(new Batch.Counts(200, 180, 20, 0));
        assertThat(done.model()).isEqualTo("m");
        assertThat(done.usage())
                .isEqualTo(new Batch.BatchUsage(200L * 1_500_000, 180 * 7, 360, 540, 0));
        assertThat(names(done.outputFileId()))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 200)
                                .filter(i -> i % 10 != 7)
                                .mapToObj(i -> "line-" + i)
                                .toList());
        JsonNode first = rows(done.outputFileId()).getFirst();
        assertThat(first.at("/response/status_code").asInt()).isEqualTo(200);
        assertThat(first.at("/response/request_id").asText()).isEqualTo("call-p1");
        assertThat(first.at("/response/body/id").asText()).isEqualTo("c1");
        assertThat(first.path("error").isNull()).isTrue();
        JsonNode refused = rows(done.errorFileId()).getFirst();
        assertThat(refused.path("custom_id").asText()).isEqualTo("line-7");
        assertThat(refused.at("/response/status_code").asInt()).isEqualTo(400);
        assertThat(ingress.calls()).isEqualTo(200);
        assertThat(ingress.heads().element())
                .containsEntry("authorization", "Bearer service-credential")
                .containsEntry("on-behalf-of", "hash-one")
                .containsEntry("batch", batch.id());
        assertThat(database.sql().fetchCount(DSL.table("batch_outcomes"))).isZero();
        assertThat(database.sql().fetchCount(DSL.table("batch_portions"))).isZero();
    }

    @Test
    void callsALineAgainThatMetALimitOrAFault() throws Exception {
        var failures = new AtomicInteger();
        ingress.answers(prompt ->
                failures.incrementAndGet() <= 6
                        ? new Reply(failures.get() % 2 == 0 ? 429 : 500, "{}")
                        : Reply.OK);

        Batch done = ended(submit(lines(5)), BatchStatus.COMPLETED);

        assertThat(done.counts()).isEqualTo(new Batch.Counts(5, 5, 0, 0));
        assertThat(ingress.calls()).isEqualTo(11);
    }

    @Test
    void aLimitIsNotAskedForByEveryLine() throws Exception {
        long opensAt = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        var refused = new AtomicInteger();
        ingress.answers(_ -> {
            if (System.nanoTime() < opensAt) {
                refused.incrementAndGet();
                return new Reply(429, "{}");
            }
            return Reply.OK;
        });

        Batch done = ended(submit(lines(2_000)), BatchStatus.COMPLETED);

        assertThat(done.counts()).isEqualTo(new Batch.Counts(2_000, 2_000, 0, 0));
        assertThat(refused.get()).as("of 2,000 lines, three times at most").isLessThan(150);
    }

    @Test
    void aFaultThatStaysIsTheOutcomeAfterFiveTries() throws Exception {
        ingress.answers(_ -> new Reply(500, "{\"error\":{\"message\":\"down\"}}"));

        Batch done = ended(submit(lines(1)), BatchStatus.COMPLETED);

        assertThat(done.counts()).isEqualTo(new Batch.Counts(1, 0, 1, 0));
        assertThat(done.outputFileId()).isNull();
        assertThat(rows(done.errorFileId()).getFirst().at("/response/status_code").asInt())
                .isEqualTo(500);
        assertThat(ingress.calls()).isEqualTo(LineCaller.TRIES_MAX);
    }

    @Test
    void aWrongFileFailsTheBatchWithTheLine() throws Exception {
        Batch failed = ended(submit(lines(2) + "{broken\n" + lines(1)), BatchStatus.FAILED);

        JsonNode errors = JSON.readTree(failed.errors());
        assertThat(errors.at("/data/0/code").asText()).isEqualTo("invalid_json_line");
        assertThat(errors.at("/data/0/line").asInt()).isEqualTo(3);
        assertThat(errors.at("/data/1/code").asText()).isEqualTo("duplicate_custom_id");
        assertThat(errors.at("/data/1/line").asInt()).isEqualTo(4);
        assertThat(ingress.calls()).isZero();
    }

    @Test
    void cancellingStopsWithinTwoSecondsAndKeepsWhatIsDone() throws Exception {
        var slow = new AtomicBoolean();
        ingress.answers(_ -> {
            if (slow.get()) {
                pause(Duration.ofSeconds(30));
            }
            return Reply.OK;
        });
        Batch batch = submit(lines(6_000));
        await().atMost(PATIENCE).until(() -> find(batch).counts().completed() > 0);
        slow.set(true);

        long asked = System.nanoTime();
        batches.cancel(batch.id(), Instant.now());
        Batch ended = ended(batch, BatchStatus.CANCELLED);
        Duration took = Duration.ofNanos(System.nanoTime() - asked);
        int calls = ingress.calls();

        assertThat(took).isLessThan(Duration.ofSeconds(3));
        Batch.Counts counts = ended.counts();
        assertThat(counts.completed()).isPositive();
        assertThat(counts.completed() + counts.failed()).isEqualTo(6_000);
        assertThat(names(ended.outputFileId())).hasSize(counts.completed());
        assertThat(rows(ended.errorFileId()).getLast().at("/error/code").asText())
                .isEqualTo("batch_cancelled");
        assertThat(rows(ended.errorFileId()).getLast().path("custom_id").asText())
                .isEqualTo("line-6000");
        await().during(Duration.ofMillis(500)).until(() -> ingress.calls() == calls);
    }

    @Test
    void cancellingWhileItIsValidatedEndsItToo() throws Exception {
        Batch batch = submit(lines(30_000));
        batches.cancel(batch.id(), Instant.now());

        Batch ended = ended(batch, BatchStatus.CANCELLED);

        assertThat(ended.counts().completed()).isZero();
        assertThat(ingress.calls()).isZero();
    }

    @Test
    void theEndOfTheWindowKeepsWhatIsDoneAndNamesTheRest() throws Exception {
        ingress.answers(prompt -> prompt.equals("p1") ? Reply.OK : new Reply(429, "{}"));

        Batch ended =
                ended(submit(lines(3), OWNER, Duration.ofSeconds(4), null), BatchStatus.EXPIRED);

        assertThat(ended.counts()).isEqualTo(new Batch.Counts(3, 1, 2, 0));
        assertThat(names(ended.outputFileId())).containsExactly("line-1");
        assertThat(names(ended.errorFileId())).containsExactly("line-2", "line-3");
        assertThat(rows(ended.errorFileId()).getFirst().at("/error/code").asText())
                .isEqualTo("batch_expired");
        assertThat(rows(ended.errorFileId()).getFirst().path("response").isNull()).isTrue();
    }

    @Test
    void whatMayBeSpentEndsTheCalls() throws Exception {
        Batch done =
                ended(
                        submit(lines(3_000), OWNER, Duration.ofHours(1), 100 * 1_500_000L),
                        BatchStatus.COMPLETED);

        assertThat(done.counts().completed()).isBetween(100, 2_999);
        assertThat(done.counts().completed() + done.counts().failed()).isEqualTo(3_000);
        assertThat(rows(done.errorFileId()).getLast().at("/error/code").asText())
                .isEqualTo("spend_cap_reached");
    }

    @Test
    void anotherProcessGoesOnWhereOneIsClosed() throws Exception {
        ingress.answers(_ -> {
            pause(Duration.ofMillis(20));
            return Reply.OK;
        });
        Batch batch = submit(lines(2_000));
        await().atMost(PATIENCE).until(() -> find(batch).counts().completed() > 100);
        engine();
        engines.removeFirst().close();

        Batch done = ended(batch, BatchStatus.COMPLETED);

        assertThat(done.counts().completed()).isEqualTo(2_000);
        assertThat(names(done.outputFileId())).hasSize(2_000).doesNotHaveDuplicates();
        // Calls that were under way when it closed were ended, and are made again.
        assertThat(ingress.calls() - 2_000).isBetween(0, 64);
    }

    @Test
    void aSmallBatchDoesNotWaitForAnotherTenantsLargeOne() throws Exception {
        ingress.answers(_ -> {
            pause(Duration.ofMillis(30));
            return Reply.OK;
        });
        Batch large = submit(lines(20_000));
        await().atMost(PATIENCE).until(() -> find(large).counts().completed() > 0);

        Batch small =
                submit(lines(50), new Owner("team:two", "hash-two"), Duration.ofHours(20), null);

        ended(small, BatchStatus.COMPLETED);
        assertThat(find(large).counts().open()).isPositive();
        batches.cancel(large.id(), Instant.now());
        ended(large, BatchStatus.CANCELLED);
    }

    private static void pause(Duration time) {
        try {
            TimeUnit.NANOSECONDS.sleep(time.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    static String lines(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i ->
                        """
                        {"custom_id":"line-%d","method":"POST","url":"/v1/chat/completions",\
                        "body":{"model":"m","messages":[{"role":"user","content":"p%d"}]}}
                        """
                                .formatted(i, i))
                .collect(Collectors.joining());
    }

    private Batch submit(String input) throws IOException {
        return submit(input, OWNER, Duration.ofHours(24), null);
    }

    private Batch submit(String input, Owner owner, Duration window, @Nullable Long cap)
            throws IOException {
        String file = Ids.file();
        byte[] bytes = input.getBytes(UTF_8);
        try (Storage.Draft draft = storage.draft(file)) {
            draft.write(bytes, 0, bytes.length);
            draft.keep();
        }
        database.sql()
                .execute(
                        "INSERT INTO batch_files VALUES (?, ?, ?, 'batch', 'in.jsonl', ?, now())",
                        file,
                        owner.tenant(),
                        owner.keyHash(),
                        (long) bytes.length);
        Instant now = Instant.now();
        Batch batch =
                batches.create(
                        new NewBatch(
                                owner,
                                "/v1/chat/completions",
                                file,
                                "24h",
                                Batch.Mode.GATEWAY,
                                null,
                                null,
                                cap,
                                now,
                                now.plus(window)));
        engines.getLast().wake();
        return batch;
    }

    private Batch find(Batch batch) {
        return batches.find(batch.id()).orElseThrow();
    }

    private Batch ended(Batch batch, BatchStatus end) {
        await().atMost(PATIENCE).until(() -> find(batch).status().isFinal());
        Batch ended = find(batch);
        assertThat(ended.status()).as(String.valueOf(ended.errors())).isEqualTo(end);
        return ended;
    }

    private List<String> names(@Nullable String file) throws IOException {
        return rows(file).stream().map(row -> row.path("custom_id").asText()).toList();
    }

    private List<JsonNode> rows(@Nullable String file) throws IOException {
        assertThat(file).isNotNull();
        try (InputStream in = storage.read(String.valueOf(file), 0, -1)) {
            List<JsonNode> rows = new ArrayList<>();
            for (String line : new String(in.readAllBytes(), UTF_8).lines().toList()) {
                rows.add(JSON.readTree(line));
            }
            return rows;
        }
    }
}
