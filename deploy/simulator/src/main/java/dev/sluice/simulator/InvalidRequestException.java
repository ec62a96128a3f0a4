package dev.sluice.simulator;

/** A request that the model endpoints do not accept; becomes a {@link Rejection} at the edge. */
final class InvalidRequestException extends Exception {

    private final transient Rejection rejection;

    InvalidRequestException(Rejection rejection) {
        super(rejection.message());
        this.rejection = rejection;
    }

    Rejection rejection() {
        return rejection;
    }
}
