package dev.sluice.providers.cohere;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.ErrorBody;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.StatusErrors;

import java.util.Optional;

/** Makes OpenAI's errors of Cohere's. */
public final class CohereErrors {

    /** Cohere's own status for a prompt that its filter blocks. */
    private static final int BLOCKED = 498;

    private CohereErrors() {}

    /** The status that OpenAI would have answered. */
    public static int status(int status) {
        return status == BLOCKED ? 400 : status == 499 || status < 400 ? 502 : status;
    }

    /** The error of an answer with this status. */
    public static ErrorBody of(int status, byte[] body) {
        Optional<ObjectNode> tree = JsonTrees.object(body, 0, body.length);
        String message = tree.map(error -> error.path("message").asText()).orElse("");
        String said = message.isEmpty() ? "Cohere answered %d.".formatted(status) : message;
        boolean isTooLong =
                tree.filter(error -> error.path("error_type").asText().equals("TOO_MANY_TOKENS"))
                                .isPresent()
                        || message.startsWith("too many tokens");
        if (status == 400 && isTooLong) {
            return StatusErrors.contextLengthExceeded(said);
        }
        return status == BLOCKED
                ? new ErrorBody(said, "invalid_request_error", "messages", "content_filter")
                : StatusErrors.of(status(status), said);
    }
}
