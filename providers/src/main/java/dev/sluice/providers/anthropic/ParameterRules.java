package dev.sluice.providers.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.UnsupportedRequestException;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which of a caller's parameters stay here, are refused, or are left out.
 *
 * @param drop leave out what Anthropic does not know, instead of refusing it
 * @param alsoDrop left out always
 * @param allow passed on even if Anthropic is not known to know them
 */
public record ParameterRules(boolean drop, Set<String> alsoDrop, Set<String> allow) {

    /** OpenAI's parameters that have no counterpart. */
    private static final Set<String> UNSUPPORTED =
            Set.of(
                    "n",
                    "seed",
                    "presence_penalty",
                    "frequency_penalty",
                    "logprobs",
                    "top_logprobs",
                    "logit_bias",
                    "modalities",
                    "prediction",
                    "audio",
                    "verbosity",
                    "functions",
                    "function_call",
                    "store");

    /** Hints to OpenAI that change no answer, and what LiteLLM's clients tell the gateway. */
    private static final Set<String> NOT_FOR_PROVIDERS =
            Set.of(
                    "stream_options",
                    "prompt_cache_key",
                    "prompt_cache_retention",
                    "cache",
                    "caching",
                    "num_retries",
                    "max_retries",
                    "timeout",
                    "request_timeout",
                    "stream_timeout",
                    "fallbacks",
                    "context_window_fallback_dict",
                    "disable_fallbacks",
                    "guardrails",
                    "tags",
                    "priority",
                    "drop_params",
                    "additional_drop_params",
                    "allowed_openai_params",
                    "extra_headers",
                    "prompt_id",
                    "prompt_variables",
                    "no-log",
                    "user_config",
                    "api_key",
                    "api_base",
                    "base_url",
                    "api_version",
                    "custom_llm_provider");

    /** Refuse what is not known. */
    public static final ParameterRules STRICT = new ParameterRules(false, Set.of(), Set.of());

    public ParameterRules {
        alsoDrop = Set.copyOf(alsoDrop);
        allow = Set.copyOf(allow);
    }

    /** These rules and what the request says of them. */
    ParameterRules with(JsonNode request) {
        JsonNode asked = request.path("drop_params");
        return new ParameterRules(
                asked.isBoolean() ? asked.booleanValue() : drop,
                union(alsoDrop, request.path("additional_drop_params")),
                union(allow, request.path("allowed_openai_params")));
    }

    private static Set<String> union(Set<String> names, JsonNode more) {
        Set<String> all = new HashSet<>(names);
        more.forEach(name -> all.add(name.asText()));
        return all;
    }

    /**
     * Takes out of a request what shall not reach the provider.
     *
     * @throws UnsupportedRequestException if it asks for what the provider has not
     */
    void apply(ObjectNode request, ClaudeModel model) throws UnsupportedRequestException {
        request.properties().removeIf(field -> field.getValue().isNull());
        request.remove(alsoDrop);
        List<String> unsupported = new ArrayList<>();
        for (String name : List.copyOf(request.propertyStream().map(f -> f.getKey()).toList())) {
            if (isForTheGateway(name)) {
                request.remove(name);
            } else if (!allow.contains(name) && isUnsupported(name, request.path(name), model)) {
                request.remove(name);
                unsupported.add(name);
            } else if (isNeutral(name, request.path(name)) && !allow.contains(name)) {
                request.remove(name);
            }
        }
        if (!drop && !unsupported.isEmpty()) {
            throw refusal(unsupported, model);
        }
    }

    private static UnsupportedRequestException refusal(List<String> names, ClaudeModel model) {
        String list = "['" + String.join("', '", names) + "']";
        return new UnsupportedRequestException(
                ("UnsupportedParamsError: anthropic does not support parameters: %s, for model=%s."
                                + " To drop these, set `drop_params: true` in"
                                + " `litellm_settings`. To pass them on, send"
                                + " allowed_openai_params=%s in your request.")
                        .formatted(list, model.name(), list),
                names.getFirst());
    }

    private static boolean isForTheGateway(String name) {
        return NOT_FOR_PROVIDERS.contains(name)
                || name.startsWith("mock_")
                || name.startsWith("litellm_");
    }

    private static boolean isUnsupported(String name, JsonNode value, ClaudeModel model) {
        return switch (name) {
            case "reasoning_effort" -> !model.thinks() && !value.asText().equals("none");
            case "service_tier" ->
                    !List.of("auto", "default", "priority", "standard_only")
                            .contains(value.asText());
            default -> UNSUPPORTED.contains(name) && !isNeutral(name, value);
        };
    }

    /** Values that ask for nothing but what happens anyway. */
    private static boolean isNeutral(String name, JsonNode value) {
        return switch (name) {
            case "n" -> value.isNumber() && value.asDouble() == 1;
            case "presence_penalty", "frequency_penalty", "top_logprobs" ->
                    value.isNumber() && value.asDouble() == 0;
            case "logprobs", "store" -> value.isBoolean() && !value.booleanValue();
            case "logit_bias" -> value.isObject() && value.isEmpty();
            case "modalities" -> value.size() == 1 && value.path(0).asText().equals("text");
            default -> false;
        };
    }
}
