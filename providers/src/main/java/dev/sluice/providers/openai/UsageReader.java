package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

/**
 * Maps OpenAI's usage, whose details are parts of its totals, to disjoint classes.
 *
 * <p>The classes always add up to the provider's own totals: a detail that is greater than what is
 * left of its total is cut to it. The one exception is reasoning that the provider counts beside
 * {@code completion_tokens}, as xAI and Gemini do: {@code total_tokens} gives it away.
 */
final class UsageReader {

    /** No call has more tokens: what a broken provider claims must not overflow its price. */
    private static final long TOKENS_MAX = 1_000_000_000;

    private static final byte[] PROMPT_TOKENS = ascii("prompt_tokens");
    private static final byte[] COMPLETION_TOKENS = ascii("completion_tokens");
    private static final byte[] TOTAL_TOKENS = ascii("total_tokens");
    private static final byte[] PROMPT_TOKENS_DETAILS = ascii("prompt_tokens_details");
    private static final byte[] COMPLETION_TOKENS_DETAILS = ascii("completion_tokens_details");
    private static final byte[] PROMPT_CACHE_HIT_TOKENS = ascii("prompt_cache_hit_tokens");
    private static final byte[] NUM_CACHED_TOKENS = ascii("num_cached_tokens");
    private static final byte[] CACHED_TOKENS = ascii("cached_tokens");
    private static final byte[] CACHE_WRITE_TOKENS = ascii("cache_write_tokens");
    private static final byte[] CACHE_CREATION_DETAILS = ascii("cache_creation_token_details");
    private static final byte[] WRITTEN_1H = ascii("ephemeral_1h_input_tokens");
    private static final byte[] AUDIO_TOKENS = ascii("audio_tokens");
    private static final byte[] IMAGE_TOKENS = ascii("image_tokens");
    private static final byte[] REASONING_TOKENS = ascii("reasoning_tokens");

    private static final long ABSENT = -1;

    private final JsonCursor cursor;
    private long prompt = ABSENT;
    private long completion = ABSENT;
    private long total = ABSENT;
    private long cached = ABSENT;
    private long cacheHit = ABSENT;
    private long cacheWrite;
    private long cacheWrite1h;
    private long audioInput;
    private long image;
    private long reasoning;
    private long audioOutput;

    private UsageReader(JsonCursor cursor) {
        this.cursor = cursor;
    }

    /** Reads the value ahead; null unless it is an object that counts something. */
    static @Nullable Usage read(JsonCursor cursor) throws MalformedException {
        if (cursor.kind() != '{') {
            cursor.skipValue();
            return null;
        }
        var reader = new UsageReader(cursor);
        reader.readTotals();
        return reader.usage();
    }

    private @Nullable Usage usage() {
        if (prompt == ABSENT && completion == ABSENT && total == ABSENT) {
            return null;
        }
        long out = Math.max(completion, 0);
        long in = prompt == ABSENT ? Math.max(total - out, 0) : prompt;
        boolean reasoningBeside = reasoning > 0 && total == in + out + reasoning;

        long cachedRead = Math.min(cached == ABSENT ? Math.max(cacheHit, 0) : cached, in);
        long written = Math.min(cacheWrite, in - cachedRead);
        long written1h = Math.min(cacheWrite1h, written);
        long heard = Math.min(audioInput, in - cachedRead - written);
        long seen = Math.min(image, in - cachedRead - written - heard);
        long input = in - cachedRead - written - heard - seen;

        long thought = reasoningBeside ? reasoning : Math.min(reasoning, out);
        long inside = reasoningBeside ? 0 : thought;
        long spoken = Math.min(audioOutput, out - inside);
        long output = out - inside - spoken;
        return new Usage(
                input,
                cachedRead,
                written - written1h,
                written1h,
                output,
                thought,
                heard,
                spoken,
                seen);
    }

    private void readTotals() throws MalformedException {
        cursor.enterObject();
        while (cursor.nextMember()) {
            if (cursor.nameIs(PROMPT_TOKENS)) {
                prompt = count();
            } else if (cursor.nameIs(COMPLETION_TOKENS)) {
                completion = count();
            } else if (cursor.nameIs(TOTAL_TOKENS)) {
                total = count();
            } else if (cursor.nameIs(PROMPT_CACHE_HIT_TOKENS) || cursor.nameIs(NUM_CACHED_TOKENS)) {
                // DeepSeek's name, and Mistral's before it took OpenAI's.
                cacheHit = count();
            } else if (cursor.nameIs(PROMPT_TOKENS_DETAILS) && cursor.kind() == '{') {
                readPromptDetails();
            } else if (cursor.nameIs(COMPLETION_TOKENS_DETAILS) && cursor.kind() == '{') {
                readCompletionDetails();
            } else {
                cursor.skipValue();
            }
        }
    }

    private void readPromptDetails() throws MalformedException {
        cursor.enterObject();
        while (cursor.nextMember()) {
            if (cursor.nameIs(CACHED_TOKENS)) {
                cached = count();
            } else if (cursor.nameIs(CACHE_WRITE_TOKENS)) {
                cacheWrite = Math.max(count(), 0);
            } else if (cursor.nameIs(CACHE_CREATION_DETAILS) && cursor.kind() == '{') {
                readCacheCreation();
            } else if (cursor.nameIs(AUDIO_TOKENS)) {
                audioInput = Math.max(count(), 0);
            } else if (cursor.nameIs(IMAGE_TOKENS)) {
                image = Math.max(count(), 0);
            } else {
                cursor.skipValue();
            }
        }
    }

    /** How long what was written to the cache stays there: LiteLLM's names. */
    private void readCacheCreation() throws MalformedException {
        cursor.enterObject();
        while (cursor.nextMember()) {
            if (cursor.nameIs(WRITTEN_1H)) {
                cacheWrite1h = Math.max(count(), 0);
            } else {
                cursor.skipValue();
            }
        }
    }

    private void readCompletionDetails() throws MalformedException {
        cursor.enterObject();
        while (cursor.nextMember()) {
            if (cursor.nameIs(REASONING_TOKENS)) {
                reasoning = Math.max(count(), 0);
            } else if (cursor.nameIs(AUDIO_TOKENS)) {
                audioOutput = Math.max(count(), 0);
            } else {
                cursor.skipValue();
            }
        }
    }

    /** The count ahead. A negative one is none, null or another type is absent. */
    private long count() throws MalformedException {
        byte kind = cursor.kind();
        int start = cursor.position();
        cursor.skipValue();
        if (!JsonNumbers.isNumber(kind)) {
            return ABSENT;
        }
        if (kind == '-') {
            return 0;
        }
        long count = JsonNumbers.wholePart(cursor.bytes, start, cursor.position());
        return count < 0 || count > TOKENS_MAX ? TOKENS_MAX : count;
    }

    private static byte[] ascii(String name) {
        return name.getBytes(US_ASCII);
    }
}
