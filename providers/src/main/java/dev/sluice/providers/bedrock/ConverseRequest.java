package dev.sluice.providers.bedrock;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

import java.util.Map;
import java.util.Set;

/** Makes a body of Converse, and of ConverseStream, of a chat request in OpenAI's wire. */
public final class ConverseRequest {

    /** OpenAI's parameters that Converse, or some model behind it, has. */
    public static final Set<String> PARAMETERS =
            Set.of(
                    "messages",
                    "model",
                    "stream",
                    "temperature",
                    "top_p",
                    "stop",
                    "max_tokens",
                    "max_completion_tokens",
                    "tools",
                    "tool_choice",
                    "parallel_tool_calls",
                    "response_format",
                    "reasoning_effort",
                    "thinking",
                    "service_tier");

    /** Converse's own fields, which callers may set by their names. */
    private static final Set<String> CONVERSE =
            Set.of(
                    "guardrailConfig",
                    "performanceConfig",
                    "requestMetadata",
                    "promptVariables",
                    "additionalModelResponseFieldPaths",
                    "outputConfig",
                    "serviceTier");

    /** What a model that thinks may write beyond its thoughts where the caller sets no bound. */
    private static final int ANSWER_TOKENS = 4_096;

    private ConverseRequest() {}

    /**
     * The body's tree.
     *
     * @param request already without what stays in the gateway
     * @param model Bedrock's id of the model
     */
    public static ObjectNode of(ObjectNode request, String model)
            throws UnsupportedRequestException {
        ModelFamily family = ModelFamily.of(model);
        ObjectNode converse = JsonTrees.MAPPER.createObjectNode();
        ObjectNode additional = JsonTrees.MAPPER.createObjectNode();
        ConverseMessages.add(converse, request.path("messages"));
        ObjectNode inference = inference(request);
        reasoning(inference, additional, request, family);
        if (!inference.isEmpty()) {
            converse.set("inferenceConfig", inference);
        }
        ConverseTools.add(converse, additional, request, family);
        format(converse, request.path("response_format"));
        tier(converse, request.path("service_tier"));
        others(converse, additional, request, family);
        if (!additional.isEmpty()) {
            converse.set("additionalModelRequestFields", additional);
        }
        return converse;
    }

    private static ObjectNode inference(ObjectNode request) {
        ObjectNode inference = JsonTrees.MAPPER.createObjectNode();
        JsonNode bound =
                request.has("max_completion_tokens")
                        ? request.path("max_completion_tokens")
                        : request.path("max_tokens");
        set(inference, "maxTokens", bound);
        set(inference, "temperature", request.path("temperature"));
        set(inference, "topP", request.path("top_p"));
        JsonNode stop = request.path("stop");
        if (stop.isTextual()) {
            inference.putArray("stopSequences").add(stop);
        } else if (!stop.isEmpty()) {
            inference.set("stopSequences", stop);
        }
        return inference;
    }

    private static void set(ObjectNode object, String name, JsonNode value) {
        if (!value.isMissingNode()) {
            object.set(name, value);
        }
    }

    private static void reasoning(
            ObjectNode inference, ObjectNode additional, ObjectNode request, ModelFamily family)
            throws UnsupportedRequestException {
        JsonNode thinking = request.path("thinking");
        String effort = request.path("reasoning_effort").asText();
        if (thinking.isObject()) {
            if (!family.isClaude()) {
                throw new UnsupportedRequestException(
                        "This model of Bedrock has no thinking.", "thinking");
            }
            additional.set("thinking", thinking);
            roomToThink(inference, thinking.path("budget_tokens").asLong());
            return;
        }
        if (effort.isEmpty()) {
            return;
        }
        switch (family) {
            case CLAUDE -> claude(inference, additional, effort);
            case CLAUDE_ADAPTIVE -> {
                if (!effort.equals("none")) {
                    additional.putObject("thinking").put("type", "adaptive");
                    additional
                            .putObject("output_config")
                            .put("effort", effort.equals("minimal") ? "low" : effort);
                }
            }
            case NOVA -> {
                ObjectNode config = additional.putObject("reasoningConfig");
                if (effort.equals("none")) {
                    config.put("type", "disabled");
                } else {
                    config.put("type", "enabled").put("maxReasoningEffort", novaEffort(effort));
                }
            }
            case GPT_OSS -> additional.put("reasoning_effort", effort);
            case OTHER -> {
                if (!effort.equals("none")) {
                    throw new UnsupportedRequestException(
                            "This model of Bedrock has no reasoning_effort.", "reasoning_effort");
                }
            }
        }
    }

    private static String novaEffort(String effort) {
        return switch (effort) {
            case "minimal" -> "low";
            case "xhigh", "max" -> "high";
            default -> effort;
        };
    }

    private static void claude(ObjectNode inference, ObjectNode additional, String effort)
            throws UnsupportedRequestException {
        long budget =
                switch (effort) {
                    case "none" -> 0;
                    case "minimal", "low" -> 1_024;
                    case "medium" -> 2_048;
                    case "high", "xhigh", "max" -> 4_096;
                    default ->
                            throw new UnsupportedRequestException(
                                    "This reasoning_effort is not known.", "reasoning_effort");
                };
        if (budget > 0) {
            additional.putObject("thinking").put("type", "enabled").put("budget_tokens", budget);
            roomToThink(inference, budget);
        }
    }

    /** Claude counts its thoughts towards the bound, and refuses one that leaves no more. */
    private static void roomToThink(ObjectNode inference, long budget) {
        if (budget > 0 && !inference.has("maxTokens")) {
            inference.put("maxTokens", budget + ANSWER_TOKENS);
        }
    }

    private static void format(ObjectNode converse, JsonNode format)
            throws UnsupportedRequestException {
        switch (format.path("type").asText()) {
            case "", "text", "json_object" -> {
                // json_object demands that the prompt ask for JSON: Converse has no more than that
            }
            case "json_schema" -> {
                JsonNode named = format.path("json_schema");
                ObjectNode text = converse.putObject("outputConfig").putObject("textFormat");
                text.put("type", "json_schema");
                ObjectNode schema = text.putObject("structure").putObject("jsonSchema");
                schema.put("schema", new String(JsonTrees.bytes(named.path("schema")), UTF_8));
                set(schema, "name", named.path("name"));
                set(schema, "description", named.path("description"));
            }
            default ->
                    throw new UnsupportedRequestException(
                            "Bedrock has nothing for this response_format.", "response_format");
        }
    }

    private static void tier(ObjectNode converse, JsonNode tier) {
        if (tier.isTextual() && !tier.asText().equals("auto")) {
            converse.putObject("serviceTier").set("type", tier);
        } else if (tier.isObject()) {
            converse.set("serviceTier", tier);
        }
    }

    /** What is nobody's parameter goes to the model by its name. */
    private static void others(
            ObjectNode converse, ObjectNode additional, ObjectNode request, ModelFamily family) {
        for (Map.Entry<String, JsonNode> field : request.properties()) {
            String name = field.getKey();
            if (PARAMETERS.contains(name)) {
                continue;
            }
            if (CONVERSE.contains(name)) {
                converse.set(name, field.getValue());
            } else if (name.equals("additionalModelRequestFields")
                    && field.getValue() instanceof ObjectNode fields) {
                additional.setAll(fields);
            } else if (name.equals("top_k") && family == ModelFamily.NOVA) {
                additional.putObject("inferenceConfig").set("topK", field.getValue());
            } else {
                additional.set(name, field.getValue());
            }
        }
    }

    /**
     * Puts what the config adds to every body.
     *
     * @param parameters the deployment's, of which Converse's own fields count
     */
    public static void addExtra(
            ObjectNode converse, Map<String, Object> parameters, Map<String, Object> extraBody) {
        parameters.forEach((name, value) -> {
            if (CONVERSE.contains(name) && !converse.has(name)) {
                converse.set(name, JsonTrees.MAPPER.valueToTree(value));
            }
        });
        extraBody.forEach((name, value) -> converse.set(name, JsonTrees.MAPPER.valueToTree(value)));
    }
}
