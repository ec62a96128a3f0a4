package dev.sluice.ingress.auth;

/** What came of asking who is calling. */
public sealed interface Authentication {

    /** A known caller. */
    record Accepted(Caller caller) implements Authentication {}

    /** Nobody that we know; {@code reason} is for the caller and never repeats his key. */
    record Refused(String reason) implements Authentication {}
}
