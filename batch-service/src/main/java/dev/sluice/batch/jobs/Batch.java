package dev.sluice.batch.jobs;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Map;

/**
 * A batch as it stands.
 *
 * @param endpoint the path that each of its lines names, such as {@code /v1/chat/completions}
 * @param window how long it may take, as the caller wrote it
 * @param model the one model of its lines; null where they have several, and before it is known
 * @param metadata the caller's, a JSON object as text; null for none
 * @param errors what validation found, OpenAI's {@code errors} object as text; null for nothing
 * @param outputExpiresAfter seconds after which its output files go; null for never
 * @param spendCapPico picodollars that it may cost; null without a cap
 * @param expiresAt end of the window
 * @param times when it came to be in each state that it has seen
 */
public record Batch(
        String id,
        Owner owner,
        String endpoint,
        String inputFileId,
        String window,
        BatchStatus status,
        Mode mode,
        @Nullable String model,
        @Nullable String metadata,
        @Nullable String errors,
        @Nullable String outputFileId,
        @Nullable String errorFileId,
        @Nullable Long outputExpiresAfter,
        @Nullable Long spendCapPico,
        Instant createdAt,
        Instant expiresAt,
        Map<BatchStatus, Instant> times,
        Counts counts,
        BatchUsage usage) {

    public Batch {
        times = Map.copyOf(times);
    }

    /** Who calls its lines. */
    public enum Mode {
        /** The provider's own batch API where there is one and the window allows. */
        AUTO,
        /** Only the provider's own batch API. */
        NATIVE,
        /** This gateway, line by line. */
        GATEWAY
    }

    /**
     * Lines by what became of them.
     *
     * @param repeated that may have been called twice
     */
    public record Counts(int total, int completed, int failed, int repeated) {

        /** Lines without an outcome. */
        public int open() {
            return total - completed - failed;
        }
    }

    /**
     * What its lines have used.
     *
     * @param spentPico picodollars
     * @param cached of the input
     * @param reasoning of the output
     */
    public record BatchUsage(long spentPico, long input, long cached, long output, long reasoning) {

        /** Nothing. */
        public static final BatchUsage NONE = new BatchUsage(0, 0, 0, 0, 0);

        /** Both together. */
        public BatchUsage plus(BatchUsage other) {
            return new BatchUsage(
                    Math.addExact(spentPico, other.spentPico),
                    input + other.input,
                    cached + other.cached,
                    output + other.output,
                    reasoning + other.reasoning);
        }
    }
}
