package dev.sluice.ingress.limits;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;

/** What came of a claim. */
public sealed interface Admission {

    /** The call may go on; its end must be told to the reservation. */
    record Admitted(Reservation reservation) implements Admission {}

    /**
     * One scope has no room, and nothing was consumed anywhere.
     *
     * @param limit requests, tokens, open requests or picodollars
     * @param remaining of the limit, as far as it is known here; never negative
     * @param current what is used and reserved
     * @param resetsAt when the window or the budget's period ends; null: when calls end, or never
     * @param retryAfter when it is worth trying again, at least a second; zero: not by waiting
     */
    record Refused(
            Scope scope,
            LimitKind kind,
            long limit,
            long remaining,
            long current,
            @Nullable Instant resetsAt,
            Duration retryAfter)
            implements Admission {

        public Refused {
            requireNonNull(scope, "scope is null");
            requireNonNull(kind, "kind is null");
            requireNonNull(retryAfter, "retryAfter is null");
        }
    }
}
