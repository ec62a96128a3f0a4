package dev.sluice.simulator;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.stream.LongStream;

/**
 * What a caller asks a model for.
 *
 * @param user whom the caller asks for, as far as the ledger keeps it; absent if it does not say
 * @param stream whether the answer comes as events
 * @param includeUsage whether the last event of a stream says what was used
 * @param choices how many answers to each prompt
 * @param outputTokensMax where an answer is cut short
 * @param outputTokens how long an answer would like to be; 0: what its prompt decides
 * @param dimensions of an embedding; 0: the model's own number
 * @param base64 whether embeddings come as base64 of little-endian floats
 * @param wishes beyond words, of a chat
 * @param format what else the answer depends on, in the endpoint's own terms; empty for nothing
 */
record ModelCall(
        Endpoint endpoint,
        String model,
        List<Prompt> prompts,
        @Nullable String user,
        boolean stream,
        boolean includeUsage,
        int choices,
        int outputTokensMax,
        int outputTokens,
        List<String> stops,
        int dimensions,
        boolean base64,
        Wishes wishes,
        String format)
        implements Reading {

    private static final long IMAGE_TOKENS = 1056;

    long inputTokens() {
        return prompts.stream().mapToLong(Prompt::tokens).sum();
    }

    /** Whether the answer says how many tokens it took; else none are billed. */
    boolean tellsTokens() {
        return switch (endpoint) {
            case COUNT_TOKENS, RERANK, SPEECH, MODERATIONS -> false;
            case IMAGES -> model.startsWith("gpt-image");
            case TRANSCRIPTIONS -> model.contains("transcribe");
            default -> true;
        };
    }

    /** What is billed of an answer. */
    long billedOutput(List<Turn> turns) {
        if (!tellsTokens()) {
            return 0;
        }
        return endpoint == Endpoint.IMAGES
                ? IMAGE_TOKENS * choices
                : turns.stream().mapToLong(Turn::tokens).sum();
    }

    ModelCall withChoices(int number) {
        return with(prompts, number, outputTokensMax, format);
    }

    ModelCall withFormat(String told) {
        return with(prompts, choices, outputTokensMax, told);
    }

    ModelCall withOutputTokensMax(int most) {
        return with(prompts, choices, most, format);
    }

    /** Weighs the only prompt anew. */
    ModelCall withInputTokens(long tokens) {
        Prompt prompt = prompts.getFirst();
        return with(
                List.of(new Prompt(prompt.hash(), tokens, prompt.prefixes())),
                choices,
                outputTokensMax,
                format);
    }

    private ModelCall with(List<Prompt> asked, int number, int most, String told) {
        return new ModelCall(
                endpoint,
                model,
                asked,
                user,
                stream,
                includeUsage,
                number,
                most,
                outputTokens,
                stops,
                dimensions,
                base64,
                wishes,
                told);
    }

    /**
     * What the model says: the choices of the first prompt, then those of the next. What does not
     * speak says nothing.
     */
    List<Turn> turns() {
        if (!endpoint.speaks()) {
            return List.of();
        }
        long modelSeed = Mixer.hash(model);
        return prompts.stream()
                .flatMapToLong(p -> seeds(modelSeed ^ p.hash()))
                .mapToObj(seed -> Turn.of(seed, this))
                .toList();
    }

    private LongStream seeds(long promptSeed) {
        return LongStream.range(0, choices).map(choice -> Mixer.at(promptSeed, choice));
    }
}
