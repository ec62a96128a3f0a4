package dev.sluice.spend;

import static dev.sluice.spend.db.Tables.LATE_SPEND_EVENTS;
import static dev.sluice.spend.db.Tables.SPEND_EVENTS;

import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.name;
import static org.jooq.impl.DSL.select;
import static org.jooq.impl.DSL.table;
import static org.jooq.impl.DSL.val;

import org.jooq.CommonTableExpression;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.JSON;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.Table;
import org.jooq.exception.DataAccessException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/**
 * Writes events, totals and offsets in one transaction: each event counts once, however often it is
 * delivered.
 *
 * <p>The ledger is the memory of what has been booked. Only rows that it accepts now reach the
 * totals; a batch that comes again changes nothing.
 */
final class SpendBooks {

    /** What came of a batch. */
    sealed interface Outcome {

        /**
         * It is in the books.
         *
         * @param booked events that were new
         * @param duplicates events that were in the books before
         * @param late new events for which there is no partition
         * @param refused records that went to the dead letters
         */
        record Booked(int booked, int duplicates, int late, int refused) implements Outcome {}

        /** Nothing was written: another booker has moved this partition. */
        record Fenced(OffsetMove move) implements Outcome {}
    }

    /** SQLSTATEs that blame the value, not the database: data exceptions, nulls, too long keys. */
    private static final Set<String> VALUE_FAULT_CLASSES = Set.of("22", "54");

    private static final String NOT_NULL_VIOLATION = "23502";

    /** Every column of an event, in the order in which it is written. */
    private static final List<Field<?>> COLUMNS =
            Arrays.stream(SPEND_EVENTS.fields())
                    .filter(column -> !column.equals(SPEND_EVENTS.BOOKED_AT))
                    .toList();

    private final DSLContext sql;
    private final Partitions partitions;

    SpendBooks(DSLContext sql, Partitions partitions) {
        this.sql = sql;
        this.partitions = partitions;
    }

    /**
     * Books a batch.
     *
     * @param deadLetters called inside the transaction with what cannot be booked; if it throws,
     *     nothing is booked
     * @throws DataAccessException if the database is away or refuses; nothing is booked
     */
    Outcome book(SpendBatch batch, Consumer<List<Refusal>> deadLetters) {
        List<Delivery> timely = new ArrayList<>();
        List<Delivery> late = new ArrayList<>();
        for (Delivery delivery : batch.deliveries()) {
            (partitions.isLate(delivery.event()) ? late : timely).add(delivery);
        }
        partitions.prepare(timely.stream().map(Delivery::event).toList());
        try {
            return sql.transactionResult(
                    transaction -> write(transaction.dsl(), batch, timely, late, deadLetters));
        } catch (FencedException e) {
            return new Outcome.Fenced(e.move);
        }
    }

    private static Outcome write(
            DSLContext transaction,
            SpendBatch batch,
            List<Delivery> timely,
            List<Delivery> late,
            Consumer<List<Refusal>> deadLetters) {
        // First, for its row locks: whoever comes second waits here, and then finds itself fenced.
        Optional<OffsetMove> fenced = SinkOffsets.move(transaction, batch.moves());
        if (fenced.isPresent()) {
            throw new FencedException(fenced.get());
        }
        List<Refusal> refused = new ArrayList<>(batch.damaged());
        int booked = insert(transaction, timely, SpendBooks::insertIntoBooks, refused);
        int kept = insert(transaction, late, SpendBooks::insertLate, refused);
        if (!refused.isEmpty()) {
            deadLetters.accept(refused);
        }
        int events = timely.size() + late.size() + batch.damaged().size() - refused.size();
        return new Outcome.Booked(booked, events - booked - kept, kept, refused.size());
    }

    /**
     * Inserts rows; where the database blames a value, halves them until the one is found that no
     * database could take, and puts it to the refused.
     *
     * @return how many rows were new
     */
    private static int insert(
            DSLContext transaction,
            List<Delivery> deliveries,
            BiFunction<DSLContext, String, Integer> statement,
            List<Refusal> refused) {
        if (deliveries.isEmpty()) {
            return 0;
        }
        try {
            return transaction.transactionResult(
                    savepoint -> statement.apply(savepoint.dsl(), EventRows.json(deliveries)));
        } catch (DataAccessException e) {
            if (!blamesValue(e)) {
                throw e;
            }
            if (deliveries.size() == 1) {
                String reason = "the database refuses a value, SQLSTATE " + e.sqlState();
                refused.add(new Refusal(deliveries.getFirst().source(), reason));
                return 0;
            }
        }
        int half = deliveries.size() / 2;
        return insert(transaction, deliveries.subList(0, half), statement, refused)
                + insert(
                        transaction,
                        deliveries.subList(half, deliveries.size()),
                        statement,
                        refused);
    }

    private static boolean blamesValue(DataAccessException e) {
        String state = e.sqlState();
        return VALUE_FAULT_CLASSES.stream().anyMatch(state::startsWith)
                || state.equals(NOT_NULL_VIOLATION);
    }

    private static int insertLate(DSLContext transaction, String rows) {
        return transaction
                .insertInto(LATE_SPEND_EVENTS)
                .columns(COLUMNS.stream().map(LATE_SPEND_EVENTS::field).toList())
                .select(unfolded(rows))
                .onConflictDoNothing()
                .execute();
    }

    /** One statement: the ledger accepts rows, and what it accepts is added to the day. */
    private static int insertIntoBooks(DSLContext transaction, String rows) {
        CommonTableExpression<?> accepted =
                name("accepted")
                        .as(
                                transaction
                                        .insertInto(SPEND_EVENTS)
                                        .columns(COLUMNS)
                                        .select(unfolded(rows))
                                        .onConflictDoNothing()
                                        .returning());
        CommonTableExpression<?> days = name("days").as(DailySpend.add(transaction, accepted));
        return transaction
                .with(accepted)
                .with(days)
                .select(count())
                .from(accepted)
                .fetchSingle()
                .value1();
    }

    private static Select<Record> unfolded(String rows) {
        // Under the ledger's own name, so that its columns are the columns of what is unfolded.
        Table<?> unfolded =
                table("json_populate_recordset(null::spend_events, {0})", val(JSON.json(rows)))
                        .as(SPEND_EVENTS.getName());
        return select(COLUMNS).from(unfolded);
    }

    /** Rolls a transaction back. */
    private static final class FencedException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final transient OffsetMove move;

        FencedException(OffsetMove move) {
            super("fenced", null, false, false);
            this.move = move;
        }
    }
}
