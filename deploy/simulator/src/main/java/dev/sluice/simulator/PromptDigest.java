package dev.sluice.simulator;

import java.util.Arrays;

/**
 * Weighs and hashes a prompt while it is read, without keeping it.
 *
 * <p>Four bytes of UTF-8 are one token, rounded up in each part; a part may have an overhead. A
 * running hash is noted each time another 128 tokens are complete, from 1,024 on: two prompts share
 * a note exactly if they share that prefix.
 */
final class PromptDigest {

    static final int CACHEABLE_TOKENS_MIN = 1024;
    static final int CACHEABLE_TOKENS_STEP = 128;

    private static final int BYTES_PER_TOKEN = 4;
    private static final long PART_MARK = 0x1_0000L;
    private static final long[] NO_PREFIXES = {};

    private long hash = Mixer.GOLDEN;
    private long tokens;
    private long partBytes;
    private long[] prefixes = NO_PREFIXES;
    private int prefixCount;

    /** Begins a part: one message, or one text. */
    void open(int overheadTokens) {
        tokens += overheadTokens;
        partBytes = 0;
        blend(PART_MARK);
    }

    /** Hashes what has no weight, such as the role of a message. */
    void mark(String label) {
        blend(Mixer.hash(label));
    }

    void text(char[] characters, int offset, int length) {
        long boundary = boundaryBytes();
        for (int i = offset; i < offset + length; i++) {
            char c = characters[i];
            blend(c);
            partBytes += utf8Bytes(c);
            if (partBytes >= boundary) {
                note();
                boundary = boundaryBytes();
            }
        }
    }

    /** A token that the caller sent as its number. */
    void tokenId(int id) {
        blend(PART_MARK + id);
        tokens++;
    }

    void close() {
        tokens += (partBytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
        partBytes = 0;
    }

    Prompt prompt() {
        return new Prompt(Mixer.mix(hash), tokens, Arrays.copyOf(prefixes, prefixCount));
    }

    private void blend(long value) {
        hash = (hash ^ value) * Mixer.GOLDEN;
    }

    /** Half of a surrogate pair is half of its four bytes. */
    private static int utf8Bytes(char c) {
        if (c < 0x80) {
            return 1;
        }
        return c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }

    /** Bytes of the open part with which the next prefix is complete. */
    private long boundaryBytes() {
        long next = CACHEABLE_TOKENS_MIN + (long) prefixCount * CACHEABLE_TOKENS_STEP;
        return (next - tokens) * BYTES_PER_TOKEN;
    }

    private void note() {
        if (prefixCount == prefixes.length) {
            prefixes = Arrays.copyOf(prefixes, Math.max(8, prefixCount * 2));
        }
        prefixes[prefixCount++] = Mixer.mix(hash);
    }
}
