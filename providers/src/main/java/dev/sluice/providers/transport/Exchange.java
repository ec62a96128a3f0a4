package dev.sluice.providers.transport;

import static java.util.Objects.requireNonNull;

/** What came of sending a request. */
public sealed interface Exchange {

    /**
     * The upstream answered, with whatever status.
     *
     * @param response to be closed by who takes it: it holds a connection
     */
    record Answered(UpstreamResponse response) implements Exchange {
        public Answered {
            requireNonNull(response, "response is null");
        }
    }

    /**
     * No answer came.
     *
     * @param kind for code
     * @param reason for people: one line, without secrets
     */
    record Failed(FailureKind kind, String reason) implements Exchange {
        public Failed {
            requireNonNull(kind, "kind is null");
            requireNonNull(reason, "reason is null");
        }
    }
}
