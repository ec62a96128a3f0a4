package dev.sluice.providers.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.OutputCap;
import dev.sluice.providers.openai.UnsupportedRequestException;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * LiteLLM's rules about what of a request goes to a provider: what is OpenAI's and the provider has
 * not is refused or dropped, what is nobody's passes, what is the gateway's stays.
 */
final class ParameterRules {

    /** OpenAI's parameters that change an answer: a provider has them or they are refused. */
    private static final Set<String> OPENAI =
            Set.of(
                    "functions",
                    "function_call",
                    "temperature",
                    "top_p",
                    "n",
                    "stop",
                    "max_tokens",
                    "max_completion_tokens",
                    "modalities",
                    "prediction",
                    "audio",
                    "presence_penalty",
                    "frequency_penalty",
                    "logit_bias",
                    "tools",
                    "tool_choice",
                    "parallel_tool_calls",
                    "response_format",
                    "seed",
                    "logprobs",
                    "top_logprobs",
                    "reasoning_effort",
                    "thinking",
                    "web_search_options",
                    "service_tier",
                    "store",
                    "verbosity",
                    "dimensions",
                    "encoding_format");

    /** Hints and labels that change no answer, and what is for the gateway alone. */
    private static final Set<String> STAYS =
            Set.of(
                    "user",
                    "metadata",
                    "stream_options",
                    "safety_identifier",
                    "prompt_cache_key",
                    "prompt_cache_retention",
                    "cache",
                    "caching",
                    "num_retries",
                    "max_retries",
                    "timeout",
                    "stream_timeout",
                    "fallbacks",
                    "context_window_fallbacks",
                    "context_window_fallback_dict",
                    "content_policy_fallbacks",
                    "disable_fallbacks",
                    "guardrails",
                    "tags",
                    "drop_params",
                    "additional_drop_params",
                    "allowed_openai_params",
                    "extra_headers",
                    "extra_body",
                    "mock_response",
                    "mock_timeout",
                    "prompt_id",
                    "prompt_variables",
                    "litellm_metadata",
                    "no-log",
                    "user_config");

    /** What asks for nothing: the value that OpenAI assumes anyway. */
    private static final Map<String, String> NEUTRAL =
            Map.of(
                    "n", "1",
                    "logprobs", "false",
                    "top_logprobs", "0",
                    "presence_penalty", "0",
                    "frequency_penalty", "0",
                    "parallel_tool_calls", "true",
                    "store", "false",
                    "logit_bias", "{}");

    private final ProtocolSettings settings;
    private final Set<String> known;

    /** Makes a provider's request of OpenAI's. */
    @FunctionalInterface
    interface Builder<T> {

        /** May throw for a parameter by its name; it is then dropped, if so configured. */
        T build(ObjectNode request) throws UnsupportedRequestException;
    }

    /** Rules for a provider that has these of OpenAI's parameters. */
    ParameterRules(ProtocolSettings settings, Set<String> known) {
        this.settings = settings;
        this.known = known;
    }

    /**
     * Reads a call and makes the provider's request of it.
     *
     * @throws UnsupportedRequestException if the provider has nothing for it
     */
    <T> T apply(ModelCall call, Builder<T> builder) throws UnsupportedRequestException {
        ObjectNode request =
                JsonTrees.object(call.body(), 0, call.length())
                        .orElseThrow(() ->
                                new UnsupportedRequestException(
                                        "The request is not a JSON object.", null));
        clean(request);
        cap(request, call.cap());
        while (true) {
            try {
                return builder.build(request);
            } catch (UnsupportedRequestException e) {
                String param = e.param();
                // Each turn removes a field, so this ends.
                if (!settings.parameters().drop()
                        || param == null
                        || !OPENAI.contains(param)
                        || request.remove(param) == null) {
                    throw e;
                }
            }
        }
    }

    private void clean(ObjectNode request) throws UnsupportedRequestException {
        List<String> refused = new ArrayList<>();
        List<String> gone = new ArrayList<>(settings.parameters().alsoDrop());
        for (Map.Entry<String, JsonNode> field : request.properties()) {
            String name = field.getKey();
            boolean isKnown = known.contains(name) || settings.parameters().allow().contains(name);
            if (field.getValue().isNull() || (STAYS.contains(name) && !isKnown)) {
                gone.add(name);
            } else if (OPENAI.contains(name) && !isKnown && !gone.contains(name)) {
                gone.add(name);
                if (!isNeutral(name, field.getValue())) {
                    refused.add(name);
                }
            }
        }
        if (!refused.isEmpty() && !settings.parameters().drop()) {
            throw new UnsupportedRequestException(
                    unsupported(settings, refused), refused.getFirst());
        }
        request.remove(gone);
    }

    /** What a caller is told whose parameters a provider lacks, in LiteLLM's words. */
    static String unsupported(ProtocolSettings settings, List<String> names) {
        return "%s does not support parameters: %s, for model=%s. To drop these, set `litellm_settings: {drop_params: true}`."
                .formatted(
                        settings.provider(),
                        names.stream().map(name -> "'" + name + "'").toList(),
                        settings.model());
    }

    /** Whether a parameter asks for nothing, so that leaving it out changes nothing. */
    static boolean isNeutral(String name, JsonNode value) {
        String neutral = NEUTRAL.get(name);
        if (value.isNull() || neutral == null) {
            return value.isNull();
        }
        return value.isNumber()
                ? value.asDouble() == Double.parseDouble(digits(neutral))
                : neutral.equals(value.toString());
    }

    private static String digits(String neutral) {
        return Character.isDigit(neutral.charAt(0)) ? neutral : "NaN";
    }

    private static void cap(ObjectNode request, @Nullable OutputCap cap) {
        if (cap == null) {
            return;
        }
        boolean isNamed = false;
        for (String name : List.of("max_tokens", "max_completion_tokens")) {
            JsonNode asked = request.get(name);
            if (asked != null && asked.isNumber()) {
                isNamed = true;
                if (asked.asDouble() > cap.tokens()) {
                    request.put(name, cap.tokens());
                }
            }
        }
        if (!isNamed) {
            request.put("max_tokens", cap.tokens());
        }
    }
}
