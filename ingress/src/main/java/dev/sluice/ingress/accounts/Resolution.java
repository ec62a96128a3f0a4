package dev.sluice.ingress.accounts;

/** What is known of a key. */
public sealed interface Resolution {

    /** A key, blocked or expired ones included. */
    record Found(KeyAccounts accounts) implements Resolution {}

    /** There is no such key. */
    record Unknown() implements Resolution {}

    /**
     * It cannot be said: the accounts were not read yet, or what the key belongs to is missing.
     *
     * @param reason for the caller; it names no account
     */
    record NotReady(String reason) implements Resolution {}

    /** There is no such key. */
    Resolution UNKNOWN = new Unknown();
}
