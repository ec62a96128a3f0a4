package dev.sluice.batch.api;

import dev.sluice.batch.jobs.Batch;
import dev.sluice.batch.jobs.BatchStatus;
import dev.sluice.batch.jobs.Batches;
import dev.sluice.batch.jobs.NewBatch;
import dev.sluice.batch.jobs.StoredFile;
import dev.sluice.batch.jobs.StoredFiles;

import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jooq.DSLContext;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** OpenAI's {@code /v1/batches}: what is asked for is written down; others work it off. */
public final class BatchesApi {

    private static final int BODY_BYTES_MAX = 1 << 20;
    private static final int LIST_USUAL = 20;
    private static final int LIST_MAX = 100;

    private final DSLContext sql;
    private final Batches batches;
    private final Runnable wake;
    private final InstantSource clock;

    /**
     * @param wake called after a batch was created or cancelled
     */
    public BatchesApi(DSLContext sql, Runnable wake, InstantSource clock) {
        this.sql = sql;
        this.batches = new Batches(sql);
        this.wake = wake;
        this.clock = clock;
    }

    /** Registers the routes. */
    public void register(HttpRouting.Builder routing) {
        routing.post("/v1/batches", this::create)
                .get("/v1/batches", this::list)
                .get("/v1/batches/{id}", this::retrieve)
                .post("/v1/batches/{id}/cancel", this::cancel);
    }

    private void create(ServerRequest request, ServerResponse response) {
        Visitor visitor = Visitor.of(request.headers());
        CreateRequest wanted = CreateRequest.of(Json.body(bytes(request, response)));
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Batch batch =
                sql.transactionResult(transaction -> {
                    // Held, so that nobody deletes it in between.
                    StoredFile file =
                            Query.known(wanted.inputFileId())
                                    .flatMap(id -> new StoredFiles(transaction.dsl()).hold(id, now))
                                    .filter(found -> visitor.reads(found.owner()))
                                    .orElseThrow(() ->
                                            Refused.noFile(wanted.inputFileId(), "input_file_id"));
                    if (!file.purpose().equals(StoredFile.BATCH)) {
                        throw Refused.invalidValue(
                                "Invalid file purpose '%s' for a batch's input. Must be 'batch'."
                                        .formatted(file.purpose()),
                                "input_file_id");
                    }
                    return new Batches(transaction.dsl()).create(written(visitor, wanted, now));
                });
        wake.run();
        Answers.send(response, Shown.batch(batch, now));
    }

    private static NewBatch written(Visitor visitor, CreateRequest wanted, Instant now) {
        return new NewBatch(
                visitor.owner(),
                wanted.endpoint(),
                wanted.inputFileId(),
                wanted.window(),
                wanted.mode(),
                wanted.metadata(),
                wanted.outputExpiresAfter(),
                wanted.spendCapPico(),
                now,
                now.plus(wanted.within()));
    }

    private void list(ServerRequest request, ServerResponse response) {
        Visitor visitor = Visitor.of(request.headers());
        var query = new Query(request);
        int limit = query.number("limit", LIST_USUAL, 1, LIST_MAX);
        Instant now = clock.instant();
        List<Batch> found = batches.list(visitor.listed(), query.text("after"), limit + 1);
        Answers.send(
                response,
                Shown.page(found.stream().map(batch -> Shown.batch(batch, now)).toList(), limit));
    }

    private void retrieve(ServerRequest request, ServerResponse response) {
        Visitor visitor = Visitor.of(request.headers());
        Answers.send(response, Shown.batch(shown(visitor, request), clock.instant()));
    }

    private void cancel(ServerRequest request, ServerResponse response) {
        Visitor visitor = Visitor.of(request.headers());
        Batch before = shown(visitor, request);
        if (!visitor.changes(before.owner())) {
            throw Refused.forbidden("This batch may be read, not cancelled.");
        }
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Batch batch = batches.cancel(before.id(), now);
        if (batch.status() != BatchStatus.CANCELLING && batch.status() != BatchStatus.CANCELLED) {
            throw Refused.conflict(
                    "Cannot cancel a batch with status '%s'.".formatted(batch.status().word()));
        }
        wake.run();
        Answers.send(response, Shown.batch(batch, now));
    }

    /** The batch that the path names, if it may be seen. */
    private Batch shown(Visitor visitor, ServerRequest request) {
        String id = request.path().pathParameters().get("id");
        return Query.known(id)
                .flatMap(batches::find)
                .filter(batch -> visitor.reads(batch.owner()))
                .orElseThrow(() -> Refused.noBatch(id));
    }

    private static byte[] bytes(ServerRequest request, ServerResponse response) {
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        try {
            byte[] bytes = request.content().inputStream().readNBytes(BODY_BYTES_MAX + 1);
            if (bytes.length > BODY_BYTES_MAX) {
                response.header(HeaderValues.CONNECTION_CLOSE);
                throw Refused.tooLarge(
                        "The body is larger than %d bytes.".formatted(BODY_BYTES_MAX));
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
