package dev.sluice.schemas.config;

import java.util.Set;

/**
 * Parameters of calls that a deployment's {@code litellm_params} may set for callers who do not.
 * Which endpoint takes which is known where calls are made.
 */
public final class PresetParameters {

    /** In the words of callers. */
    public static final Set<String> NAMES =
            Set.of(
                    "audio",
                    "background",
                    "best_of",
                    "chat_template_kwargs",
                    "dimensions",
                    "echo",
                    "encoding_format",
                    "frequency_penalty",
                    "input_type",
                    "instructions",
                    "logit_bias",
                    "logprobs",
                    "max_completion_tokens",
                    "max_tokens",
                    "max_tokens_per_doc",
                    "min_p",
                    "modalities",
                    "moderation",
                    "n",
                    "output_compression",
                    "output_format",
                    "parallel_tool_calls",
                    "prediction",
                    "presence_penalty",
                    "quality",
                    "reasoning_effort",
                    "repetition_penalty",
                    "response_format",
                    "return_documents",
                    "safety_settings",
                    "seed",
                    "service_tier",
                    "size",
                    "speed",
                    "stop",
                    "store",
                    "style",
                    "suffix",
                    "temperature",
                    "thinking",
                    "tool_choice",
                    "tools",
                    "top_k",
                    "top_logprobs",
                    "top_n",
                    "top_p",
                    "user",
                    "verbosity",
                    "voice",
                    "web_search_options");

    private PresetParameters() {}
}
