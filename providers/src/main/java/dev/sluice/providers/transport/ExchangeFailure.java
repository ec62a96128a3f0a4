package dev.sluice.providers.transport;

import static java.util.Objects.requireNonNull;

import java.io.IOException;

/**
 * An exchange that failed before the head of its answer; becomes an {@link Exchange.Failed} at the
 * edge. Expected, so it has no stack.
 */
final class ExchangeFailure extends Exception {

    private static final int MAX_DETAIL_CHARS = 200;

    private final FailureKind kind;
    private final String reason;

    ExchangeFailure(FailureKind kind, String reason) {
        super(reason, null, false, false);
        this.kind = requireNonNull(kind, "kind is null");
        this.reason = requireNonNull(reason, "reason is null");
    }

    /**
     * A step that failed.
     *
     * @param step such as "connecting to https://host"
     * @param cause told, cut and on one line, unless we ended the step ourselves
     */
    static ExchangeFailure of(FailureKind kind, String step, IOException cause) {
        if (kind.timeout()) {
            return new ExchangeFailure(kind, step + " took too long");
        }
        return new ExchangeFailure(
                kind,
                kind == FailureKind.CANCELLED
                        ? step + " was cancelled"
                        : step + " failed: " + oneLine(cause));
    }

    private static String oneLine(IOException cause) {
        String message = cause.getMessage();
        String detail = message == null ? cause.getClass().getSimpleName() : message;
        String cut = detail.substring(0, Math.min(detail.length(), MAX_DETAIL_CHARS));
        return cut.replaceAll("\\p{Cntrl}+", " ");
    }

    FailureKind kind() {
        return kind;
    }

    Exchange.Failed asValue() {
        return new Exchange.Failed(kind, reason);
    }
}
