package dev.sluice.standalone;

import java.net.BindException;

/** Turns what a service threw at its start into one line for the operator. */
final class StartFailure {

    private StartFailure() {}

    static CannotStartException of(String part, RuntimeException thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return new CannotStartException(
                        "%s: its port or address is taken (%s): choose another port"
                                .formatted(part, cause.getMessage()),
                        thrown);
            }
        }
        String message = thrown.getMessage();
        return new CannotStartException(
                "%s: %s"
                        .formatted(
                                part,
                                message == null ? thrown.getClass().getSimpleName() : message),
                thrown);
    }
}
