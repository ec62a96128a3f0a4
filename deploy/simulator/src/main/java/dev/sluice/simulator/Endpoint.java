package dev.sluice.simulator;

/** The model endpoints, with the names that OpenAI gives their answers. */
enum Endpoint {
    CHAT("chatcmpl-", "chat.completion", "chat.completion.chunk"),
    COMPLETIONS("cmpl-", "text_completion", "text_completion"),
    EMBEDDINGS("embd-", "list", "");

    final String idPrefix;
    final String object;
    final String chunkObject;

    Endpoint(String idPrefix, String object, String chunkObject) {
        this.idPrefix = idPrefix;
        this.object = object;
        this.chunkObject = chunkObject;
    }
}
