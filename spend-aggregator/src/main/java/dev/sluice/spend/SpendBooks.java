package dev.sluice.spend;

import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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

    private static final Duration TRIM_PERIOD = Duration.ofHours(6);

    private final DSLContext sql;
    private final Partitions partitions;
    private @Nullable Long trimmedAt;

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
        trimHours();
        partitions.prepare(timely.stream().map(Delivery::event).toList());
        try {
            return sql.transactionResult(
                    transaction -> write(transaction.dsl(), batch, timely, late, deadLetters));
        } catch (FencedException e) {
            return new Outcome.Fenced(e.move);
        }
    }

    /** Deletes the hours that no live view asks for any more, now and then. */
    private void trimHours() {
        if (trimmedAt == null || System.nanoTime() - trimmedAt > TRIM_PERIOD.toNanos()) {
            sql.execute(SpendTotals.TRIM_HOURS);
            trimmedAt = System.nanoTime();
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
            Insertion insertion,
            List<Refusal> refused) {
        if (deliveries.isEmpty()) {
            return 0;
        }
        try {
            return transaction.transactionResult(savepoint ->
                    savepoint
                            .dsl()
                            .connectionResult(
                                    connection -> stage(connection, deliveries, insertion)));
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
        return insert(transaction, deliveries.subList(0, half), insertion, refused)
                + insert(
                        transaction,
                        deliveries.subList(half, deliveries.size()),
                        insertion,
                        refused);
    }

    private static boolean blamesValue(DataAccessException e) {
        String state = e.sqlState();
        return VALUE_FAULT_CLASSES.stream().anyMatch(state::startsWith)
                || state.equals(NOT_NULL_VIOLATION);
    }

    private static int insertLate(Statement statement) throws SQLException {
        return statement.executeUpdate(SpendTotals.INSERT_LATE);
    }

    private static int insertIntoBooks(Statement statement) throws SQLException {
        statement.execute(SpendTotals.CREATE_FOLDED);
        statement.execute(SpendTotals.INSERT_AND_FOLD);
        int accepted;
        try (ResultSet count = statement.executeQuery(SpendTotals.COUNT_ACCEPTED)) {
            count.next();
            accepted = count.getInt(1);
        }
        if (accepted > 0) {
            for (String add : SpendTotals.ADD_TO_TOTALS) {
                statement.execute(add);
            }
        }
        statement.execute("drop table folded_events");
        return accepted;
    }

    private static int stage(Connection connection, List<Delivery> deliveries, Insertion insertion)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(SpendTotals.CREATE_STAGING);
            CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
            EventCopy.into(copies, SpendTotals.STAGED, deliveries);
            int inserted = insertion.rows(statement);
            // Another part of the batch may come in this transaction.
            statement.execute("drop table " + SpendTotals.STAGED);
            return inserted;
        }
    }

    /** Takes what is staged to where it belongs. */
    private interface Insertion {

        /** Returns how many rows were new. */
        int rows(Statement statement) throws SQLException;
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
