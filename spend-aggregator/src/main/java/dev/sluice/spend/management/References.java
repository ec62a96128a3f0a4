package dev.sluice.spend.management;

import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.AccountTransaction;
import dev.sluice.spend.accounts.Changes;

import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** Accounts by the names that calls give them. */
final class References {

    private References() {}

    /** The account with an id, locked, or a 404. */
    static Record lock(AccountTransaction change, AccountKind kind, String id, String parameter) {
        return change.find(kind, id).orElseThrow(() -> missing(kind, parameter));
    }

    /** The account with an id, or a 404. */
    static Record read(DSLContext sql, AccountKind kind, String id, String parameter) {
        Record row = sql.selectFrom(kind.table()).where(kind.id().eq(id)).fetchOne();
        if (row == null) {
            throw missing(kind, parameter);
        }
        return row;
    }

    /** Refuses changes that name an account which is not there. */
    static void require(
            DSLContext sql,
            Changes changes,
            Field<String> column,
            AccountKind kind,
            String parameter) {
        String id = changes.get(column);
        if (id != null) {
            require(sql, kind, id, parameter);
        }
    }

    /** Refuses an account that is not there. */
    static void require(DSLContext sql, AccountKind kind, String id, String parameter) {
        if (!sql.fetchExists(kind.table(), kind.id().eq(id))) {
            throw Refused.badRequest("There is no such %s.".formatted(kind.word()), parameter);
        }
    }

    /** Refuses to create what is there. */
    static void requireFree(DSLContext sql, AccountKind kind, String id, String parameter) {
        if (sql.fetchExists(kind.table(), kind.id().eq(id))) {
            throw Refused.badRequest(
                    "There is already a %s with this id.".formatted(kind.word()), parameter);
        }
    }

    /** Refuses a text that another account has. */
    static <T> void requireUnique(
            DSLContext sql,
            AccountKind kind,
            Field<T> column,
            @Nullable T value,
            @Nullable String butId,
            String parameter) {
        if (value == null) {
            return;
        }
        var taken = column.eq(value);
        if (butId != null) {
            taken = taken.and(kind.id().ne(butId));
        }
        if (sql.fetchExists(kind.table(), taken)) {
            throw Refused.badRequest(
                    "Another %s has this %s.".formatted(kind.word(), parameter), parameter);
        }
    }

    /** All rows that a condition finds are here; anything that is missing is a 404. */
    static void requireAll(
            List<String> wanted, List<? extends Record> found, AccountKind kind, String parameter) {
        if (found.size() < wanted.size()) {
            throw missing(kind, parameter);
        }
    }

    private static Refused missing(AccountKind kind, String parameter) {
        String word = kind.word();
        return Refused.notFound(
                Character.toUpperCase(word.charAt(0)) + word.substring(1), parameter);
    }
}
