package dev.sluice.ingress.auth;

import dev.sluice.schemas.accounts.Account.Role;

/** Who may call a route. What of it he may see or change is decided where the objects are. */
public enum Access {
    /** Everybody, without a key. */
    PUBLIC("everybody"),
    /** Any key: the models that it may use, and what is its own. */
    ANY_KEY("any key, own data"),
    /** Keys that belong to a user, to read. */
    ANY_USER("any user, own data"),
    /** Keys that belong to a user who may change what is his. */
    INTERNAL_USER("internal_user, own data; proxy_admin"),
    /** Who may see everything. */
    ADMIN_VIEWER("proxy_admin_viewer; proxy_admin"),
    /** Who may change everything. */
    ADMIN("proxy_admin"),
    /** The operator himself, not an admin of his. */
    MASTER("the master key");

    private final String words;

    Access(String words) {
        this.words = words;
    }

    /** Who it is, for people. */
    public String words() {
        return words;
    }

    /** Whether a caller's role suffices; a key without a user has none. */
    boolean admits(Caller caller) {
        Role role = caller.role();
        return switch (this) {
            case PUBLIC, ANY_KEY -> true;
            case ANY_USER -> role != null;
            case INTERNAL_USER -> role == Role.INTERNAL_USER || role == Role.PROXY_ADMIN;
            case ADMIN_VIEWER -> role == Role.PROXY_ADMIN_VIEWER || role == Role.PROXY_ADMIN;
            case ADMIN -> role == Role.PROXY_ADMIN;
            case MASTER -> caller.isMaster();
        };
    }
}
