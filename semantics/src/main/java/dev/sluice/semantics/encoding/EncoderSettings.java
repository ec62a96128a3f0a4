package dev.sluice.semantics.encoding;

import java.time.Duration;

/**
 * How much the encoder may take.
 *
 * @param threads that compute at once, each one core while it does
 * @param queued texts that may wait for a thread; the next is refused
 * @param tokens pieces of words in a text, the model's two marks included; at most 512
 * @param retryAfter how long a model that could not be loaded is left alone
 */
public record EncoderSettings(int threads, int queued, int tokens, Duration retryAfter) {

    private static final int MODEL_TOKENS = 512;

    /** One thread, 64 waiting, 256 tokens. */
    public static final EncoderSettings DEFAULT =
            new EncoderSettings(1, 64, 256, Duration.ofMinutes(1));

    public EncoderSettings {
        if (threads < 1 || queued < 1) {
            throw new IllegalArgumentException("threads and queued are at least 1");
        }
        if (tokens < 3 || tokens > MODEL_TOKENS) {
            throw new IllegalArgumentException("tokens are 3 to " + MODEL_TOKENS);
        }
    }
}
