package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;

/**
 * What a deployment costs, in USD; null for what the price book says.
 *
 * @param inputCostPerToken of a prompt token that was neither read from nor written to a cache
 * @param outputCostPerToken of an answer's token
 * @param cacheReadInputTokenCost of a prompt token that the provider's cache had
 * @param cacheCreationInputTokenCost of a prompt token written to the provider's cache for 5
 *     minutes
 * @param cacheCreationInputTokenCostAbove1hr of one written for an hour
 * @param outputCostPerReasoningToken of a token of reasoning
 * @param inputCostPerAudioToken of a token of audio heard
 * @param outputCostPerAudioToken of a token of audio spoken
 * @param inputCostPerImageToken of a token of a picture seen
 * @param inputCostPerTokenBatches of a prompt token in a batch
 * @param outputCostPerTokenBatches of an answer's token in a batch
 * @param inputCostPerSecond of a second of audio or time
 * @param outputCostPerSecond of a second of the answer
 * @param inputCostPerImage of a picture in the prompt
 * @param outputCostPerImage of a picture in the answer
 * @param inputCostPerCharacter of a character of the prompt
 * @param outputCostPerCharacter of a character of the answer
 * @param inputCostPerQuery of a query
 */
public record ModelPrices(
        @Nullable BigDecimal inputCostPerToken,
        @Nullable BigDecimal outputCostPerToken,
        @Nullable BigDecimal cacheReadInputTokenCost,
        @Nullable BigDecimal cacheCreationInputTokenCost,
        @Key(name = "cache_creation_input_token_cost_above_1hr")
                @Nullable BigDecimal cacheCreationInputTokenCostAbove1hr,
        @Nullable BigDecimal outputCostPerReasoningToken,
        @Nullable BigDecimal inputCostPerAudioToken,
        @Nullable BigDecimal outputCostPerAudioToken,
        @Nullable BigDecimal inputCostPerImageToken,
        @Nullable BigDecimal inputCostPerTokenBatches,
        @Nullable BigDecimal outputCostPerTokenBatches,
        @Nullable BigDecimal inputCostPerSecond,
        @Nullable BigDecimal outputCostPerSecond,
        @Nullable BigDecimal inputCostPerImage,
        @Nullable BigDecimal outputCostPerImage,
        @Nullable BigDecimal inputCostPerCharacter,
        @Nullable BigDecimal outputCostPerCharacter,
        @Nullable BigDecimal inputCostPerQuery) {}
