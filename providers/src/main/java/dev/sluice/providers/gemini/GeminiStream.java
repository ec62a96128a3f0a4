package dev.sluice.providers.gemini;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.ChatChunks;
import dev.sluice.providers.openai.ChatStream;
import dev.sluice.providers.openai.ErrorBody;
import dev.sluice.providers.openai.EventStream;

import java.io.EOFException;
import java.io.IOException;

/** Tells the events of a {@code streamGenerateContent?alt=sse}. */
public final class GeminiStream implements ChatStream.Step {

    private static final ErrorBody UNREADABLE =
            new ErrorBody(
                    "The provider sent an event that cannot be read.", "api_error", null, "502");

    private final EventStream events;
    private final GeminiAnswer answer;

    /** Tells {@code events} into {@code chunks}, the same as in {@link #next}. */
    public GeminiStream(EventStream events, ChatChunks chunks) {
        this.events = events;
        this.answer = new GeminiAnswer(chunks);
    }

    @Override
    public boolean isAtHand() {
        return events.isAtHand();
    }

    @Override
    public boolean next(ChatChunks chunks) throws IOException {
        EventStream.Event event = events.next();
        if (event == null) {
            // Google says no [DONE]: after the word about the end the connection's end is the end.
            if (!answer.isComplete()) {
                throw cut();
            }
            answer.end();
            return false;
        }
        if (event.data().isBlank() || event.data().equals("[DONE]")) {
            return true;
        }
        JsonNode response = Json.read(event.data());
        if (!response.isObject()) {
            // Half an event with nothing after it was cut, not garbled.
            if (response.isMissingNode() && events.next() == null) {
                throw cut();
            }
            chunks.error(UNREADABLE);
            throw new ChatStream.ErrorTold();
        }
        if (response.has("error")) {
            chunks.error(GeminiErrors.of(0, response).body());
            throw new ChatStream.ErrorTold();
        }
        answer.add(response);
        return true;
    }

    private static EOFException cut() {
        return new EOFException("the provider's stream ended before its last event");
    }
}
