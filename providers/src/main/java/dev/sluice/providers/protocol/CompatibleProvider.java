package dev.sluice.providers.protocol;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toUnmodifiableMap;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A provider that speaks OpenAI's wire: where it is and in what it differs. A table, for there is
 * no more to most of them.
 *
 * @param name LiteLLM's prefix
 * @param base of its API, null where every user has his own
 * @param baseVariables where the base is looked up if the config has none, in turn
 * @param keyVariables where the key is looked up if the config has none, in turn; none: it asks for
 *     none
 * @param quirks in what it differs
 */
record CompatibleProvider(
        String name,
        @Nullable String base,
        List<String> baseVariables,
        List<String> keyVariables,
        Quirks quirks) {

    /** Models of OpenAI that think before they answer, and what they do not take. */
    private static final Pattern OPENAI_REASONING =
            Pattern.compile("(.*/)?(o[0-9].*|gpt-5(?!-chat).*)");

    private static final Pattern XAI_REASONING = Pattern.compile("grok-(4|3-mini).*");

    private static final Set<String> SAMPLING =
            Set.of(
                    "temperature",
                    "top_p",
                    "presence_penalty",
                    "frequency_penalty",
                    "logprobs",
                    "top_logprobs",
                    "logit_bias");

    /**
     * In what a provider, or one of its models, differs from OpenAI.
     *
     * @param lacks OpenAI's parameters that it refuses
     * @param names what it calls OpenAI's parameters
     * @param streamOptions whether it takes {@code stream_options}; who does not tells its usage
     *     unasked
     * @param refusesItself leave it to the provider to refuse what it lacks, for it may have
     *     learned it; where dropping is asked for it is dropped
     */
    record Quirks(
            Set<String> lacks,
            Map<String, String> names,
            boolean streamOptions,
            boolean refusesItself) {

        static final Quirks NONE = new Quirks(Set.of(), Map.of(), true, false);

        static Quirks lacks(String... names) {
            return new Quirks(Set.of(names), Map.of(), true, false);
        }
    }

    /** Who has a base and a key of his own in the usual variables. */
    private static CompatibleProvider of(String name, String base, String... keyVariables) {
        return new CompatibleProvider(
                name,
                base,
                List.of(keyVariables[0].replaceFirst("_[A-Z]+$", "_BASE"), usualBase(name)),
                List.of(keyVariables),
                Quirks.NONE);
    }

    /** What runs at its user's, usually without a key. */
    private static CompatibleProvider local(String name, @Nullable String base) {
        return new CompatibleProvider(name, base, List.of(usualBase(name)), List.of(), Quirks.NONE);
    }

    private static String usualBase(String name) {
        return name.toUpperCase(java.util.Locale.ROOT) + "_API_BASE";
    }

    private CompatibleProvider with(Quirks differing) {
        return new CompatibleProvider(name, base, baseVariables, keyVariables, differing);
    }

    /** In what it differs for a model. */
    Quirks quirks(String model) {
        if (Set.of("openai", "azure", "azure_ai").contains(name)
                && OPENAI_REASONING.matcher(model).matches()) {
            return new Quirks(SAMPLING, Map.of("max_tokens", "max_completion_tokens"), true, true);
        }
        if (name.equals("xai") && XAI_REASONING.matcher(model).matches()) {
            return Quirks.lacks("logit_bias", "presence_penalty", "frequency_penalty", "stop");
        }
        return quirks;
    }

    /** All of them by name. */
    static final Map<String, CompatibleProvider> ALL = table();

    private static Map<String, CompatibleProvider> table() {
        return Stream.of(openAi(), cloudsToJ(), cloudsFromL(), local())
                .flatMap(identity())
                .collect(toUnmodifiableMap(CompatibleProvider::name, identity()));
    }

    private static Stream<CompatibleProvider> openAi() {
        var openAi =
                new CompatibleProvider(
                        "openai",
                        "https://api.openai.com/v1",
                        List.of("OPENAI_BASE_URL", "OPENAI_API_BASE"),
                        List.of("OPENAI_API_KEY"),
                        Quirks.NONE);
        return Stream.of(
                openAi,
                new CompatibleProvider(
                        "text-completion-openai",
                        openAi.base,
                        openAi.baseVariables,
                        openAi.keyVariables,
                        Quirks.NONE),
                new CompatibleProvider("custom_openai", null, List.of(), List.of(), Quirks.NONE));
    }

    private static Stream<CompatibleProvider> cloudsToJ() {
        return Stream.of(
                of("ai21", "https://api.ai21.com/studio/v1", "AI21_API_KEY"),
                of("baseten", "https://inference.baseten.co/v1", "BASETEN_API_KEY"),
                of("cerebras", "https://api.cerebras.ai/v1", "CEREBRAS_API_KEY")
                        .with(Quirks.lacks("logit_bias", "presence_penalty", "frequency_penalty")),
                of("codestral", "https://codestral.mistral.ai/v1", "CODESTRAL_API_KEY")
                        .with(mistral()),
                of(
                        "dashscope",
                        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
                        "DASHSCOPE_API_KEY"),
                of("deepinfra", "https://api.deepinfra.com/v1/openai", "DEEPINFRA_API_KEY"),
                of("deepseek", "https://api.deepseek.com", "DEEPSEEK_API_KEY"),
                of(
                        "featherless_ai",
                        "https://api.featherless.ai/v1",
                        "FEATHERLESS_AI_API_KEY",
                        "FEATHERLESS_API_KEY"),
                of(
                        "fireworks_ai",
                        "https://api.fireworks.ai/inference/v1",
                        "FIREWORKS_API_KEY",
                        "FIREWORKS_AI_API_KEY",
                        "FIREWORKSAI_API_KEY",
                        "FIREWORKS_AI_TOKEN"),
                of(
                        "friendliai",
                        "https://api.friendli.ai/serverless/v1",
                        "FRIENDLIAI_API_KEY",
                        "FRIENDLI_TOKEN"),
                of("galadriel", "https://api.galadriel.com/v1", "GALADRIEL_API_KEY"),
                of("github", "https://models.inference.ai.azure.com", "GITHUB_API_KEY"),
                of("groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY")
                        .with(Quirks.lacks("logit_bias", "logprobs", "top_logprobs")),
                of("huggingface", "https://router.huggingface.co/v1", "HF_TOKEN"),
                of("hyperbolic", "https://api.hyperbolic.xyz/v1", "HYPERBOLIC_API_KEY"),
                of("jina_ai", "https://api.jina.ai/v1", "JINA_AI_API_KEY"));
    }

    private static Stream<CompatibleProvider> cloudsFromL() {
        return Stream.of(
                of("lambda_ai", "https://api.lambda.ai/v1", "LAMBDA_API_KEY"),
                of("meta_llama", "https://api.llama.com/compat/v1", "LLAMA_API_KEY"),
                of("mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY").with(mistral()),
                of("moonshot", "https://api.moonshot.ai/v1", "MOONSHOT_API_KEY"),
                of("morph", "https://api.morphllm.com/v1", "MORPH_API_KEY"),
                of("nebius", "https://api.studio.nebius.ai/v1", "NEBIUS_API_KEY"),
                of("novita", "https://api.novita.ai/v3/openai", "NOVITA_API_KEY"),
                of("nscale", "https://inference.api.nscale.com/v1", "NSCALE_API_KEY"),
                of("nvidia_nim", "https://integrate.api.nvidia.com/v1", "NVIDIA_NIM_API_KEY"),
                of(
                        "openrouter",
                        "https://openrouter.ai/api/v1",
                        "OPENROUTER_API_KEY",
                        "OR_API_KEY"),
                of(
                                "perplexity",
                                "https://api.perplexity.ai",
                                "PERPLEXITYAI_API_KEY",
                                "PERPLEXITY_API_KEY")
                        .with(perplexity()),
                of("sambanova", "https://api.sambanova.ai/v1", "SAMBANOVA_API_KEY"),
                of(
                        "together_ai",
                        "https://api.together.xyz/v1",
                        "TOGETHER_API_KEY",
                        "TOGETHER_AI_API_KEY",
                        "TOGETHERAI_API_KEY",
                        "TOGETHER_AI_TOKEN"),
                of("v0", "https://api.v0.dev/v1", "V0_API_KEY"),
                of(
                        "vercel_ai_gateway",
                        "https://ai-gateway.vercel.sh/v1",
                        "VERCEL_AI_GATEWAY_API_KEY",
                        "VERCEL_OIDC_TOKEN"),
                of(
                        "volcengine",
                        "https://ark.cn-beijing.volces.com/api/v3",
                        "VOLCENGINE_API_KEY",
                        "ARK_API_KEY"),
                of("wandb", "https://api.inference.wandb.ai/v1", "WANDB_API_KEY"),
                of("xai", "https://api.x.ai/v1", "XAI_API_KEY").with(Quirks.lacks("logit_bias")),
                of("zai", "https://api.z.ai/api/paas/v4", "ZAI_API_KEY"));
    }

    private static Stream<CompatibleProvider> local() {
        return Stream.of(
                local("docker_model_runner", "http://localhost:12434/engines/v1"),
                local("hosted_vllm", null),
                local("lemonade", "http://localhost:8000/api/v1"),
                local("litellm_proxy", null),
                local("llamafile", "http://127.0.0.1:8080/v1"),
                local("lm_studio", "http://localhost:1234/v1"),
                local("ollama", "http://localhost:11434/v1"),
                local("ollama_chat", "http://localhost:11434/v1"),
                local("vllm", null),
                local("xinference", "http://127.0.0.1:9997/v1"));
    }

    /** Mistral answers 422 to what it does not know. */
    private static Quirks mistral() {
        return new Quirks(
                Set.of(
                        "logit_bias",
                        "logprobs",
                        "top_logprobs",
                        "modalities",
                        "audio",
                        "web_search_options",
                        "service_tier",
                        "store",
                        "verbosity"),
                Map.of("seed", "random_seed", "max_completion_tokens", "max_tokens"),
                false,
                false);
    }

    private static Quirks perplexity() {
        return Quirks.lacks(
                "n",
                "tools",
                "tool_choice",
                "parallel_tool_calls",
                "logit_bias",
                "logprobs",
                "top_logprobs",
                "seed",
                "modalities",
                "audio");
    }
}
