package dev.sluice.spend.accounts;

import static dev.sluice.spend.db.Tables.ACCOUNT_OUTBOX;
import static dev.sluice.spend.db.Tables.ACCOUNT_RECORDS;

import static org.jooq.impl.DSL.excluded;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.Account;

import org.jooq.DSLContext;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What must still be published. It holds names only: what is sent is the newest record of each. */
final class Outbox {

    private Outbox() {}

    /**
     * A batch in the order of the changes.
     *
     * @param places of its rows
     * @param values the newest record by record key; a key whose last change came later is later
     */
    record Batch(List<Long> places, Map<String, byte[]> values) {}

    /** Keeps the newest record of an account, and that it must be published. */
    static void put(DSLContext transaction, Account account) {
        boolean deleted = account instanceof Account.Deleted;
        transaction
                .insertInto(ACCOUNT_RECORDS)
                .set(ACCOUNT_RECORDS.RECORD_KEY, account.recordKey())
                .set(ACCOUNT_RECORDS.VERSION, account.version())
                .set(ACCOUNT_RECORDS.DELETED, deleted)
                .set(ACCOUNT_RECORDS.VALUE, Topics.ACCOUNTS.codec().encode(account))
                .onConflict(ACCOUNT_RECORDS.RECORD_KEY)
                .doUpdate()
                .set(ACCOUNT_RECORDS.VERSION, excluded(ACCOUNT_RECORDS.VERSION))
                .set(ACCOUNT_RECORDS.DELETED, excluded(ACCOUNT_RECORDS.DELETED))
                .set(ACCOUNT_RECORDS.VALUE, excluded(ACCOUNT_RECORDS.VALUE))
                .execute();
        again(transaction, List.of(account.recordKey()));
    }

    /** Lets records be published once more. */
    static void again(DSLContext transaction, Collection<String> recordKeys) {
        var insert = transaction.insertInto(ACCOUNT_OUTBOX).columns(ACCOUNT_OUTBOX.RECORD_KEY);
        for (String recordKey : recordKeys) {
            insert = insert.values(recordKey);
        }
        insert.execute();
    }

    /** The oldest ones. */
    static Batch next(DSLContext transaction, int rowsMax) {
        Map<String, byte[]> values = new LinkedHashMap<>();
        List<Long> places = new ArrayList<>();
        var rows =
                transaction
                        .select(
                                ACCOUNT_OUTBOX.SEQ,
                                ACCOUNT_OUTBOX.RECORD_KEY,
                                ACCOUNT_RECORDS.VALUE)
                        .from(ACCOUNT_OUTBOX)
                        .join(ACCOUNT_RECORDS)
                        .on(ACCOUNT_RECORDS.RECORD_KEY.eq(ACCOUNT_OUTBOX.RECORD_KEY))
                        .orderBy(ACCOUNT_OUTBOX.SEQ)
                        .limit(rowsMax)
                        .fetch();
        for (var row : rows) {
            places.add(row.value1());
            // Put in anew, so that it stands where its last change was.
            values.remove(row.value2());
            values.put(row.value2(), row.value3());
        }
        return new Batch(places, values);
    }

    /** Forgets what has been published. */
    static void published(DSLContext transaction, Batch batch) {
        transaction
                .deleteFrom(ACCOUNT_OUTBOX)
                .where(ACCOUNT_OUTBOX.SEQ.in(batch.places()))
                .execute();
    }

    static int waiting(DSLContext sql) {
        return sql.fetchCount(ACCOUNT_OUTBOX);
    }
}
