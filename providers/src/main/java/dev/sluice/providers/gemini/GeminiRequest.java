package dev.sluice.providers.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** One chat request of OpenAI's as the body of a {@code generateContent}. */
public final class GeminiRequest {

    /** What the gateway itself obeys, or what says nothing to a model. */
    private static final Set<String> STAYS_HERE =
            Set.of(
                    "model",
                    "stream",
                    "stream_options",
                    "user",
                    "metadata",
                    "cache",
                    "caching",
                    "num_retries",
                    "max_retries",
                    "timeout",
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
                    "extra_body",
                    "prompt_id",
                    "prompt_variables",
                    "litellm_metadata",
                    "no-log",
                    "user_config",
                    "api_base",
                    "api_key");

    private static final Set<String> NOT_IN_GEMINI =
            Set.of(
                    "logit_bias",
                    "logprobs",
                    "top_logprobs",
                    "n",
                    "prediction",
                    "audio",
                    "store",
                    "verbosity",
                    "parallel_tool_calls",
                    "safety_identifier",
                    "prompt_cache_key",
                    "prompt_cache_retention",
                    "candidateCount",
                    "modalities");

    private static final Set<String> GENERATION =
            Set.of(
                    "temperature",
                    "topP",
                    "topK",
                    "seed",
                    "presencePenalty",
                    "frequencyPenalty",
                    "maxOutputTokens",
                    "stopSequences",
                    "responseMimeType",
                    "responseSchema",
                    "responseJsonSchema",
                    "responseModalities",
                    "thinkingConfig",
                    "speechConfig",
                    "imageConfig",
                    "mediaResolution",
                    "audioTimestamp",
                    "routingConfig",
                    "modelSelectionConfig",
                    "enableEnhancedCivicAnswers",
                    "enableAffectiveDialog");

    private final GeminiSettings settings;
    private final ObjectNode body = JsonTrees.MAPPER.createObjectNode();
    private final ObjectNode generation = JsonTrees.MAPPER.createObjectNode();
    private final List<String> unsupported = new ArrayList<>();

    private GeminiRequest(GeminiSettings settings) {
        this.settings = settings;
    }

    /**
     * Translates a request.
     *
     * @param outputMax the operator's bound on the answer's tokens, {@link Long#MAX_VALUE} for none
     */
    public static ObjectNode of(ObjectNode request, GeminiSettings settings, long outputMax)
            throws UnsupportedRequestException {
        var made = new GeminiRequest(settings);
        for (Map.Entry<String, JsonNode> field : request.properties()) {
            String name = field.getKey();
            if (!field.getValue().isNull()
                    && !STAYS_HERE.contains(name)
                    && !settings.alsoDropped().contains(name)) {
                made.put(name, field.getValue());
            }
        }
        if (!made.unsupported.isEmpty() && !settings.drops()) {
            throw made.refusal();
        }
        made.cap(outputMax);
        if (!made.generation.isEmpty()) {
            made.body.set("generationConfig", made.generation);
        }
        merge(settings.extraBody(), made.body);
        return made.body;
    }

    private void put(String name, JsonNode value) throws UnsupportedRequestException {
        switch (name) {
            case "messages" -> GeminiContents.put(value, body, settings.isThirdGeneration());
            case "tools" -> GeminiTools.tools(value, body);
            case "functions" -> GeminiTools.functions(value, body);
            case "tool_choice", "function_call" -> GeminiTools.choice(name, value, body);
            case "web_search_options" ->
                    body.withArray("tools").addObject().putObject("googleSearch");
            case "max_tokens", "max_completion_tokens" -> generation.set("maxOutputTokens", value);
            case "stop" -> stop(value);
            case "response_format" -> format(value);
            case "reasoning_effort" -> GeminiThinking.effort(value, settings, generation);
            case "service_tier" -> tier(value);
            case "thinking" -> GeminiThinking.thinking(value, generation);
            default -> {
                if (NOT_IN_GEMINI.contains(name)) {
                    special(name, value);
                } else {
                    own(name, value);
                }
            }
        }
    }

    private void tier(JsonNode tier) {
        switch (tier.asText()) {
            case "auto", "default", "standard" -> {}
            case "flex", "priority" -> body.set("serviceTier", tier);
            default -> unsupported.add("service_tier");
        }
    }

    /** What Gemini does not have passes if it asks for nothing. */
    private void special(String name, JsonNode value) {
        boolean asksForNothing =
                switch (name) {
                    case "n", "candidateCount" -> value.asInt() == 1;
                    case "parallel_tool_calls" -> value.asBoolean();
                    case "store", "logprobs" -> !value.asBoolean();
                    case "top_logprobs" -> value.asInt() == 0;
                    case "logit_bias" -> value.isEmpty();
                    case "modalities" -> modalities(value);
                    default -> false;
                };
        if (asksForNothing) {
            return;
        }
        if (settings.allowed().contains(name)) {
            body.set(name, value);
        } else {
            unsupported.add(name);
        }
    }

    /** Whether all is text and images: OpenAI's wire has places for these. */
    private boolean modalities(JsonNode wanted) {
        ArrayNode modalities = JsonTrees.MAPPER.createArrayNode();
        for (JsonNode modality : wanted) {
            String name = modality.asText().toUpperCase(Locale.ROOT);
            if (!name.equals("TEXT") && !name.equals("IMAGE")) {
                return false;
            }
            modalities.add(name);
        }
        generation.set("responseModalities", modalities);
        return true;
    }

    /** Gemini's own parameters, in either of their spellings, and whatever else it may know. */
    private void own(String name, JsonNode value) {
        String camel = camelCase(name);
        if (camel.equals("candidateCount")) {
            special(camel, value);
        } else if (GENERATION.contains(camel)) {
            generation.set(camel, value);
        } else if (camel.equals("generationConfig") && value instanceof ObjectNode config) {
            config.properties().forEach(one -> put(generation, one.getKey(), one.getValue()));
        } else if (!Set.of("contents", "systemInstruction").contains(camel)) {
            put(body, camel, value);
        }
    }

    private static void put(ObjectNode into, String name, JsonNode value) {
        if (!into.has(name)) {
            into.set(name, value);
        }
    }

    static String camelCase(String name) {
        var camel = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) == '_' && i > 0 && i + 1 < name.length()) {
                camel.append(Character.toUpperCase(name.charAt(++i)));
            } else {
                camel.append(name.charAt(i));
            }
        }
        return camel.toString();
    }

    private void stop(JsonNode stop) {
        ArrayNode sequences = generation.putArray("stopSequences");
        if (stop.isArray()) {
            stop.forEach(sequences::add);
        } else {
            sequences.add(stop);
        }
    }

    private void format(JsonNode format) throws UnsupportedRequestException {
        switch (format.path("type").asText()) {
            case "text" -> {}
            case "json_object" -> {
                generation.put("responseMimeType", "application/json");
                JsonNode schema = format.path("response_schema");
                if (schema.isObject()) {
                    generation.set("responseJsonSchema", SchemaSubset.of(schema));
                }
            }
            case "json_schema" -> {
                generation.put("responseMimeType", "application/json");
                JsonNode schema = format.path("json_schema").path("schema");
                if (schema.isObject()) {
                    generation.set("responseJsonSchema", SchemaSubset.of(schema));
                }
            }
            default ->
                    throw UnsupportedRequestException.at(
                            "response_format.type", "is none that Gemini has.");
        }
    }

    private void cap(long outputMax) {
        JsonNode asked = generation.path("maxOutputTokens");
        if (outputMax < Long.MAX_VALUE && (!asked.isNumber() || asked.asLong() > outputMax)) {
            generation.put("maxOutputTokens", outputMax);
        }
    }

    private UnsupportedRequestException refusal() {
        String names =
                String.join(", ", unsupported.stream().map(name -> "'" + name + "'").toList());
        return new UnsupportedRequestException(
                settings.provider()
                        + " does not support parameters: ["
                        + names
                        + "], for model="
                        + settings.model()
                        + ". To drop these, set `litellm.drop_params=True` or for proxy:\n\n"
                        + "`litellm_settings:\n drop_params: true`\n",
                unsupported.getFirst());
    }

    static void merge(ObjectNode from, ObjectNode into) {
        for (Map.Entry<String, JsonNode> field : from.properties()) {
            if (field.getValue() instanceof ObjectNode object
                    && into.get(field.getKey()) instanceof ObjectNode there) {
                merge(object, there);
            } else {
                into.set(field.getKey(), field.getValue().deepCopy());
            }
        }
    }
}
