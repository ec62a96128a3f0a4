package dev.sluice.providers.transport;

import static java.util.Objects.requireNonNull;

import java.io.IOException;

/** The body of an answer did not arrive whole. The message is one line without secrets. */
public abstract sealed class UpstreamException extends IOException
        permits BodyTooLargeException,
                ExchangeCancelledException,
                MalformedBodyException,
                TruncatedBodyException,
                UpstreamTimeoutException {

    private final FailureKind kind;

    UpstreamException(FailureKind kind, String message) {
        super(message);
        this.kind = requireNonNull(kind, "kind is null");
    }

    /** Why, for code. */
    public FailureKind kind() {
        return kind;
    }
}
