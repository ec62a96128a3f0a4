package dev.sluice.batch.lines;

import dev.sluice.providers.transport.Slice;

import org.jspecify.annotations.Nullable;

/**
 * What a line asks for.
 *
 * @param customId the caller's name of the line
 * @param customIdToken the same as it stands in the line: a JSON string with its quotes
 * @param model that the body names; null where it names none
 * @param streams whether the body asks for a stream
 * @param body the body's bytes as they stand in the line: a JSON object
 */
public record BatchRequest(
        String customId,
        String customIdToken,
        @Nullable String model,
        boolean streams,
        Slice body) {

    /** Without the body, which is the caller's. */
    @Override
    public String toString() {
        return "BatchRequest " + customId;
    }
}
