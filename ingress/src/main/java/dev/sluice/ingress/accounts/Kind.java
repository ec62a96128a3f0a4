package dev.sluice.ingress.accounts;

import org.jspecify.annotations.Nullable;

import java.util.Locale;

/** The kinds of accounts, by the prefix of their record keys. */
enum Kind {
    KEY,
    TEAM,
    USER,
    ORGANIZATION,
    CUSTOMER,
    BUDGET;

    private static final Kind[] ALL = values();

    private final String prefix = name().toLowerCase(Locale.ROOT) + ":";

    /** The kind of a record key; null where it is none of ours. */
    static @Nullable Kind of(String recordKey) {
        for (Kind kind : ALL) {
            if (recordKey.startsWith(kind.prefix) && recordKey.length() > kind.prefix.length()) {
                return kind;
            }
        }
        return null;
    }

    /** The account's id within its kind. */
    String idIn(String recordKey) {
        return recordKey.substring(prefix.length());
    }
}
