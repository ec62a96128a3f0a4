package dev.sluice.spend.accounts;

import static dev.sluice.spend.db.Tables.ACCOUNT_OUTBOX;
import static dev.sluice.spend.db.Tables.ACCOUNT_RECORDS;

import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.notExists;
import static org.jooq.impl.DSL.selectOne;

import dev.sluice.schemas.accounts.Account.Role;

import org.jooq.Condition;
import org.jooq.Cursor;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What PostgreSQL says of the records on the topic, and what it does about those that say something
 * else. One pass from the topic's beginning; it remembers a bit an account.
 */
final class TopicTruth {

    private static final int BATCH = 500;

    /** Who it was, where the topic itself was wrong. */
    private static final Caller RECONCILER =
            new Caller(Role.PROXY_ADMIN, "sluice-reconciler", "", null, null, null);

    private final DSLContext sql;
    private final Accounts accounts;

    /** Accounts whose newest record on the topic is PostgreSQL's, by their ordinal. */
    private final BitSet held = new BitSet();

    private final BitSet expected = new BitSet();

    private final Set<String> wrong = new HashSet<>();
    private final Map<String, Long> ahead = new HashMap<>();
    private @Nullable Long wrongSince;

    TopicTruth(DSLContext sql, Accounts accounts) {
        this.sql = sql;
        this.accounts = accounts;
    }

    /**
     * The newest record of a key on the topic.
     *
     * @param version null: it is not to be believed
     */
    record Seen(@Nullable Long version, @Nullable ByteBuffer value) {}

    /** Compares. */
    void compare(Map<String, Seen> newest) {
        if (newest.isEmpty()) {
            return;
        }
        Set<String> unknown = new HashSet<>(newest.keySet());
        sql.select(
                        ACCOUNT_RECORDS.RECORD_KEY,
                        ACCOUNT_RECORDS.ORDINAL,
                        ACCOUNT_RECORDS.VERSION,
                        ACCOUNT_RECORDS.VALUE)
                .from(ACCOUNT_RECORDS)
                .where(ACCOUNT_RECORDS.RECORD_KEY.in(newest.keySet()))
                .forEach(row -> {
                    Seen seen = newest.get(row.value1());
                    unknown.remove(row.value1());
                    if (seen != null) {
                        compare(
                                row.value1(),
                                seen,
                                row.value2().intValue(),
                                row.value3(),
                                row.value4());
                    }
                });
        for (String recordKey : unknown) {
            Seen seen = newest.get(recordKey);
            // Signed, but not known: PostgreSQL was set back. What is not even signed displaces
            // nothing.
            if (seen != null && seen.version() != null) {
                ahead.put(recordKey, seen.version());
            }
        }
    }

    private void compare(String recordKey, Seen seen, int ordinal, long version, byte[] value) {
        wrong.remove(recordKey);
        ahead.remove(recordKey);
        boolean same =
                seen.version() != null
                        && seen.version() == version
                        && ByteBuffer.wrap(value).equals(seen.value());
        held.set(ordinal, same);
        if (seen.version() == null || seen.version() < version) {
            wrong.add(recordKey);
        } else if (!same) {
            ahead.put(recordKey, seen.version());
        }
    }

    /** Whether something has been wrong for so long that no record on its way can set it right. */
    boolean isWrongFor(Duration time) {
        if (wrong.isEmpty() && ahead.isEmpty()) {
            wrongSince = null;
            return false;
        }
        long now = System.nanoTime();
        if (wrongSince == null) {
            wrongSince = now;
        }
        return now - wrongSince >= time.toNanos();
    }

    /** Puts what is wrong on the topic into the outbox once more; how many. */
    int repair() {
        if (wrong.isEmpty() && ahead.isEmpty()) {
            return 0;
        }
        int repaired = accounts.change(RECONCILER, "reconcile", change -> repair(change)).result();
        wrongSince = null;
        wrong.clear();
        ahead.clear();
        return repaired;
    }

    /**
     * Notes what the topic must hold: everything that has left the outbox. To be called before it
     * is looked up where the topic ends.
     */
    void expect() {
        sql.transaction(configuration -> {
            try (Cursor<? extends Record> rows =
                    configuration
                            .dsl()
                            .select(ACCOUNT_RECORDS.ORDINAL)
                            .from(ACCOUNT_RECORDS)
                            .where(isNotWaiting())
                            .fetchSize(BATCH)
                            .fetchLazy()) {
                rows.forEach(row -> expected.set(row.get(ACCOUNT_RECORDS.ORDINAL).intValue()));
            }
        });
    }

    /** Puts everything into the outbox that the topic should hold, but does not; how many. */
    int refill() {
        expected.andNot(held);
        int missing = expected.cardinality();
        List<Long> batch = new ArrayList<>();
        for (int at = expected.nextSetBit(0); at >= 0; at = expected.nextSetBit(at + 1)) {
            batch.add((long) at);
            if (batch.size() == BATCH) {
                refill(batch);
            }
        }
        refill(batch);
        expected.clear();
        return missing;
    }

    private void refill(List<Long> ordinals) {
        if (!ordinals.isEmpty()) {
            accounts.change(
                    RECONCILER,
                    "reconcile",
                    change -> {
                        List<String> again =
                                change.sql()
                                        .select(ACCOUNT_RECORDS.RECORD_KEY)
                                        .from(ACCOUNT_RECORDS)
                                        .where(ACCOUNT_RECORDS.ORDINAL.in(ordinals))
                                        .orderBy(ACCOUNT_RECORDS.ORDINAL)
                                        .fetch(ACCOUNT_RECORDS.RECORD_KEY);
                        Outbox.again(change.sql(), again);
                        return again.size();
                    });
            ordinals.clear();
        }
    }

    private int repair(AccountTransaction change) {
        DSLContext transaction = change.sql();
        int repaired = 0;
        if (!ahead.isEmpty()) {
            long newest = ahead.values().stream().mapToLong(Long::longValue).max().getAsLong();
            transaction.fetch(
                    "select setval('account_versions', greatest(last_value, {0})) from account_versions",
                    inline(newest));
            for (var one : ahead.entrySet()) {
                if (!change.overtake(one.getKey(), one.getValue())) {
                    wrong.add(one.getKey());
                } else {
                    repaired++;
                }
            }
        }
        List<String> again =
                wrong.isEmpty()
                        ? List.of()
                        : transaction
                                .select(ACCOUNT_RECORDS.RECORD_KEY)
                                .from(ACCOUNT_RECORDS)
                                .where(ACCOUNT_RECORDS.RECORD_KEY.in(wrong))
                                .and(isNotWaiting())
                                .fetch(ACCOUNT_RECORDS.RECORD_KEY);
        if (!again.isEmpty()) {
            Outbox.again(transaction, again);
        }
        return repaired + again.size();
    }

    private static Condition isNotWaiting() {
        return notExists(
                selectOne()
                        .from(ACCOUNT_OUTBOX)
                        .where(ACCOUNT_OUTBOX.RECORD_KEY.eq(ACCOUNT_RECORDS.RECORD_KEY)));
    }
}
