package dev.sluice.schemas.events;

/**
 * The tokens of one attempt by class. The classes are disjoint: {@code input} excludes cached,
 * written, audio and image tokens; {@code output} excludes reasoning and audio.
 */
public record Usage(
        long input,
        long cachedRead,
        long cacheWrite5m,
        long cacheWrite1h,
        long output,
        long reasoning,
        long audioInput,
        long audioOutput,
        long image) {

    /** No tokens at all. */
    public static final Usage NONE = new Usage(0, 0, 0, 0, 0, 0, 0, 0, 0);

    public Usage {
        if ((input
                        | cachedRead
                        | cacheWrite5m
                        | cacheWrite1h
                        | output
                        | reasoning
                        | audioInput
                        | audioOutput
                        | image)
                < 0) {
            throw new IllegalArgumentException("a token count is negative");
        }
    }

    /** Plain text in and out, nothing cached. */
    public static Usage of(long input, long output) {
        return new Usage(input, 0, 0, 0, output, 0, 0, 0, 0);
    }

    /** What OpenAI calls {@code prompt_tokens}: everything that went in. */
    public long promptTokens() {
        return input + cachedRead + cacheWrite5m + cacheWrite1h + audioInput + image;
    }

    /** What OpenAI calls {@code completion_tokens}: everything that came out. */
    public long completionTokens() {
        return output + reasoning + audioOutput;
    }
}
