package dev.sluice.batch.jobs;

import static dev.sluice.batch.jobs.Batches.time;

import static java.util.Objects.requireNonNull;

import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The table of files. One that has expired is found no more; its row and bytes stay until they are
 * swept, and the input of a batch that has not ended stays until it has.
 *
 * <p>All methods throw {@link org.jooq.exception.DataAccessException} where the database is away.
 */
public final class StoredFiles {

    private static final String UNUSED =
            """
            NOT EXISTS (SELECT 1 FROM batches WHERE input_file_id = batch_files.id
                AND status IN ('validating', 'in_progress', 'finalizing', 'cancelling'))
            """;

    private final DSLContext sql;

    /** The table behind a connection pool, or within a transaction. */
    public StoredFiles(DSLContext sql) {
        this.sql = sql;
    }

    /** What became of a wish to delete. */
    public enum Deletion {
        DONE,
        /** There is none of that name, any more. */
        ABSENT,
        /** A batch that has not ended reads it. */
        IN_USE
    }

    /** Writes a file down, whose bytes are in the storage already. */
    public void create(StoredFile file) {
        Instant expiresAt = file.expiresAt();
        sql.execute(
                """
                INSERT INTO batch_files (id, owner, owner_key, purpose, filename, bytes,
                    created_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?::timestamptz)
                """,
                file.id(),
                file.owner().tenant(),
                file.owner().keyHash(),
                file.purpose(),
                file.filename(),
                file.bytes(),
                time(file.createdAt()),
                expiresAt == null ? null : time(expiresAt));
    }

    /** A file by its name, whosever it is, unless it has expired. */
    public Optional<StoredFile> find(String id, Instant now) {
        return sql.fetchOptional(
                        """
                        SELECT * FROM batch_files
                        WHERE id = ? AND (expires_at IS NULL OR expires_at > ?)
                        """,
                        id,
                        time(now))
                .map(StoredFiles::file);
    }

    /**
     * The same within a transaction, to whose end nobody deletes it.
     *
     * @see #delete
     */
    public Optional<StoredFile> hold(String id, Instant now) {
        return sql.fetchOptional(
                        """
                        SELECT * FROM batch_files
                        WHERE id = ? AND (expires_at IS NULL OR expires_at > ?) FOR SHARE
                        """,
                        id,
                        time(now))
                .map(StoredFiles::file);
    }

    /**
     * What is looked for.
     *
     * @param tenant whose; null for everybody's
     * @param purpose null for every one
     * @param after the file before the first one wanted; null for the first. One that does not
     *     exist, or is another's, gives none
     */
    public record Query(
            @Nullable String tenant,
            @Nullable String purpose,
            @Nullable String after,
            boolean newestFirst,
            int limit) {}

    /** Files that have not expired, by the time they were made. */
    public List<StoredFile> list(Query wanted, Instant now) {
        var query =
                new StringBuilder(
                        "SELECT * FROM batch_files WHERE (expires_at IS NULL OR expires_at > ?)");
        List<Object> values = new ArrayList<>();
        values.add(time(now));
        String owned = "";
        if (wanted.tenant() != null) {
            owned = " AND owner = ?";
            query.append(owned);
            values.add(wanted.tenant());
        }
        if (wanted.purpose() != null) {
            query.append(" AND purpose = ?");
            values.add(wanted.purpose());
        }
        if (wanted.after() != null) {
            query.append(" AND (created_at, id) ")
                    .append(wanted.newestFirst() ? "<" : ">")
                    .append(" (SELECT created_at, id FROM batch_files WHERE id = ?")
                    .append(owned)
                    .append(")");
            values.add(wanted.after());
            if (wanted.tenant() != null) {
                values.add(wanted.tenant());
            }
        }
        String direction = wanted.newestFirst() ? "DESC" : "ASC";
        query.append(" ORDER BY created_at %s, id %s LIMIT ?".formatted(direction, direction));
        values.add(wanted.limit());
        return sql.fetch(query.toString(), values.toArray()).map(StoredFiles::file);
    }

    /**
     * Takes a file out of the table, unless a batch that has not ended reads it. Its bytes are the
     * caller's to remove, afterwards.
     */
    public Deletion delete(String id) {
        return sql.transactionResult(transaction -> {
            DSLContext inside = transaction.dsl();
            // Locked first: whoever makes a batch of it now, has made it before we look.
            if (inside.fetchOptional("SELECT 1 FROM batch_files WHERE id = ? FOR UPDATE", id)
                    .isEmpty()) {
                return Deletion.ABSENT;
            }
            int deleted = inside.execute("DELETE FROM batch_files WHERE id = ? AND " + UNUSED, id);
            return deleted == 1 ? Deletion.DONE : Deletion.IN_USE;
        });
    }

    /** Names of files that have expired and that no unfinished batch reads. */
    public List<String> expired(Instant now, int limit) {
        return sql.fetch(
                        "SELECT id FROM batch_files WHERE expires_at <= ? AND "
                                + UNUSED
                                + " ORDER BY expires_at LIMIT ?",
                        time(now),
                        limit)
                .map(row -> requireNonNull(row.get("id", String.class)));
    }

    private static StoredFile file(Record row) {
        OffsetDateTime expiresAt = row.get("expires_at", OffsetDateTime.class);
        return new StoredFile(
                text(row, "id"),
                new Owner(text(row, "owner"), text(row, "owner_key")),
                text(row, "purpose"),
                text(row, "filename"),
                requireNonNull(row.get("bytes", Long.class)),
                requireNonNull(row.get("created_at", OffsetDateTime.class)).toInstant(),
                expiresAt == null ? null : expiresAt.toInstant());
    }

    private static String text(Record row, String column) {
        return requireNonNull(row.get(column, String.class), column);
    }
}
