package dev.sluice.simulator;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;

import java.util.List;

/** OpenAI's chats, completions and embeddings. */
final class OpenAiWire implements Wire {

    static final Wire INSTANCE = new OpenAiWire();

    static final Header EVENTS =
            HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");

    private OpenAiWire() {}

    /** The name of an answer's kind, or of a part of its stream. */
    static String object(Endpoint endpoint, boolean isChunk) {
        return switch (endpoint) {
            case CHAT -> isChunk ? "chat.completion.chunk" : "chat.completion";
            case COMPLETIONS -> "text_completion";
            default -> "list";
        };
    }

    @Override
    public Reading read(Address address, byte[] body) {
        return ModelCallReader.read(address.endpoint(), body);
    }

    @Override
    public byte[] whole(Answer answer, List<Turn> turns, Usage usage, boolean showUsage) {
        return answer.call().endpoint() == Endpoint.EMBEDDINGS
                ? AnswerWriter.embeddings(answer, usage, showUsage)
                : AnswerWriter.completions(answer, turns, usage, showUsage);
    }

    @Override
    public EventWriter events(Answer answer, boolean showUsage) {
        return new ChunkWriter(answer, showUsage);
    }

    @Override
    public Header streamType() {
        return EVENTS;
    }

    @Override
    public byte[] error(Rejection rejection) {
        return AnswerWriter.error(rejection);
    }
}
