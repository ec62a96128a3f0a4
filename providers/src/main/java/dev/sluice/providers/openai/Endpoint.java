package dev.sluice.providers.openai;

/** A model endpoint of OpenAI's API that the gateway serves. */
public enum Endpoint {
    CHAT_COMPLETIONS("/chat/completions", "acompletion", "messages"),
    COMPLETIONS("/completions", "atext_completion", "prompt"),
    EMBEDDINGS("/embeddings", "aembedding", "input");

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

    /** Whether the answer is text that the model writes: embeddings have only a prompt. */
    public boolean hasOutput() {
        return this != EMBEDDINGS;
    }
}
