package dev.sluice.providers.transport;

/** The connection broke before the body was complete. */
public final class TruncatedBodyException extends UpstreamException {

    TruncatedBodyException(String message) {
        super(FailureKind.BROKEN, message);
    }
}
