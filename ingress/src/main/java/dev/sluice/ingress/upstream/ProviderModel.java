package dev.sluice.ingress.upstream;

import dev.sluice.schemas.config.GatewayConfig.ModelEntry;

/** A provider and its own name of a model. */
record ProviderModel(String provider, String model) {

    /** Whose a name without a provider is. */
    static final String OPENAI = "openai";

    static ProviderModel of(ModelEntry entry) {
        return of(entry, entry.model());
    }

    /** The same for another model than the entry's, written as in the config. */
    static ProviderModel of(ModelEntry entry, String model) {
        String provider = entry.customLlmProvider();
        return provider != null
                ? new ProviderModel(provider, stripped(model, provider))
                : parse(model, ownerOf(model));
    }

    /** Whose a name without a provider is: LiteLLM knows these two families besides OpenAI's. */
    private static String ownerOf(String model) {
        return model.startsWith("claude-")
                ? "anthropic"
                : model.startsWith("command-") ? "cohere" : OPENAI;
    }

    static ProviderModel parse(String text, String otherwise) {
        int slash = text.indexOf('/');
        return slash < 0
                ? new ProviderModel(otherwise, text)
                : new ProviderModel(text.substring(0, slash), text.substring(slash + 1));
    }

    private static String stripped(String model, String provider) {
        return model.startsWith(provider + "/") ? model.substring(provider.length() + 1) : model;
    }
}
