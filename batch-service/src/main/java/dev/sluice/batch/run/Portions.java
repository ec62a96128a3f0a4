package dev.sluice.batch.run;

import static java.util.Objects.requireNonNull;

import dev.sluice.batch.jobs.Batches;
import dev.sluice.batch.lines.Portion;
import dev.sluice.schemas.events.BatchPointer;

import org.jooq.DSLContext;
import org.jooq.Record;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The table of portions: waiting, released (a pointer is on the topic), leased (somebody calls
 * them), gone. Time is the database's, so that no clock of a worker counts.
 */
final class Portions {

    /** A portion is its worker's for so long without a word from him. */
    static final Duration LEASE = Duration.ofSeconds(30);

    /** A pointer that nobody took for so long is lost. */
    private static final Duration UNTAKEN = Duration.ofSeconds(60);

    private final DSLContext sql;

    Portions(DSLContext sql) {
        this.sql = sql;
    }

    /** Lines that are handed out and not done, by batch. */
    Map<String, Integer> outstanding() {
        Map<String, Integer> lines = new HashMap<>();
        for (Record row :
                sql.fetch(
                        """
                        SELECT batch_id, sum(lines)::integer AS lines FROM batch_portions
                        WHERE released_at IS NOT NULL GROUP BY batch_id
                        """)) {
            lines.put(text(row, "batch_id"), number(row, "lines").intValue());
        }
        return lines;
    }

    /** Marks waiting portions of a batch as handed out, the first lines first. */
    List<BatchPointer> release(String batch, int atMost) {
        return sql.fetch(
                        """
                        UPDATE batch_portions p SET released_at = now()
                        FROM batches b
                        WHERE b.id = p.batch_id AND p.id IN (
                            SELECT id FROM batch_portions
                            WHERE batch_id = ? AND released_at IS NULL
                              AND (not_before IS NULL OR not_before <= now())
                            ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED)
                        RETURNING p.*, b.input_file_id
                        """,
                        batch,
                        atMost)
                .map(row ->
                        new BatchPointer(
                                batch,
                                number(row, "id"),
                                number(row, "first_line").intValue(),
                                number(row, "lines").intValue(),
                                text(row, "input_file_id"),
                                number(row, "byte_offset"),
                                number(row, "byte_length").intValue()));
    }

    /** Takes back what could not be told to anybody. */
    void takeBack(Collection<Long> ids) {
        sql.execute(
                """
                UPDATE batch_portions SET released_at = NULL
                WHERE id = ANY(?) AND lease_until IS NULL
                """,
                (Object) ids.toArray(Long[]::new));
    }

    /**
     * Makes waiting again what nobody took, and what was left by who had it. A lease that has run
     * out stays to be seen: its lines may have been called.
     *
     * @return how many portions
     */
    int reap() {
        return sql.execute(
                """
                UPDATE batch_portions SET released_at = NULL
                WHERE released_at IS NOT NULL
                  AND CASE WHEN lease_until IS NULL
                      THEN released_at < now() - make_interval(secs => ?)
                      ELSE lease_until < now() END
                """,
                UNTAKEN.toSeconds());
    }

    /** Makes portions a worker's: those that are to be called and are nobody's. */
    List<LeasedPortion> lease(String worker, Collection<Long> ids) {
        return sql.fetch(
                        """
                        WITH free AS (
                            SELECT p.id, p.lease_until IS NOT NULL AS repeated
                            FROM batch_portions p JOIN batches b ON b.id = p.batch_id
                            WHERE p.id = ANY(?) AND b.status = 'in_progress'
                              AND (p.lease_until IS NULL OR p.lease_until < now())
                            ORDER BY p.id FOR UPDATE OF p SKIP LOCKED)
                        UPDATE batch_portions p
                        SET leased_by = ?, lease_until = now() + make_interval(secs => ?),
                            released_at = coalesce(p.released_at, now())
                        FROM free, batches b WHERE p.id = free.id AND b.id = p.batch_id
                        RETURNING p.*, free.repeated, b.input_file_id, b.endpoint, b.owner_key
                        """,
                        ids.toArray(Long[]::new),
                        worker,
                        LEASE.toSeconds())
                .map(Portions::leased);
    }

    private static LeasedPortion leased(Record row) {
        return new LeasedPortion(
                number(row, "id"),
                text(row, "batch_id"),
                text(row, "input_file_id"),
                text(row, "endpoint"),
                text(row, "owner_key"),
                new Portion(
                        number(row, "first_line").intValue(),
                        number(row, "lines").intValue(),
                        number(row, "byte_offset"),
                        number(row, "byte_length").intValue()),
                number(row, "tries").intValue(),
                number(row, "waits").intValue(),
                Boolean.TRUE.equals(row.get("repeated", Boolean.class)));
    }

    /** Says that a worker still has what it has. */
    void renew(String worker) {
        sql.execute(
                """
                UPDATE batch_portions SET lease_until = now() + make_interval(secs => ?)
                WHERE leased_by = ? AND lease_until IS NOT NULL
                """,
                LEASE.toSeconds(),
                worker);
    }

    /** Gives portions back of which no line was called without being written down. */
    void giveBack(String worker, Collection<Long> ids) {
        giveBack(worker, ids, Duration.ZERO);
    }

    /** The same, not to be handed out before some time has passed. */
    void giveBack(String worker, Collection<Long> ids, Duration later) {
        sql.execute(
                """
                UPDATE batch_portions SET released_at = NULL, leased_by = NULL, lease_until = NULL,
                    not_before = now() + make_interval(secs => ?)
                WHERE leased_by = ? AND id = ANY(?)
                """,
                later.toMillis() / 1000.0,
                worker,
                ids.toArray(Long[]::new));
    }

    /** Lines of a batch that have their outcome. */
    Set<Integer> done(String batch, int fromLine, int toLine) {
        return new HashSet<>(
                sql.fetch(
                                """
                                SELECT line FROM batch_outcomes
                                WHERE batch_id = ? AND line BETWEEN ? AND ?
                                """,
                                batch,
                                fromLine,
                                toLine)
                        .getValues("line", Integer.class));
    }

    /** Whether somebody may be calling lines of a batch. */
    boolean isLeased(String batch) {
        return sql.fetchOptional(
                        """
                        SELECT 1 FROM batch_portions
                        WHERE batch_id = ? AND lease_until >= now() LIMIT 1
                        """,
                        batch)
                .isPresent();
    }

    /** What is left of a batch, the first lines first; one after the other by {@code after}. */
    List<Remaining> remaining(String batch, long after, int atMost) {
        return sql.fetch(
                        """
                        SELECT * FROM batch_portions WHERE batch_id = ? AND id > ?
                        ORDER BY id LIMIT ?
                        """,
                        batch,
                        after,
                        atMost)
                .map(row ->
                        new Remaining(
                                number(row, "id"),
                                new Portion(
                                        number(row, "first_line").intValue(),
                                        number(row, "lines").intValue(),
                                        number(row, "byte_offset"),
                                        number(row, "byte_length").intValue())));
    }

    /** A portion that was not called to its end. */
    record Remaining(long id, Portion portion) {}

    /** Writes portions down as waiting. */
    static void insert(
            DSLContext sql,
            String batch,
            List<Portion> portions,
            int tries,
            int waits,
            Instant notBefore) {
        sql.execute(
                """
                INSERT INTO batch_portions
                    (batch_id, first_line, lines, byte_offset, byte_length, tries, waits, not_before)
                SELECT ?, f, l, o, b, ?, ?, ? FROM unnest(?, ?, ?, ?) AS t (f, l, o, b)
                """,
                batch,
                tries,
                waits,
                Batches.time(notBefore),
                portions.stream().map(Portion::firstLine).toArray(Integer[]::new),
                portions.stream().map(Portion::lines).toArray(Integer[]::new),
                portions.stream().map(Portion::offset).toArray(Long[]::new),
                portions.stream().map(Portion::length).toArray(Integer[]::new));
    }

    private static String text(Record row, String column) {
        return requireNonNull(row.get(column, String.class), column);
    }

    private static Long number(Record row, String column) {
        return requireNonNull(row.get(column, Long.class), column);
    }
}
