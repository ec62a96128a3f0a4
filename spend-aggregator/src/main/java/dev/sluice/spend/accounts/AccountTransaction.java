package dev.sluice.spend.accounts;

import static dev.sluice.spend.db.Tables.ACCOUNT_AUDIT;
import static dev.sluice.spend.db.Tables.ACCOUNT_RECORDS;
import static dev.sluice.spend.db.Tables.ACCOUNT_TEAM_MEMBERS;

import static org.jooq.impl.DSL.field;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.schemas.accounts.Account;

import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.impl.SQLDataType;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * One change of accounts, from the question whether it is allowed to the row in the outbox. It is
 * alone: all changes of accounts come one after the other, over all instances, so that versions
 * grow in the order of commits and no two can deadlock.
 */
public final class AccountTransaction {

    private static final Field<Long> NEXT_VERSION =
            field("nextval('account_versions')", SQLDataType.BIGINT);

    private final DSLContext sql;
    private final Caller caller;
    private final String action;
    private final Instant now;
    private final SequencedMap<String, Long> changed = new LinkedHashMap<>();

    AccountTransaction(DSLContext sql, Caller caller, String action, Instant now) {
        this.sql = sql;
        this.caller = caller;
        this.action = action;
        this.now = now;
    }

    /** The statements of this transaction. */
    public DSLContext sql() {
        return sql;
    }

    /** Who changes. */
    public Caller caller() {
        return caller;
    }

    /** When, in whole microseconds. */
    public Instant now() {
        return now;
    }

    /** The account with an id, which nobody else changes until this is over. */
    public Optional<Record> find(AccountKind kind, String id) {
        return sql.selectFrom(kind.table())
                .where(kind.id().eq(id))
                .forUpdate()
                .fetchOptional()
                .map(row -> row);
    }

    /** Writes a new account. */
    public Record create(AccountKind kind, Changes values) {
        values.set(column(kind, "created_at", Instant.class), now);
        values.set(column(kind, "created_by", String.class), caller.name());
        return recreate(kind, values);
    }

    /** Writes a new account that goes on from an older one: who created that has created this. */
    public Record recreate(AccountKind kind, Changes values) {
        stamp(kind, values);
        if (kind.spends()) {
            values.setIfAbsent(kind.spendSince(), now);
        }
        Record row =
                sql.insertInto(kind.table())
                        .set(values.values())
                        .set(kind.version(), NEXT_VERSION)
                        .returning()
                        .fetchSingle();
        publish(kind, row);
        audit(kind, row, AuditDiff.between(kind, null, row));
        return row;
    }

    /** Changes exactly the named columns of an account; nothing if they are so already. */
    public Record update(AccountKind kind, Record before, Changes changes) {
        if (changes.isEmpty()) {
            return before;
        }
        stamp(kind, changes);
        Record row =
                sql.update(kind.table())
                        .set(changes.values())
                        .set(kind.version(), NEXT_VERSION)
                        .where(kind.id().eq(before.get(kind.id())))
                        .returning()
                        .fetchSingle();
        publish(kind, row);
        audit(kind, row, AuditDiff.between(kind, before, row));
        return row;
    }

    /** A new version of an account of which something outside its own row has changed. */
    public Record touch(AccountKind kind, Record before, ObjectNode was, ObjectNode is) {
        var changes = new Changes();
        stamp(kind, changes);
        Record row =
                sql.update(kind.table())
                        .set(changes.values())
                        .set(kind.version(), NEXT_VERSION)
                        .where(kind.id().eq(before.get(kind.id())))
                        .returning()
                        .fetchSingle();
        publish(kind, row);
        audit(kind, row, new AuditDiff(was, is));
        return row;
    }

    /** Changes the named columns of a membership; the user's record is not touched yet. */
    public void updateMember(String teamId, String userId, Changes changes) {
        sql.update(ACCOUNT_TEAM_MEMBERS)
                .set(changes.values())
                .where(ACCOUNT_TEAM_MEMBERS.TEAM_ID.eq(teamId))
                .and(ACCOUNT_TEAM_MEMBERS.USER_ID.eq(userId))
                .execute();
    }

    /** Deletes an account; what remains is the record that it is no more. */
    public void delete(AccountKind kind, Record before) {
        String id = before.get(kind.id());
        sql.deleteFrom(kind.table()).where(kind.id().eq(id)).execute();
        long version = sql.select(NEXT_VERSION).fetchSingle().value1();
        publish(new Account.Deleted(kind.recordKey(id), version));
        audit(kind.recordKey(id), version, AuditDiff.between(kind, before, null));
    }

    /**
     * Publishes an account anew, whose record on the topic claims a version that PostgreSQL never
     * gave; the sequence must be past it. An account that is not known is published as deleted.
     *
     * @return false if the account is past that version by now
     */
    boolean overtake(String recordKey, long version) {
        long known =
                sql.select(ACCOUNT_RECORDS.VERSION)
                        .from(ACCOUNT_RECORDS)
                        .where(ACCOUNT_RECORDS.RECORD_KEY.eq(recordKey))
                        .fetchOptional(ACCOUNT_RECORDS.VERSION)
                        .orElse(0L);
        if (known > version) {
            return false;
        }
        for (AccountKind kind : AccountKind.values()) {
            String prefix = kind.recordKey("");
            if (recordKey.startsWith(prefix)) {
                Optional<Record> row = find(kind, recordKey.substring(prefix.length()));
                if (row.isPresent()) {
                    touch(kind, row.get(), Json.object(), Json.object());
                    return true;
                }
            }
        }
        long next = sql.select(NEXT_VERSION).fetchSingle().value1();
        publish(new Account.Deleted(recordKey, next));
        audit(recordKey, next, new AuditDiff(Json.object(), Json.object()));
        return true;
    }

    /** The new versions by record key, in the order of the changes. */
    public SequencedMap<String, Long> changed() {
        return changed;
    }

    private void stamp(AccountKind kind, Changes values) {
        values.set(column(kind, "updated_at", Instant.class), now);
        values.set(column(kind, "updated_by", String.class), caller.name());
    }

    private void publish(AccountKind kind, Record row) {
        publish(AccountRows.account(sql, kind, row));
    }

    private void publish(Account account) {
        Outbox.put(sql, account);
        changed.putLast(account.recordKey(), account.version());
    }

    private void audit(AccountKind kind, Record row, AuditDiff diff) {
        audit(kind.recordKey(row), row.get(kind.version()), diff);
    }

    private void audit(String recordKey, long version, AuditDiff diff) {
        sql.insertInto(ACCOUNT_AUDIT)
                .set(ACCOUNT_AUDIT.AT, now)
                .set(ACCOUNT_AUDIT.ACTION, action)
                .set(ACCOUNT_AUDIT.RECORD_KEY, recordKey)
                .set(ACCOUNT_AUDIT.VERSION, version)
                .set(ACCOUNT_AUDIT.ACTOR_ROLE, caller.role().word())
                .set(ACCOUNT_AUDIT.ACTOR_USER, caller.userId())
                .set(ACCOUNT_AUDIT.ACTOR_KEY, caller.keyHash())
                .set(ACCOUNT_AUDIT.ADDRESS, caller.address())
                .set(ACCOUNT_AUDIT.REQUEST_ID, caller.requestId())
                .set(ACCOUNT_AUDIT.BEFORE, Json.column(diff.before()))
                .set(ACCOUNT_AUDIT.AFTER, Json.column(diff.after()))
                .execute();
    }

    private static <T> Field<T> column(AccountKind kind, String name, Class<T> type) {
        return LimitColumns.column(kind.table(), name, type);
    }
}
