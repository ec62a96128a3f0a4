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
        boolean base64)
        implements Reading {

    long inputTokens() {
        return prompts.stream().mapToLong(Prompt::tokens).sum();
    }

    /**
     * What the model says: the choices of the first prompt, then those of the next. An embedding
     * says nothing.
     */
    List<Completion> completions() {
        if (endpoint == Endpoint.EMBEDDINGS) {
            return List.of();
        }
        long modelSeed = Mixer.hash(model);
        return prompts.stream()
                .flatMapToLong(p -> seeds(modelSeed ^ p.hash()))
                .mapToObj(seed -> Completion.of(seed, outputTokens, outputTokensMax, stops))
                .toList();
    }

    private LongStream seeds(long promptSeed) {
        return LongStream.range(0, choices).map(choice -> Mixer.at(promptSeed, choice));
    }
}
