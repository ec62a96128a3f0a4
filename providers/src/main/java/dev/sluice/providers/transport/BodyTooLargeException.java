package dev.sluice.providers.transport;

/** The body is larger than the reader allowed; the exchange was cancelled. */
public final class BodyTooLargeException extends UpstreamException {

    BodyTooLargeException(String message) {
        super(FailureKind.PROTOCOL, message);
    }
}
