package dev.sluice.spend.management;

import static dev.sluice.spend.db.Tables.ACCOUNT_RECORDS;

import org.jooq.DSLContext;

/** Accounts that are no more. */
final class Tombstones {

    private Tombstones() {}

    /** Whether an account was deleted and has not been created again. */
    static boolean has(DSLContext sql, String recordKey) {
        return sql.fetchExists(
                ACCOUNT_RECORDS,
                ACCOUNT_RECORDS.RECORD_KEY.eq(recordKey).and(ACCOUNT_RECORDS.DELETED));
    }
}
