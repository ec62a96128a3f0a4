package dev.sluice.simulator;

/** The model endpoints, with the prefix that their answers' ids have. */
enum Endpoint {
    CHAT("chatcmpl-", Kind.CHAT),
    COMPLETIONS("cmpl-", Kind.TEXT),
    EMBEDDINGS("embd-", Kind.OTHER),
    MESSAGES("msg_", Kind.CHAT),
    COUNT_TOKENS("count_", Kind.OTHER),
    GENERATE("gen-", Kind.CHAT),
    EMBED_BATCH("gemb-", Kind.OTHER),
    EMBED_CONTENT("gemb-", Kind.OTHER),
    PREDICT("pred-", Kind.OTHER),
    CONVERSE("conv-", Kind.CHAT),
    COHERE_CHAT("co-", Kind.TEXT),
    COHERE_EMBED("cemb-", Kind.OTHER),
    RERANK("rank-", Kind.OTHER),
    RESPONSES("resp_", Kind.CHAT),
    IMAGES("img-", Kind.OTHER),
    SPEECH("tts-", Kind.OTHER),
    TRANSCRIPTIONS("stt-", Kind.TEXT),
    MODERATIONS("modr-", Kind.OTHER);

    final String idPrefix;
    private final Kind kind;

    private enum Kind {
        /** Speaks, and providers cache its prompts. */
        CHAT,
        /** Speaks. */
        TEXT,
        /** Does not speak. */
        OTHER
    }

    Endpoint(String idPrefix, Kind kind) {
        this.idPrefix = idPrefix;
        this.kind = kind;
    }

    /** The API that it belongs to. */
    Wire wire() {
        return switch (this) {
            case CHAT, COMPLETIONS, EMBEDDINGS -> OpenAiWire.INSTANCE;
            case MESSAGES, COUNT_TOKENS -> AnthropicWire.INSTANCE;
            case GENERATE, EMBED_BATCH, EMBED_CONTENT, PREDICT -> GeminiWire.INSTANCE;
            case CONVERSE -> ConverseWire.INSTANCE;
            case COHERE_CHAT, COHERE_EMBED, RERANK -> CohereWire.INSTANCE;
            case RESPONSES -> ResponsesWire.INSTANCE;
            case IMAGES, SPEECH, TRANSCRIPTIONS, MODERATIONS -> MediaWire.INSTANCE;
        };
    }

    boolean speaks() {
        return kind == Kind.CHAT || kind == Kind.TEXT;
    }

    boolean cachesPrompts() {
        return kind == Kind.CHAT;
    }
}
