package dev.sluice.simulator;

import org.jspecify.annotations.Nullable;

/** What goes wrong with one answer on purpose. */
sealed interface Fault {

    Fault NONE = new None();

    /** The fault's name in the ledger. */
    String label();

    /** Nothing goes wrong. */
    record None() implements Fault {
        @Override
        public String label() {
            return "";
        }
    }

    /**
     * An error at once.
     *
     * @param retryAfterSeconds for the {@code Retry-After} header; absent: no header
     * @param code the error's code in place of the status' usual one
     */
    record Refusal(
            int status,
            @Nullable Integer retryAfterSeconds,
            @Nullable String code,
            @Nullable String message)
            implements Fault {
        @Override
        public String label() {
            return "status_" + status;
        }
    }

    /** The request is read and never answered. */
    record BlackHole() implements Fault {
        @Override
        public String label() {
            return "black_hole";
        }
    }

    /**
     * The connection ends after so many bytes of the body; 0: before the first byte of the head.
     */
    record Cut(long afterBytes) implements Fault {
        @Override
        public String label() {
            return "cut";
        }
    }

    /** The body pauses after so many bytes, then goes on. */
    record Stall(long afterBytes, long nanos) implements Fault {
        @Override
        public String label() {
            return "stall";
        }
    }

    /** One event of a stream is broken JSON. */
    record MalformedSse() implements Fault {
        @Override
        public String label() {
            return "malformed_sse";
        }
    }

    /** The answer does not say what it used, although it was asked. */
    record NoUsage() implements Fault {
        @Override
        public String label() {
            return "no_usage";
        }
    }
}
