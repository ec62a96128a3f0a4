package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * Other names of model groups, and who stands in for whom.
 *
 * @param fallbacks when all attempts of a group failed: {@code [{gpt-4: [gpt-4-eu, claude]}]}; the
 *     group {@code *} means any
 * @param contextWindowFallbacks when a prompt is too long
 * @param contentPolicyFallbacks when a provider refuses the content
 * @param defaultFallbacks for every group without an entry, and for unknown models
 * @param maxFallbacks how many stand-ins are tried after one another
 * @param modelGroupAlias another public name → the group, or {@code {model, hidden}}
 */
public record RouterFallbacks(
        @Nullable Fallbacks fallbacks,
        @Nullable Fallbacks contextWindowFallbacks,
        @Nullable Fallbacks contentPolicyFallbacks,
        List<String> defaultFallbacks,
        @Key(standard = "5", max = "100") int maxFallbacks,
        Map<String, ModelAlias> modelGroupAlias) {}
