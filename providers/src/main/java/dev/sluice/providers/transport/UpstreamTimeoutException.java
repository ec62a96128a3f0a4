package dev.sluice.providers.transport;

/**
 * The body did not begin ({@link FailureKind#TIMEOUT_FIRST_BYTE}), stalled ({@link
 * FailureKind#TIMEOUT_IDLE}) or took too long ({@link FailureKind#TIMEOUT_TOTAL}).
 */
public final class UpstreamTimeoutException extends UpstreamException {

    UpstreamTimeoutException(FailureKind kind, String message) {
        super(kind, message);
    }
}
