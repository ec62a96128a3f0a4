package dev.sluice.providers.protocol;

import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What the config says of a deployment, as far as its protocol must know.
 *
 * @param provider LiteLLM's prefix, such as {@code anthropic}
 * @param model the provider's own name of the model
 * @param apiKey null where the config has none
 * @param apiBase null for the provider's own
 * @param apiVersion as Azure has them, null for the default
 * @param organization at the provider, null for none
 * @param parameters what to do with parameters that the provider does not know
 * @param extraHeaders sent with every call; no value shows in logs
 * @param extraBody top-level fields added to every body: Boolean, Long, BigDecimal, String, List or
 *     Map
 * @param extra all other keys of {@code litellm_params}, such as {@code aws_region_name}, resolved
 * @param environment where a provider's usual variables are looked up, such as {@code
 *     ANTHROPIC_API_KEY}; null for one that is not set
 */
public record ProtocolSettings(
        String provider,
        String model,
        @Nullable Secret apiKey,
        @Nullable String apiBase,
        @Nullable String apiVersion,
        @Nullable String organization,
        Parameters parameters,
        Map<String, Secret> extraHeaders,
        Map<String, Object> extraBody,
        Map<String, Object> extra,
        UnaryOperator<@Nullable String> environment) {

    /**
     * LiteLLM's rules about parameters.
     *
     * @param drop leave out what the provider does not know, instead of refusing it
     * @param alsoDrop left out always
     * @param allow passed even if the provider is not known to know them
     */
    public record Parameters(boolean drop, List<String> alsoDrop, List<String> allow) {

        /** Refuse what is not known. */
        public static final Parameters STRICT = new Parameters(false, List.of(), List.of());
    }
}
