package dev.sluice.providers.transport;

/** The exchange was given up on our side while its body was being read. */
public final class ExchangeCancelledException extends UpstreamException {

    ExchangeCancelledException(String message) {
        super(FailureKind.CANCELLED, message);
    }
}
