package dev.sluice.providers.protocol;

import dev.sluice.providers.openai.ByteSource;

/** Makes OpenAI's answer of a provider's. For one call; not for several threads. */
public interface Translation {

    /** Whether answers and streams pass as they are. */
    default boolean isIdentity() {
        return false;
    }

    /** Whether an answer of this content type comes in events. */
    default boolean isStream(String contentType) {
        return contentType.startsWith("text/event-stream");
    }

    /**
     * The whole answer in OpenAI's wire.
     *
     * @throws UnreadableAnswerException if it is not what the provider promises
     */
    byte[] answer(byte[] body) throws UnreadableAnswerException;

    /**
     * The stream in OpenAI's wire: events with {@code data:}, an error as one event without a
     * {@code [DONE]}, else {@code [DONE]} at the end. It reads no further than it must to hand out
     * the next bytes, and holds at most one event of the provider's. A stream that ends too soon
     * throws {@link java.io.EOFException}, one that cannot be read hands out an error event.
     */
    ByteSource stream(ByteSource source);

    /**
     * The error in OpenAI's wire.
     *
     * @param header finds the answer's headers
     */
    ProviderFailure failure(int status, HeaderLookup header, byte[] body);
}
