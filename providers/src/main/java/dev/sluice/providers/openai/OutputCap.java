package dev.sluice.providers.openai;

/**
 * The operator's bound on the length of answers: it holds where a request names none, and lowers
 * one that is greater.
 *
 * @param tokens at least 1
 * @param member the name under which the model takes it where a request names none
 */
public record OutputCap(long tokens, Member member) {

    /** OpenAI's two names of the bound; reasoning models refuse the older one. */
    public enum Member {
        MAX_TOKENS,
        MAX_COMPLETION_TOKENS
    }

    public OutputCap {
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens is " + tokens + ", not at least 1");
        }
    }
}
