package dev.sluice.batch.jobs;

import static java.time.ZoneOffset.UTC;
import static java.util.Objects.requireNonNull;

import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The table of batches. Every change of a status names the status that it leaves, so that of two
 * who change it at once one does.
 *
 * <p>All methods throw {@link org.jooq.exception.DataAccessException} where the database is away.
 */
public final class Batches {

    private static final List<BatchStatus> TIMED =
            List.of(
                    BatchStatus.IN_PROGRESS,
                    BatchStatus.FINALIZING,
                    BatchStatus.COMPLETED,
                    BatchStatus.FAILED,
                    BatchStatus.EXPIRED,
                    BatchStatus.CANCELLING,
                    BatchStatus.CANCELLED);

    private final DSLContext sql;

    /** The table behind a connection pool. */
    public Batches(DSLContext sql) {
        this.sql = sql;
    }

    /** Writes a batch down as to be validated. */
    public Batch create(NewBatch wanted) {
        String id = Ids.batch();
        sql.execute(
                """
                INSERT INTO batches (id, owner, owner_key, endpoint, input_file_id,
                    completion_window, status, mode, metadata, output_expires_after,
                    spend_cap_pico, created_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, 'validating', ?, ?, ?, ?, ?, ?)
                """,
                id,
                wanted.owner().tenant(),
                wanted.owner().keyHash(),
                wanted.endpoint(),
                wanted.inputFileId(),
                wanted.window(),
                wanted.mode().name().toLowerCase(Locale.ROOT),
                wanted.metadata(),
                wanted.outputExpiresAfter(),
                wanted.spendCapPico(),
                time(wanted.createdAt()),
                time(wanted.expiresAt()));
        return find(id).orElseThrow();
    }

    /** A batch by its name, whosever it is. */
    public Optional<Batch> find(String id) {
        return sql.fetchOptional("SELECT * FROM batches WHERE id = ?", id).map(Batches::batch);
    }

    /**
     * Batches, the newest first.
     *
     * @param tenant whose; null for everybody's
     * @param after the batch before the first one wanted; null for the newest. One that does not
     *     exist, or is another's, gives none
     */
    public List<Batch> list(@Nullable String tenant, @Nullable String after, int limit) {
        var query = new StringBuilder("SELECT * FROM batches WHERE true");
        List<Object> values = new ArrayList<>();
        if (tenant != null) {
            query.append(" AND owner = ?");
            values.add(tenant);
        }
        if (after != null) {
            query.append(
                    " AND (created_at, id) < (SELECT created_at, id FROM batches WHERE id = ?");
            values.add(after);
            if (tenant != null) {
                query.append(" AND owner = ?");
                values.add(tenant);
            }
            query.append(")");
        }
        query.append(" ORDER BY created_at DESC, id DESC LIMIT ?");
        values.add(limit);
        return sql.fetch(query.toString(), values.toArray()).map(Batches::batch);
    }

    /**
     * Moves a batch on.
     *
     * @return false if it is not in {@code from} any more
     */
    public boolean move(String id, BatchStatus from, BatchStatus to, Instant at) {
        return sql.execute(
                        "UPDATE batches SET status = ?, %s = ? WHERE id = ? AND status = ?"
                                .formatted(to.word() + "_at"),
                        to.word(),
                        time(at),
                        id,
                        from.word())
                == 1;
    }

    /**
     * Asks that no further line is called.
     *
     * @return the batch as it is then; unchanged where it has ended or is about to
     */
    public Batch cancel(String id, Instant at) {
        if (!move(id, BatchStatus.IN_PROGRESS, BatchStatus.CANCELLING, at)) {
            move(id, BatchStatus.VALIDATING, BatchStatus.CANCELLING, at);
        }
        return find(id).orElseThrow();
    }

    /** Ends a batch that could not begin. */
    public boolean fail(String id, String errors, Instant at) {
        return sql.execute(
                        """
                        UPDATE batches SET status = 'failed', failed_at = ?, errors = ?
                        WHERE id = ? AND status = 'validating'
                        """,
                        time(at),
                        errors,
                        id)
                == 1;
    }

    /** An instant as a value of a statement: a plain one would be taken for text. */
    public static Field<OffsetDateTime> time(Instant at) {
        return DSL.cast(at.atOffset(UTC), SQLDataType.TIMESTAMPWITHTIMEZONE);
    }

    /** A row of {@code batches}. */
    public static Batch batch(Record row) {
        Map<BatchStatus, Instant> times = new EnumMap<>(BatchStatus.class);
        for (BatchStatus status : TIMED) {
            Instant at = instant(row, status.word() + "_at");
            if (at != null) {
                times.put(status, at);
            }
        }
        return new Batch(
                text(row, "id"),
                new Owner(text(row, "owner"), text(row, "owner_key")),
                text(row, "endpoint"),
                text(row, "input_file_id"),
                text(row, "completion_window"),
                BatchStatus.of(text(row, "status")),
                Batch.Mode.valueOf(text(row, "mode").toUpperCase(Locale.ROOT)),
                row.get("model", String.class),
                row.get("metadata", String.class),
                row.get("errors", String.class),
                row.get("output_file_id", String.class),
                row.get("error_file_id", String.class),
                row.get("output_expires_after", Long.class),
                row.get("spend_cap_pico", Long.class),
                requireNonNull(instant(row, "created_at")),
                requireNonNull(instant(row, "expires_at")),
                times,
                new Batch.Counts(
                        number(row, "total").intValue(),
                        number(row, "completed").intValue(),
                        number(row, "failed").intValue(),
                        number(row, "repeated").intValue()),
                new Batch.BatchUsage(
                        number(row, "spent_pico"),
                        number(row, "input_tokens"),
                        number(row, "cached_tokens"),
                        number(row, "output_tokens"),
                        number(row, "reasoning_tokens")));
    }

    private static String text(Record row, String column) {
        return requireNonNull(row.get(column, String.class), column);
    }

    private static Long number(Record row, String column) {
        return requireNonNull(row.get(column, Long.class), column);
    }

    private static @Nullable Instant instant(Record row, String column) {
        OffsetDateTime at = row.get(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }
}
