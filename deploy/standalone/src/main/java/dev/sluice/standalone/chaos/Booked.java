package dev.sluice.standalone.chaos;

import org.jspecify.annotations.Nullable;

import java.time.LocalDateTime;

/**
 * One row of {@code spend_events}.
 *
 * @param question the end user, which callers make their question
 * @param closing whether it only ends a request: it began when it ended
 * @param prompt all input tokens, cached ones included
 * @param costPico picodollars
 */
record Booked(
        String requestId,
        int attempt,
        boolean last,
        String kind,
        LocalDateTime startedAt,
        boolean closing,
        String question,
        @Nullable String deployment,
        @Nullable String responseId,
        String status,
        @Nullable String errorClass,
        long prompt,
        long cached,
        long completion,
        long costPico) {

    boolean isKind(String word) {
        return kind.equals(word);
    }
}
