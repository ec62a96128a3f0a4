package dev.sluice.ingress.limits;

/** What is limited. */
public enum LimitKind {
    /** Requests in a minute. */
    REQUESTS("requests", 'r'),
    /** Tokens in a minute, input and output. */
    TOKENS("tokens", 't'),
    /** Requests that are open at the same time. */
    PARALLEL("max_parallel_requests", 'p'),
    /** Picodollars in a budget period. */
    BUDGET("budget", 'b');

    private final String word;
    private final char letter;

    LimitKind(String word, char letter) {
        this.word = word;
        this.letter = letter;
    }

    /** What LiteLLM calls it in messages and headers. */
    public String word() {
        return word;
    }

    /** What it is called in the names of Redis keys. */
    char letter() {
        return letter;
    }
}
