package dev.sluice.providers.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A request to {@code /v1/messages}.
 *
 * @param body the JSON
 * @param betas what must be announced in {@code anthropic-beta}, often nothing
 * @param answersByTool whether the answer may come as arguments of a tool that is not the caller's
 */
public record MessagesRequest(ObjectNode body, Set<String> betas, boolean answersByTool) {

    /** LiteLLM's bound of an answer where nobody states one: Anthropic demands one. */
    public static final long MAX_TOKENS = 4_096;

    /** What needs translating; all else goes on under its own name, such as top_k. */
    private static final Set<String> TRANSLATED =
            Set.of(
                    "model",
                    "messages",
                    "max_tokens",
                    "max_completion_tokens",
                    "stop",
                    "tools",
                    "tool_choice",
                    "parallel_tool_calls",
                    "response_format",
                    "reasoning_effort",
                    "user",
                    "safety_identifier",
                    "metadata",
                    "service_tier",
                    "system",
                    "web_search_options");

    private static final Pattern NUMBER = Pattern.compile("[0-9+() .-]{7,20}");

    /**
     * What a deployment adds to every request.
     *
     * @param model the provider's name of it
     * @param usualMaxTokens the bound of an answer where the caller states none
     * @param maxTokensCap the operator's bound, {@link Long#MAX_VALUE} for none
     * @param extraBody top-level fields
     */
    public record Deployment(
            String model,
            ParameterRules rules,
            long usualMaxTokens,
            long maxTokensCap,
            ObjectNode extraBody) {}

    /**
     * Translates a chat request.
     *
     * @param caller OpenAI's request, which is used up
     * @throws UnsupportedRequestException if Anthropic cannot do what it asks
     */
    public static MessagesRequest of(ObjectNode caller, Deployment deployment)
            throws UnsupportedRequestException {
        ClaudeModel model = ClaudeModel.of(deployment.model());
        deployment.rules().with(caller).apply(caller, model);
        ObjectNode body = JsonTrees.MAPPER.createObjectNode();
        body.put("model", model.name());
        Set<String> betas = new LinkedHashSet<>();
        var conversation = new Conversation(betas);
        conversation.read(caller.path("messages"));
        conversation.write(body);
        passOn(caller, body);
        addSystem(caller.path("system"), body);
        addStops(caller.path("stop"), body);
        addUser(caller, body);
        if (caller.has("service_tier")) {
            String tier = caller.path("service_tier").asText();
            boolean isStandard = tier.equals("default") || tier.equals("standard_only");
            body.put("service_tier", isStandard ? "standard_only" : "auto");
        }
        ThinkingSettings.apply(
                body, caller.path("reasoning_effort"), model, conversation.lastCallsLackThoughts());
        ThinkingSettings.bound(
                body,
                asked(caller),
                deployment.usualMaxTokens(),
                deployment.maxTokensCap(),
                caller.has("thinking"));
        boolean answersByTool = addTools(caller, body, model, conversation.toolNames());
        body.setAll(deployment.extraBody());
        return new MessagesRequest(body, betas, answersByTool);
    }

    private static void passOn(ObjectNode caller, ObjectNode body) {
        for (Map.Entry<String, JsonNode> field : caller.properties()) {
            if (!TRANSLATED.contains(field.getKey())) {
                body.set(field.getKey(), field.getValue());
            }
        }
    }

    /** Anthropic's own field, beside OpenAI's messages. */
    private static void addSystem(JsonNode system, ObjectNode body) {
        if (system.isMissingNode()) {
            return;
        }
        ArrayNode blocks = body.withArrayProperty("system");
        if (system instanceof ArrayNode list) {
            blocks.addAll(list);
        } else {
            ContentParts.addText(blocks, system.asText());
        }
    }

    private static void addStops(JsonNode stop, ObjectNode body) {
        if (stop.isTextual()) {
            body.putArray("stop_sequences").add(stop);
        } else if (stop.isArray() && !stop.isEmpty()) {
            body.set("stop_sequences", stop);
        }
    }

    /** OpenAI's metadata is for its own storage; Anthropic's knows but the user. */
    private static void addUser(ObjectNode caller, ObjectNode body) {
        for (JsonNode user :
                new JsonNode[] {
                    caller.path("metadata").path("user_id"),
                    caller.path("user"),
                    caller.path("safety_identifier")
                }) {
            if (user.isTextual() && isOpaque(user.textValue())) {
                body.putObject("metadata").set("user_id", user);
                return;
            }
        }
    }

    /** Anthropic refuses addresses and telephone numbers, and asks not to be told names. */
    private static boolean isOpaque(String user) {
        return !user.isBlank() && user.indexOf('@') < 0 && !NUMBER.matcher(user).matches();
    }

    private static long asked(ObjectNode caller) {
        JsonNode bound = caller.path("max_completion_tokens");
        if (!bound.isNumber()) {
            bound = caller.path("max_tokens");
        }
        return bound.canConvertToLong() && bound.isNumber() ? Math.max(bound.asLong(), 0) : -1;
    }

    private static boolean addTools(
            ObjectNode caller, ObjectNode body, ClaudeModel model, Set<String> called)
            throws UnsupportedRequestException {
        var tools = new ToolSettings(model);
        tools.addTools(caller.path("tools"));
        if (caller.path("web_search_options").isObject()) {
            tools.addWebSearch(caller.path("web_search_options"));
        }
        tools.choose(caller.path("tool_choice"), caller.path("parallel_tool_calls"));
        boolean answersByTool = addFormat(caller.path("response_format"), body, model, tools);
        tools.declare(called);
        tools.write(body);
        return answersByTool;
    }

    private static boolean addFormat(
            JsonNode format, ObjectNode body, ClaudeModel model, ToolSettings tools)
            throws UnsupportedRequestException {
        JsonNode schema = format.path("json_schema").path("schema");
        switch (format.path("type").asText()) {
            case "", "text" -> {
                return false;
            }
            case "json_schema", "json_object" -> {}
            default ->
                    throw new UnsupportedRequestException(
                            "response_format is of a type that anthropic does not have.",
                            "response_format");
        }
        if (!(schema instanceof ObjectNode object)) {
            ObjectNode any = JsonTrees.MAPPER.createObjectNode().put("type", "object");
            any.put("additionalProperties", true);
            return tools.answerByTool(any, !ThinkingSettings.isOn(body));
        }
        if (!model.keepsSchemas()) {
            return tools.answerByTool(object, !ThinkingSettings.isOn(body));
        }
        ObjectNode config = object(body, "output_config");
        config.putObject("format")
                .put("type", "json_schema")
                .set("schema", OutputSchema.of(object));
        return false;
    }

    /** The object under a name, made where there is none. */
    static ObjectNode object(ObjectNode body, String name) {
        return body.get(name) instanceof ObjectNode present ? present : body.putObject(name);
    }
}
