package dev.sluice.spend;

import static dev.sluice.spend.db.Tables.SPEND_BOOKS;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.spend.db.Routines;

import org.jooq.DSLContext;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * The monthly partitions of the ledger. Any month since the books were opened gets one when it is
 * first needed, so that the books can be rebuilt from an old topic; the coming month gets one
 * ahead.
 */
final class Partitions {

    /** A clock that is further ahead than this is wrong. */
    private static final Duration AHEAD = Duration.ofDays(1);

    private final DSLContext sql;
    private final InstantSource clock;
    private final Instant openedAt;
    private final Set<YearMonth> existing = new HashSet<>();

    private Partitions(DSLContext sql, InstantSource clock, Instant openedAt) {
        this.sql = sql;
        this.clock = clock;
        this.openedAt = openedAt;
    }

    /** Asks since when the books are open. */
    static Partitions open(DSLContext sql, InstantSource clock) {
        LocalDate openedOn = sql.fetchSingle(SPEND_BOOKS).getOpenedOn();
        return new Partitions(sql, clock, openedOn.atStartOfDay(ZoneOffset.UTC).toInstant());
    }

    /** Whether no partition may take an event: from before the opening, or from the future. */
    boolean isLate(SpendEvent event) {
        Instant startedAt = event.startedAt();
        return startedAt.isBefore(openedAt) || startedAt.isAfter(clock.instant().plus(AHEAD));
    }

    /** Creates what these events and the coming month need. Not to be called in a transaction. */
    void prepare(Collection<SpendEvent> events) {
        Set<YearMonth> needed = new TreeSet<>();
        YearMonth thisMonth = month(clock.instant());
        needed.add(thisMonth);
        needed.add(thisMonth.plusMonths(1));
        for (SpendEvent event : events) {
            needed.add(month(event.startedAt()));
        }
        needed.removeAll(existing);
        for (YearMonth month : needed) {
            Routines.ensureSpendPartition(sql.configuration(), month.atDay(1));
            existing.add(month);
        }
    }

    private static YearMonth month(Instant instant) {
        return YearMonth.from(instant.atOffset(ZoneOffset.UTC));
    }
}
