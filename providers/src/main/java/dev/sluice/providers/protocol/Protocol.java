package dev.sluice.providers.protocol;

import dev.sluice.providers.openai.Endpoint;

/**
 * How one deployment is spoken to. Made once from the config, used by all calls at once.
 *
 * <p>Every adapter ends in OpenAI's wire, so that metering, caching and relaying know one language
 * only.
 */
public sealed interface Protocol
        permits AnthropicProtocol,
                BedrockProtocol,
                CohereProtocol,
                GeminiProtocol,
                OpenAiProtocol,
                PresetProtocol,
                VoyageProtocol {

    /** Where calls go: scheme, host and port, nothing secret. */
    String home();

    /** Whether the provider has something that can answer this endpoint. */
    boolean serves(Endpoint endpoint);

    /**
     * Makes the provider's request. Never waits for the network for longer than it takes to renew a
     * token that has expired.
     */
    Preparation prepare(ModelCall call);

    /**
     * Makes the request, without body, for a response that the provider keeps; the method says what
     * becomes of it.
     *
     * @param id as the provider calls it
     */
    default Preparation kept(String id) {
        return new Preparation.Unsupported("The provider keeps no responses.", null);
    }
}
