package dev.sluice.batch.run;

import dev.sluice.batch.jobs.Batch;
import dev.sluice.batch.jobs.BatchStatus;
import dev.sluice.batch.jobs.Batches;
import dev.sluice.schemas.events.BatchPointer;

import org.jooq.DSLContext;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which lines are next: a bounded number is handed out ahead of the workers; the tenant with the
 * fewest of them comes first, and of his batches the one whose window ends first.
 */
final class Scheduling {

    private static final int PORTIONS_AT_ONCE = 16;
    private static final String UNFINISHED = "status IN ('in_progress', 'cancelling')";

    private final DSLContext sql;
    private final Portions portions;
    private final int ahead;

    /**
     * A schedule.
     *
     * @param ahead lines that are handed out and not done, of all batches
     */
    Scheduling(DSLContext sql, int ahead) {
        this.sql = sql;
        this.portions = new Portions(sql);
        this.ahead = ahead;
    }

    /** Ends what has no line left, and what has run out of time; the window's end is kept. */
    int end() {
        return sql.execute(
                """
                UPDATE batches b SET status = 'finalizing', finalizing_at = now(),
                    expired_at = CASE WHEN EXISTS (
                        SELECT 1 FROM batch_portions p WHERE p.batch_id = b.id) THEN now() END
                WHERE b.status = 'in_progress' AND (b.expires_at <= now() OR NOT EXISTS (
                    SELECT 1 FROM batch_portions p WHERE p.batch_id = b.id))
                """);
    }

    /** The next lines, marked as handed out. */
    List<BatchPointer> next() {
        Map<String, Integer> outstanding = portions.outstanding();
        int room = ahead - outstanding.values().stream().mapToInt(Integer::intValue).sum();
        if (room <= 0) {
            return List.of();
        }
        List<Batch> batches =
                sql.fetch("SELECT * FROM batches WHERE status = 'in_progress'").map(Batches::batch);
        Map<String, Integer> byTenant = new HashMap<>();
        for (Batch batch : batches) {
            byTenant.merge(
                    batch.owner().tenant(), outstanding.getOrDefault(batch.id(), 0), Integer::sum);
        }
        List<BatchPointer> next = new ArrayList<>();
        Set<String> exhausted = new HashSet<>();
        while (room > 0) {
            Optional<Batch> first =
                    batches.stream()
                            .filter(batch -> !exhausted.contains(batch.id()))
                            .min(
                                    Comparator.comparingInt((Batch batch) ->
                                                    byTenant.getOrDefault(
                                                            batch.owner().tenant(), 0))
                                            .thenComparing(Batch::expiresAt)
                                            .thenComparing(Batch::createdAt)
                                            .thenComparing(Batch::id));
            if (first.isEmpty()) {
                break;
            }
            Batch batch = first.get();
            List<BatchPointer> released = portions.release(batch.id(), PORTIONS_AT_ONCE);
            int lines = released.stream().mapToInt(BatchPointer::lines).sum();
            if (released.size() < PORTIONS_AT_ONCE) {
                exhausted.add(batch.id());
            }
            byTenant.merge(batch.owner().tenant(), lines, Integer::sum);
            next.addAll(released);
            room -= lines;
        }
        return next;
    }

    /** Batches whose counts may have moved. */
    List<Batch> unfinished() {
        return sql.fetch("SELECT * FROM batches WHERE " + UNFINISHED).map(Batches::batch);
    }

    /**
     * Makes one batch this process' to validate or to end, for two minutes.
     *
     * @return none where there is nothing to do
     */
    Optional<Batch> claim(String worker) {
        return sql.fetchOptional(
                        """
                        UPDATE batches SET claimed_by = ?, claimed_until = now() + interval '2 min'
                        WHERE id = (
                            SELECT id FROM batches b
                            WHERE (claimed_until IS NULL OR claimed_until < now())
                              AND (status = 'validating'
                                OR (status IN ('finalizing', 'cancelling') AND NOT EXISTS (
                                    SELECT 1 FROM batch_portions p WHERE p.batch_id = b.id
                                    AND p.lease_until >= now())))
                            ORDER BY expires_at LIMIT 1 FOR UPDATE SKIP LOCKED)
                        RETURNING *
                        """,
                        worker)
                .map(Batches::batch);
    }

    /** Lets whoever comes go on with a batch. */
    void unclaim(String batch, String worker) {
        sql.execute(
                """
                UPDATE batches SET claimed_by = NULL, claimed_until = NULL
                WHERE id = ? AND claimed_by = ?
                """,
                batch,
                worker);
    }

    /** How batches stand, by name; those that are gone are missing. */
    Map<String, Batch> standing(Set<String> ids) {
        Map<String, Batch> standing = new HashMap<>();
        sql.fetch("SELECT * FROM batches WHERE id = ANY(?)", (Object) ids.toArray(String[]::new))
                .map(Batches::batch)
                .forEach(batch -> standing.put(batch.id(), batch));
        return standing;
    }

    /** Whether lines of a batch are still wanted. */
    static boolean isWanted(Batch batch) {
        return batch.status() == BatchStatus.IN_PROGRESS;
    }
}
