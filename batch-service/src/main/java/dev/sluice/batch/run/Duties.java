package dev.sluice.batch.run;

import org.jooq.DSLContext;

import java.time.Duration;

/** What only one batch service does at a time, for as long as it says so. */
final class Duties {

    private final DSLContext sql;
    private final String worker;

    Duties(DSLContext sql, String worker) {
        this.sql = sql;
        this.worker = worker;
    }

    /** Whether a duty is this process' for the next while. */
    boolean hold(String name, Duration atLeast) {
        return sql.execute(
                        """
                        INSERT INTO batch_duties AS d (name, held_by, held_until)
                        VALUES (?, ?, now() + make_interval(secs => ?))
                        ON CONFLICT (name) DO UPDATE
                        SET held_by = excluded.held_by, held_until = excluded.held_until
                        WHERE d.held_by = excluded.held_by OR d.held_until < now()
                        """,
                        name,
                        worker,
                        atLeast.toSeconds())
                == 1;
    }

    /** Leaves all duties to others. */
    void leave() {
        sql.execute("DELETE FROM batch_duties WHERE held_by = ?", worker);
    }
}
