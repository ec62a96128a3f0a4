package dev.sluice.batch.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.batch.jobs.Batch;
import dev.sluice.batch.jobs.BatchStatus;
import dev.sluice.batch.jobs.Batches;
import dev.sluice.batch.lines.InputCheck;
import dev.sluice.batch.lines.Line;
import dev.sluice.batch.lines.LineParser;
import dev.sluice.batch.lines.LineReader;
import dev.sluice.batch.lines.Portion;
import dev.sluice.batch.run.Portions.Remaining;
import dev.sluice.batch.storage.Storage;
import dev.sluice.schemas.Digests;

import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * Ends a batch: lines that were not called get an outcome that says so, outcomes become the output
 * and the error file, in the order of the input. May be begun again from any point: files and rows
 * have the same names each time.
 */
final class Finishing {

    private static final int PORTIONS_AT_ONCE = 64;
    private static final int LINES_AT_ONCE = 256;

    private final DSLContext sql;
    private final Storage storage;
    private final Portions portions;
    private final InstantSource clock;

    Finishing(DSLContext sql, Storage storage, InstantSource clock) {
        this.sql = sql;
        this.storage = storage;
        this.portions = new Portions(sql);
        this.clock = clock;
    }

    /**
     * Ends a batch of which no line is being called.
     *
     * @throws IOException if the storage is away: to be tried again
     */
    void finish(Batch batch) throws IOException {
        BatchStatus end = end(batch);
        if (end != BatchStatus.COMPLETED) {
            giveUpTheRest(batch, end);
        }
        String output = write(batch, true);
        String errors = write(batch, false);
        Instant now = clock.instant();
        sql.transaction(transaction -> {
            DSLContext dsl = transaction.dsl();
            int moved =
                    dsl.execute(
                            """
                            UPDATE batches SET status = ?, %s = ?, output_file_id = ?,
                                error_file_id = ?, claimed_by = NULL, claimed_until = NULL,
                                completed = (SELECT count(*) FROM batch_outcomes
                                    WHERE batch_id = batches.id AND succeeded),
                                failed = (SELECT count(*) FROM batch_outcomes
                                    WHERE batch_id = batches.id AND NOT succeeded)
                            WHERE id = ? AND status = ?
                            """
                                    .formatted(end.word() + "_at"),
                            end.word(),
                            Batches.time(now),
                            output,
                            errors,
                            batch.id(),
                            batch.status().word());
            if (moved == 1) {
                dsl.execute("DELETE FROM batch_outcomes WHERE batch_id = ?", batch.id());
                dsl.execute("DELETE FROM batch_portions WHERE batch_id = ?", batch.id());
            }
        });
    }

    private static BatchStatus end(Batch batch) {
        if (batch.status() == BatchStatus.CANCELLING) {
            return BatchStatus.CANCELLED;
        }
        return batch.times().containsKey(BatchStatus.EXPIRED)
                ? BatchStatus.EXPIRED
                : BatchStatus.COMPLETED;
    }

    private void giveUpTheRest(Batch batch, BatchStatus end) throws IOException {
        String code = end == BatchStatus.EXPIRED ? "batch_expired" : "batch_cancelled";
        String message =
                end == BatchStatus.EXPIRED
                        ? "This request could not be executed before the completion window expired."
                        : "This request was not executed because the batch was cancelled.";
        long last = 0;
        for (List<Remaining> some = portions.remaining(batch.id(), last, PORTIONS_AT_ONCE);
                !some.isEmpty();
                some = portions.remaining(batch.id(), last, PORTIONS_AT_ONCE)) {
            for (Remaining rest : some) {
                giveUp(batch, rest.portion(), code, message);
            }
            last = some.getLast().id();
        }
    }

    private void giveUp(Batch batch, Portion place, String code, String message)
            throws IOException {
        Set<Integer> done =
                portions.done(batch.id(), place.firstLine(), place.firstLine() + place.length());
        List<Integer> numbers = new ArrayList<>();
        List<byte[]> outputs = new ArrayList<>();
        var parser = new LineParser(batch.endpoint());
        try (InputStream in = storage.read(batch.inputFileId(), place.offset(), place.length())) {
            var lines =
                    new LineReader(
                            in, InputCheck.LINE_BYTES_MAX, place.offset(), place.firstLine() - 1);
            for (Line line = lines.next(); line != null; line = lines.next()) {
                if (line.isBlank() || done.contains(line.number())) {
                    continue;
                }
                String name =
                        parser.parse(line) instanceof LineParser.Result.Valid(var request)
                                ? request.customIdToken()
                                : null;
                numbers.add(line.number());
                outputs.add(OutputLine.unanswered(batch.id(), line.number(), name, code, message));
            }
        } catch (NoSuchFileException e) {
            // The input file was deleted: its lines cannot be named any more.
            return;
        }
        sql.execute(
                """
                INSERT INTO batch_outcomes (batch_id, line, succeeded, output)
                SELECT ?, l, false, o FROM unnest(?, ?) AS t (l, o)
                ON CONFLICT (batch_id, line) DO NOTHING
                """,
                batch.id(),
                numbers.toArray(Integer[]::new),
                outputs.toArray(byte[][]::new));
    }

    /** Writes one of the two files; null where there is nothing in it. */
    private @Nullable String write(Batch batch, boolean succeeded) throws IOException {
        String id = fileId(batch.id(), succeeded);
        long bytes;
        try (Storage.Draft draft = storage.draft(id)) {
            if (!copy(batch.id(), succeeded, draft)) {
                return null;
            }
            bytes = draft.keep();
        }
        Instant now = clock.instant();
        Long after = batch.outputExpiresAfter();
        sql.execute(
                """
                INSERT INTO batch_files
                    (id, owner, owner_key, purpose, filename, bytes, created_at, expires_at)
                VALUES (?, ?, ?, 'batch_output', ?, ?, ?, ?::timestamptz)
                ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes
                """,
                id,
                batch.owner().tenant(),
                batch.owner().keyHash(),
                "%s_%s.jsonl".formatted(batch.id(), succeeded ? "output" : "error"),
                bytes,
                Batches.time(now),
                after == null ? null : Batches.time(now.plusSeconds(after)));
        return id;
    }

    private boolean copy(String batch, boolean succeeded, Storage.Draft draft) throws IOException {
        int last = 0;
        boolean isEmpty = true;
        while (true) {
            List<Record> rows =
                    new ArrayList<>(
                            sql.fetch(
                                    """
                                    SELECT line, output FROM batch_outcomes
                                    WHERE batch_id = ? AND succeeded = ? AND line > ?
                                    ORDER BY line LIMIT ?
                                    """,
                                    batch,
                                    succeeded,
                                    last,
                                    LINES_AT_ONCE));
            if (rows.isEmpty()) {
                return !isEmpty;
            }
            isEmpty = false;
            for (Record row : rows) {
                byte[] line = row.get("output", byte[].class);
                if (line != null) {
                    draft.write(line, 0, line.length);
                    draft.write(LINE_END, 0, 1);
                }
                last = Math.max(last, row.get("line", int.class));
            }
        }
    }

    private static final byte[] LINE_END = {'\n'};

    /** Cannot be guessed, for the name of a batch cannot; the same each time. */
    private static String fileId(String batch, boolean succeeded) {
        byte[] digest =
                Digests.sha256()
                        .digest((batch + (succeeded ? ":output" : ":error")).getBytes(UTF_8));
        return "file-" + HexFormat.of().formatHex(digest, 0, 12);
    }
}
