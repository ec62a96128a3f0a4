package dev.sluice.ingress.accounts;

import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Account.ApiKey;
import dev.sluice.schemas.accounts.Account.Deleted;
import dev.sluice.schemas.accounts.Account.User;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The newest version of every account. One thread writes at a time, any number read without a lock.
 * Deleted accounts are remembered: without them an old record would bring one back.
 */
final class AccountStore {

    private final Map<KeyHash, Account> keys = new ConcurrentHashMap<>();
    private final Map<Kind, Map<String, Account>> others = new EnumMap<>(Kind.class);
    private final Sharing sharing = new Sharing();
    private final int accountsMax;

    private volatile boolean full;
    private final AtomicInteger size = new AtomicInteger();

    /** What became of an account that was offered. */
    enum Outcome {
        TAKEN,
        KNOWN,
        OLDER,
        FULL,
        MALFORMED
    }

    /** Keeps at most so many accounts, deleted ones included; further new ones are refused. */
    AccountStore(int accountsMax) {
        this.accountsMax = accountsMax;
        for (Kind kind : Kind.values()) {
            others.put(kind, new ConcurrentHashMap<>());
        }
    }

    /** Takes an account if it is newer than the known one. */
    Outcome put(Account account) {
        String recordKey = account.recordKey();
        Kind kind = Kind.of(recordKey);
        if (kind == null || isIncomplete(account)) {
            return Outcome.MALFORMED;
        }
        if (kind == Kind.KEY) {
            KeyHash hash = KeyHash.parse(kind.idIn(recordKey));
            return hash == null ? Outcome.MALFORMED : put(keys, hash, account);
        }
        // The account's own text, which its keys share: one text in memory, found by identity.
        String id = account instanceof Deleted ? kind.idIn(recordKey) : account.id();
        return put(of(kind), id, account);
    }

    private <K> Outcome put(Map<K, Account> accounts, K id, Account account) {
        Account before = accounts.get(id);
        if (before != null && before.version() >= account.version()) {
            return before.version() == account.version() ? Outcome.KNOWN : Outcome.OLDER;
        }
        if (before == null && size.get() >= accountsMax) {
            full = true;
            return Outcome.FULL;
        }
        accounts.put(id, sharing.shared(account, this::teamId, this::userId));
        if (before == null) {
            size.incrementAndGet();
        }
        return Outcome.TAKEN;
    }

    /** What the codec lets through, but no account can be without. */
    @SuppressWarnings("ConstantValue") // a record of the topic may lack anything
    private static boolean isIncomplete(Account account) {
        return account.id() == null || (account instanceof User user && user.role() == null);
    }

    private String teamId(String id) {
        return of(Kind.TEAM).get(id) instanceof Account.Team team ? team.id() : id;
    }

    private String userId(String id) {
        return of(Kind.USER).get(id) instanceof User user ? user.id() : id;
    }

    @Nullable ApiKey key(KeyHash hash) {
        return keys.get(hash) instanceof ApiKey key ? key : null;
    }

    /** Whether a key was there once and is no more. */
    boolean isDeleted(KeyHash hash) {
        return keys.get(hash) instanceof Deleted;
    }

    /** The account of a kind and type; null where there is none, or no more. */
    <A extends Account> @Nullable A find(Kind kind, Class<A> type, String id) {
        Account account = of(kind).get(id);
        return type.isInstance(account) ? type.cast(account) : null;
    }

    /** The known version of a record key, -1 without one. */
    long version(String recordKey) {
        Kind kind = Kind.of(recordKey);
        if (kind == null) {
            return -1;
        }
        Account account;
        if (kind == Kind.KEY) {
            KeyHash hash = KeyHash.parse(kind.idIn(recordKey));
            account = hash == null ? null : keys.get(hash);
        } else {
            account = of(kind).get(kind.idIn(recordKey));
        }
        return account == null ? -1 : account.version();
    }

    /** All accounts, deleted ones included. */
    void forEach(Consumer<Account> action) {
        keys.values().forEach(action);
        others.values().forEach(accounts -> accounts.values().forEach(action));
    }

    /** Accounts that are kept, deleted ones included. */
    int size() {
        return size.get();
    }

    /** Whether an account was refused because there were too many. */
    boolean isFull() {
        return full;
    }

    private Map<String, Account> of(Kind kind) {
        Map<String, Account> accounts = others.get(kind);
        if (accounts == null) {
            throw new IllegalArgumentException("no accounts of " + kind);
        }
        return accounts;
    }
}
