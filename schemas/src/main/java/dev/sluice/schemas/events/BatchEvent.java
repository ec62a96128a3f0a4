package dev.sluice.schemas.events;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * A batch has come to another state, or its counts have moved.
 *
 * @param owner whose it is: {@code team:…}, {@code user:…} or the hash of a key
 * @param status in OpenAI's words
 * @param total lines
 * @param completed lines with an answer
 * @param failed lines that ended with an error
 * @param repeated lines that may have been called twice
 * @param spentPico picodollars
 * @param outputFile null as long as there is none
 * @param errorFile null as long as there is none
 */
public record BatchEvent(
        String eventId,
        Instant at,
        String batch,
        String owner,
        String endpoint,
        String status,
        int total,
        int completed,
        int failed,
        int repeated,
        long spentPico,
        @Nullable String outputFile,
        @Nullable String errorFile) {

    public BatchEvent {
        requireNonNull(eventId, "eventId is null");
        requireNonNull(at, "at is null");
        requireNonNull(batch, "batch is null");
        requireNonNull(owner, "owner is null");
        requireNonNull(endpoint, "endpoint is null");
        requireNonNull(status, "status is null");
    }
}
