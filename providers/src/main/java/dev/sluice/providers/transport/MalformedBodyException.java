package dev.sluice.providers.transport;

/** The framing of the body is not the HTTP/1.1 that we accept. */
public final class MalformedBodyException extends UpstreamException {

    MalformedBodyException(String message) {
        super(FailureKind.PROTOCOL, message);
    }
}
