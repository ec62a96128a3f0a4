package dev.sluice.providers.openai;

/**
 * The operator's bound on the length of answers: it holds where a request names none, and lowers
 * one that is greater.
 *
 * @param tokens at least 1
 * @param member the name under which the model takes it where a request names none
 */
public record OutputCap(long tokens, Member member) {

    /** OpenAI's names of the bound; reasoning models refuse the oldest, Responses have the last. */
    public enum Member {
        MAX_TOKENS,
        MAX_COMPLETION_TOKENS,
        MAX_OUTPUT_TOKENS
    }

    /** The same bound where an endpoint has a name of its own for it. */
    public OutputCap in(Endpoint endpoint) {
        return endpoint == Endpoint.RESPONSES
                ? new OutputCap(tokens, Member.MAX_OUTPUT_TOKENS)
                : this;
    }

    public OutputCap {
        if (tokens < 1) {
            throw new IllegalArgumentException("tokens is " + tokens + ", not at least 1");
        }
    }
}
