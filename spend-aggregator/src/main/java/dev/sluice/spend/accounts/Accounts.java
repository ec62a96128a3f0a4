package dev.sluice.spend.accounts;

import static org.jooq.impl.DSL.inline;

import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.TransactionalCallable;
import org.jooq.impl.DefaultDSLContext;

import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.SequencedMap;
import java.util.function.Function;

/** The accounts of PostgreSQL, to change and to read. */
public final class Accounts {

    /** "slu", and which of our locks: changes of accounts, or the publishing of them. */
    private static final int LOCK_SPACE = 0x736c75;

    private static final int CHANGES = 1;
    private static final int PUBLISHING = 2;
    private static final int LOCK_TIMEOUT_MILLIS = 5_000;
    private static final int STATEMENT_TIMEOUT_MILLIS = 8_000;

    private final DSLContext sql;
    private final InstantSource clock;
    private final Runnable committed;

    /**
     * @param committed is told after each commit; must not block
     */
    public Accounts(DSLContext sql, InstantSource clock, Runnable committed) {
        this.sql = sql;
        this.clock = clock;
        this.committed = committed;
    }

    /**
     * What came of a change.
     *
     * @param changed the new versions by record key, in the order of the changes
     */
    public record Committed<T>(T result, SequencedMap<String, Long> changed) {}

    /**
     * Changes accounts in one transaction, alone. What the work throws rolls it back.
     *
     * @param action what the audit trail calls it
     * @throws org.jooq.exception.DataAccessException if the database is away, refuses, or others
     *     have held the lock for 5 s
     */
    public <T> Committed<T> change(
            Caller caller, String action, Function<AccountTransaction, T> work) {
        Committed<T> result =
                inTransaction(configuration -> {
                    DSLContext transaction = configuration.dsl();
                    lock(transaction);
                    var change =
                            new AccountTransaction(
                                    transaction,
                                    caller,
                                    action,
                                    clock.instant().truncatedTo(ChronoUnit.MICROS));
                    return new Committed<>(work.apply(change), change.changed());
                });
        committed.run();
        return result;
    }

    /** Reads accounts in one transaction. */
    public <T> T read(Function<DSLContext, T> work) {
        return inTransaction(configuration -> {
            DSLContext transaction = configuration.dsl();
            transaction.execute("set transaction read only");
            bound(transaction);
            return work.apply(transaction);
        });
    }

    /** Takes a connection once: jOOQ's own way tries again to roll back what never began. */
    private <T> T inTransaction(TransactionalCallable<T> work) {
        return sql.connectionResult(connection ->
                new DefaultDSLContext(connection, SQLDialect.POSTGRES).transactionResult(work));
    }

    static void lock(DSLContext transaction) {
        bound(transaction);
        transaction.execute(
                "select pg_advisory_xact_lock({0}, {1})", inline(LOCK_SPACE), inline(CHANGES));
    }

    /** Whether this transaction is now the only one that publishes. */
    static boolean tryLockPublishing(DSLContext transaction) {
        Boolean locked =
                transaction
                        .fetchSingle(
                                "select pg_try_advisory_xact_lock({0}, {1})",
                                inline(LOCK_SPACE), inline(PUBLISHING))
                        .get(0, Boolean.class);
        return Boolean.TRUE.equals(locked);
    }

    private static void bound(DSLContext transaction) {
        transaction.execute("set local lock_timeout = " + LOCK_TIMEOUT_MILLIS);
        transaction.execute("set local statement_timeout = " + STATEMENT_TIMEOUT_MILLIS);
    }
}
