package dev.sluice.ingress.limits;

/** Redis did not answer, or not in time, or not what was asked. */
final class LeaseFailure extends Exception {

    private static final long serialVersionUID = 1L;

    private final String reason;

    LeaseFailure(String reason) {
        super(reason);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
