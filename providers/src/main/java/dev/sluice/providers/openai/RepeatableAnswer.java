package dev.sluice.providers.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Optional;

/**
 * Whether an answer may be given again to who asks the same. Errors and refusals may pass, tools
 * act each time anew, and what is cut is no answer. One that ends at the bound that its caller set
 * is the right answer to the same request; one that ends for a reason that nobody here knows is
 * not.
 */
public final class RepeatableAnswer {

    private RepeatableAnswer() {}

    /**
     * Whether a plain answer may.
     *
     * @param facts what was read of the same bytes
     */
    public static boolean plain(Endpoint endpoint, ResponseFacts facts, byte[] body) {
        return switch (endpoint) {
            case CHAT_COMPLETIONS, COMPLETIONS -> isFit(facts) && facts.endsWell();
            case EMBEDDINGS, RERANK -> isFit(facts);
            case RESPONSES ->
                    isFit(facts)
                            && JsonTrees.object(body, 0, body.length)
                                    .map(RepeatableAnswer::isFit)
                                    .orElse(false);
            // A text, subtitles or JSON.
            case TRANSCRIPTIONS -> body.length > 0 && (!facts.wellFormed() || isFit(facts));
            case MODERATIONS, IMAGES, SPEECH -> false;
        };
    }

    /** Whether a stream may, as it was recorded. */
    public static boolean stream(Endpoint endpoint, byte[] recorded) {
        return whole(endpoint, recorded)
                .map(plain ->
                        plain(endpoint, ResponseFacts.of(endpoint, plain, plain.length), plain))
                .orElse(false);
    }

    /** The plain answer that a recorded stream amounts to; empty where it does not end. */
    public static Optional<byte[]> whole(Endpoint endpoint, byte[] recorded) {
        return endpoint == Endpoint.RESPONSES
                ? lastResponse(recorded)
                : CompletionForms.toPlain(recorded);
    }

    private static boolean isFit(ResponseFacts facts) {
        return facts.wellFormed()
                && facts.error() == null
                && !facts.callsTools()
                && !facts.refuses();
    }

    private static boolean isFit(ObjectNode response) {
        String reason = response.path("incomplete_details").path("reason").asText("");
        String status = response.path("status").asText("completed");
        boolean isEnded =
                status.equals("completed")
                        || (status.equals("incomplete") && reason.equals("max_output_tokens"));
        if (!isEnded) {
            return false;
        }
        for (JsonNode item : response.path("output")) {
            String type = item.path("type").asText();
            if (!type.equals("message") && !type.equals("reasoning")) {
                return false;
            }
            for (JsonNode part : item.path("content")) {
                if (part.path("type").asText().equals("refusal")) {
                    return false;
                }
            }
        }
        return true;
    }

    private static Optional<byte[]> lastResponse(byte[] recorded) {
        var events =
                new SseReader(
                        Endpoint.RESPONSES,
                        new ByteArrayInputStream(recorded)::read,
                        Math.max(recorded.length, 1));
        try {
            @Nullable ObjectNode last = null;
            while (events.next() == SseReader.Step.EVENT) {
                if (events.event().isDone()) {
                    last = events.event().json().orElse(null);
                }
            }
            return last != null && last.path("response") instanceof ObjectNode response
                    ? Optional.of(JsonTrees.bytes(response))
                    : Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException("an array cannot fail", e);
        }
    }
}
