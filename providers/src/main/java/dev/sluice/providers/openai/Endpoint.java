package dev.sluice.providers.openai;

import java.util.EnumSet;
import java.util.List;

/** A model endpoint that the gateway serves: OpenAI's, and Cohere's rerank. */
public enum Endpoint {
    CHAT_COMPLETIONS("/chat/completions", "acompletion", "messages"),
    COMPLETIONS("/completions", "atext_completion", "prompt"),
    EMBEDDINGS("/embeddings", "aembedding", "input"),
    RERANK("/rerank", "arerank", "documents"),
    MODERATIONS("/moderations", "amoderation", "input"),
    IMAGES("/images/generations", "aimage_generation", "prompt"),
    SPEECH("/audio/speech", "aspeech", "input"),
    TRANSCRIPTIONS("/audio/transcriptions", "atranscription", "file"),
    RESPONSES("/responses", "aresponses", "input");

    /** Those that whoever speaks OpenAI's wire is taken to have. */
    public static final List<Endpoint> EVERYWHERE =
            List.copyOf(EnumSet.complementOf(EnumSet.of(RESPONSES)));

    private final String path;
    private final String callType;
    private final String promptName;

    Endpoint(String path, String callType, String promptName) {
        this.path = path;
        this.callType = callType;
        this.promptName = promptName;
    }

    /** The path below the API's base, such as {@code /chat/completions}. */
    public String path() {
        return path;
    }

    /** What LiteLLM calls a call of this endpoint, such as {@code acompletion}. */
    public String callType() {
        return callType;
    }

    /** The name of the field that carries the prompt: without it a request is refused. */
    public String promptName() {
        return promptName;
    }

    /** Whether the answer is text that the model writes, by the token. */
    public boolean hasOutput() {
        return this == CHAT_COMPLETIONS || this == COMPLETIONS || this == RESPONSES;
    }

    /** Whether the request is a form with a file, not JSON. */
    public boolean isForm() {
        return this == TRANSCRIPTIONS;
    }

    /** Whether an answer may be given again at all. */
    public boolean isCacheable() {
        return switch (this) {
            case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS, RERANK, TRANSCRIPTIONS, RESPONSES ->
                    true;
            case MODERATIONS, IMAGES, SPEECH -> false;
        };
    }

    /** Whether a plain answer and a stream can be made of each other. */
    public boolean hasTwoForms() {
        return this == CHAT_COMPLETIONS || this == COMPLETIONS;
    }

    /** Whether the answer passes as the bytes that it is, while it arrives. */
    public boolean isRelayed(String contentType) {
        return switch (this) {
            case SPEECH -> true;
            case IMAGES, TRANSCRIPTIONS -> contentType.startsWith("text/event-stream");
            case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS, RERANK, MODERATIONS, RESPONSES -> false;
        };
    }

    /** Whether its calls are paid for by more than tokens, or by something else. */
    public boolean hasUnits() {
        return switch (this) {
            case RERANK, IMAGES, SPEECH, TRANSCRIPTIONS -> true;
            case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS, MODERATIONS, RESPONSES -> false;
        };
    }

    /** Whether a stream says in so many words that it is whole; others may just end. */
    public boolean endsBySaying() {
        return this == RESPONSES;
    }
}
