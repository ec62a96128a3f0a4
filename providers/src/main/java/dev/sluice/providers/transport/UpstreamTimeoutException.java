package dev.sluice.providers.transport;

/**
 * The body stalled ({@link FailureKind#TIMEOUT_IDLE}) or took too long ({@link
 * FailureKind#TIMEOUT_TOTAL}).
 */
public final class UpstreamTimeoutException extends UpstreamException {

    UpstreamTimeoutException(FailureKind kind, String message) {
        super(kind, message);
    }
}
