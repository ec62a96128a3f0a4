package dev.sluice.batch.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;

import dev.sluice.batch.jobs.Batch;
import dev.sluice.batch.jobs.Batches;
import dev.sluice.batch.lines.InputCheck;
import dev.sluice.batch.lines.LineProblem;
import dev.sluice.batch.storage.Storage;

import org.jooq.DSLContext;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/** Reads the input file of a new batch; what comes of it is one transaction. */
final class Validation {

    private static final JsonFactory JSON = new JsonFactory();

    private final DSLContext sql;
    private final Storage storage;
    private final long bytesMax;
    private final int linesMax;
    private final InstantSource clock;

    Validation(DSLContext sql, Storage storage, long bytesMax, int linesMax, InstantSource clock) {
        this.sql = sql;
        this.storage = storage;
        this.bytesMax = bytesMax;
        this.linesMax = linesMax;
        this.clock = clock;
    }

    /**
     * Moves a batch on from {@code validating}.
     *
     * @throws IOException if the storage is away: to be tried again
     */
    void validate(Batch batch) throws IOException {
        Long bytes =
                sql.fetchOptional("SELECT bytes FROM batch_files WHERE id = ?", batch.inputFileId())
                        .map(row -> row.get("bytes", Long.class))
                        .orElse(null);
        if (bytes == null) {
            fail(batch, new LineProblem("missing_file", null, "The input file is gone.", null));
            return;
        }
        if (bytes > bytesMax) {
            fail(
                    batch,
                    new LineProblem(
                            "file_too_large",
                            null,
                            "The input file has more than %d bytes.".formatted(bytesMax),
                            null));
            return;
        }
        InputCheck.Found found;
        try (InputStream file = storage.read(batch.inputFileId(), 0, -1)) {
            found = InputCheck.read(file, batch.endpoint(), linesMax, _ -> {});
        } catch (NoSuchFileException e) {
            fail(batch, new LineProblem("missing_file", null, "The input file is gone.", null));
            return;
        }
        if (found.problems().isEmpty()) {
            begin(batch, found);
        } else {
            fail(batch, found.problems().toArray(LineProblem[]::new));
        }
    }

    private void begin(Batch batch, InputCheck.Found found) {
        Instant now = clock.instant();
        sql.transaction(transaction -> {
            int moved =
                    transaction
                            .dsl()
                            .execute(
                                    """
                                    UPDATE batches SET status = 'in_progress', in_progress_at = ?,
                                        total = ?, model = ?, claimed_by = NULL,
                                        claimed_until = NULL
                                    WHERE id = ? AND status = 'validating'
                                    """,
                                    Batches.time(now),
                                    found.requests(),
                                    found.model(),
                                    batch.id());
            if (moved == 1) {
                Portions.insert(transaction.dsl(), batch.id(), found.portions(), 0, 0, now);
            }
        });
    }

    private void fail(Batch batch, LineProblem... problems) {
        new Batches(sql).fail(batch.id(), errors(List.of(problems)), clock.instant());
    }

    /** OpenAI's {@code errors} object. */
    static String errors(List<LineProblem> problems) {
        var out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            for (LineProblem problem : problems) {
                json.writeStartObject();
                json.writeStringField("code", problem.code());
                json.writeFieldName("line");
                Integer line = problem.line();
                if (line == null) {
                    json.writeNull();
                } else {
                    json.writeNumber(line);
                }
                json.writeStringField("message", problem.message());
                json.writeStringField("param", problem.param());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return out.toString(UTF_8);
    }
}
