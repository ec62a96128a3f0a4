package dev.sluice.simulator;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Which long prompt prefixes a key and model have shown before, as a provider's prompt cache.
 *
 * <p>A table of 65,536 fingerprints (512 KiB, eight million tokens): a newer prefix that falls on
 * an older one's place displaces it.
 */
final class PromptCache {

    private static final int PLACES = 1 << 16;

    private final AtomicLongArray seen = new AtomicLongArray(PLACES);

    /** How many leading tokens of the prompt were seen before; remembers the prompt. */
    long cachedTokens(long scope, Prompt prompt) {
        long[] prefixes = prompt.prefixes();
        int known = 0;
        while (known < prefixes.length && isSeen(fingerprint(scope, prefixes[known]))) {
            known++;
        }
        for (int i = known; i < prefixes.length; i++) {
            long fingerprint = fingerprint(scope, prefixes[i]);
            seen.set(place(fingerprint), fingerprint);
        }
        return known == 0
                ? 0
                : PromptDigest.CACHEABLE_TOKENS_MIN
                        + (known - 1L) * PromptDigest.CACHEABLE_TOKENS_STEP;
    }

    private boolean isSeen(long fingerprint) {
        return seen.get(place(fingerprint)) == fingerprint;
    }

    private static long fingerprint(long scope, long prefix) {
        return Mixer.mix(scope ^ prefix);
    }

    private static int place(long fingerprint) {
        return (int) (fingerprint & (PLACES - 1));
    }
}
