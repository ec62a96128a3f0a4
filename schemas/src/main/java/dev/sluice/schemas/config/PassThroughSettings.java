package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * An entry of {@code sluice.pass_through}: a provider whose API callers may use as it is, under
 * {@code /PROVIDER/...}. Without an entry a provider is not passed through.
 *
 * @param provider whose API it is
 * @param paths what may be called: a path of the provider, or {@code /path/*} for all below it
 * @param apiBase where it is; else the provider's own address
 * @param apiKey the provider's key; else what stands in the provider's usual variable
 */
public record PassThroughSettings(
        @Key(oneOf = {"openai", "anthropic", "gemini", "cohere", "mistral", "azure", "vllm"})
                String provider,
        @Key(is = TextRule.ROUTE) List<String> paths,
        @Key(is = TextRule.HTTP_URL) @Nullable Setting apiBase,
        @Nullable Setting apiKey) {}
