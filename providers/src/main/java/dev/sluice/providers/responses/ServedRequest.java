package dev.sluice.providers.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

import java.util.Map;
import java.util.Set;

/** Makes a chat request of a request to {@code /v1/responses}. */
public final class ServedRequest {

    /** Names that are read here; all others are the provider's matter. */
    private static final Set<String> READ =
            Set.of(
                    "model",
                    "input",
                    "instructions",
                    "max_output_tokens",
                    "max_tool_calls",
                    "temperature",
                    "top_p",
                    "stream",
                    "metadata",
                    "tools",
                    "tool_choice",
                    "parallel_tool_calls",
                    "text",
                    "reasoning",
                    "include",
                    "store",
                    "truncation",
                    "top_logprobs",
                    "background",
                    "conversation",
                    "previous_response_id",
                    "prompt");

    /** A chat's own names would say a thing twice, or ask for what a response cannot tell. */
    private static final Set<String> OF_CHATS =
            Set.of(
                    "messages",
                    "n",
                    "functions",
                    "function_call",
                    "max_tokens",
                    "max_completion_tokens",
                    "response_format",
                    "reasoning_effort",
                    "verbosity",
                    "modalities",
                    "audio",
                    "logprobs");

    private static final String LOGPROBS = "message.output_text.logprobs";

    private final ObjectNode asked;
    private final boolean keepsThoughts;
    private final ObjectNode chat = JsonTrees.MAPPER.createObjectNode();

    /**
     * A request that is understood.
     *
     * @param frame what its response repeats of it
     */
    public record Understood(ObjectNode chat, ResponseFrame frame) {}

    private ServedRequest(ObjectNode asked, boolean keepsThoughts) {
        this.asked = asked;
        this.keepsThoughts = keepsThoughts;
    }

    /**
     * The chat request of a request.
     *
     * @param keepsThoughts whether the model takes its sealed thoughts back, as a Claude does
     * @param fallbackId of the response, where the provider names none
     * @param nowSeconds since 1970
     * @throws UnsupportedRequestException if it is none, or asks for what a chat cannot do
     */
    public static Understood read(
            ObjectNode asked, boolean keepsThoughts, String fallbackId, long nowSeconds)
            throws UnsupportedRequestException {
        var request = new ServedRequest(asked, keepsThoughts);
        request.refuseWhatNeedsMore();
        request.translate();
        return new Understood(request.chat, ResponseFrame.of(asked, fallbackId, nowSeconds));
    }

    private void refuseWhatNeedsMore() throws UnsupportedRequestException {
        for (String name : new String[] {"previous_response_id", "conversation", "prompt"}) {
            if (asked.hasNonNull(name)) {
                throw UnsupportedRequestException.at(
                        name, "cannot be served for this model: its provider keeps nothing.");
            }
        }
        if (flag("background")) {
            throw UnsupportedRequestException.at(
                    "background", "is not served for this model: send the request without it.");
        }
        if (asked.path("top_logprobs").asLong() != 0) {
            throw UnsupportedRequestException.at(
                    "top_logprobs", "is not served for this model: send the request without it.");
        }
        for (JsonNode wish : asked.path("include")) {
            if (wish.asText().equals(LOGPROBS)) {
                throw UnsupportedRequestException.at(
                        "include", "cannot bring " + LOGPROBS + " for this model.");
            }
        }
        for (String name : OF_CHATS) {
            if (asked.hasNonNull(name)) {
                throw UnsupportedRequestException.at(
                        name, "is no parameter of /v1/responses: it belongs to chat completions.");
            }
        }
    }

    private void translate() throws UnsupportedRequestException {
        for (Map.Entry<String, JsonNode> field : asked.properties()) {
            if (!READ.contains(field.getKey()) && !field.getValue().isNull()) {
                chat.set(field.getKey(), field.getValue());
            }
        }
        copy("model");
        var items = new ServedItems(chat.putArray("messages"), keepsThoughts);
        items.addInstructions(asked.path("instructions"));
        items.addInput(asked.path("input"));
        copy("temperature");
        copy("top_p");
        addBound();
        addStream();
        addText(object("text"));
        JsonNode effort = object("reasoning").path("effort");
        if (effort.isTextual()) {
            chat.set("reasoning_effort", effort);
        }
        new ServedTools(asked, chat).add();
        if (asked.path("metadata").has("tags")) {
            // LiteLLM's way to tag a call. OpenAI's chats take metadata only of what they store.
            copy("metadata");
        }
    }

    private void addBound() throws UnsupportedRequestException {
        JsonNode bound = asked.path("max_output_tokens");
        if (bound.isMissingNode() || bound.isNull()) {
            return;
        }
        if (!bound.isIntegralNumber() || !bound.canConvertToLong() || bound.asLong() < 1) {
            throw UnsupportedRequestException.at(
                    "max_output_tokens", "must be a whole number of tokens, at least 1.");
        }
        chat.set("max_tokens", bound);
    }

    private void addStream() throws UnsupportedRequestException {
        chat.remove("stream_options");
        if (flag("stream")) {
            chat.put("stream", true).putObject("stream_options").put("include_usage", true);
        }
    }

    private void addText(JsonNode text) throws UnsupportedRequestException {
        JsonNode verbosity = text.path("verbosity");
        if (verbosity.isTextual() && !verbosity.asText().equals("medium")) {
            chat.set("verbosity", verbosity);
        }
        JsonNode format = text.path("format");
        switch (format.path("type").asText("text")) {
            case "text" -> {}
            case "json_object" -> chat.putObject("response_format").put("type", "json_object");
            case "json_schema" -> {
                ObjectNode made = chat.putObject("response_format").put("type", "json_schema");
                ObjectNode schema = made.putObject("json_schema");
                for (String name : new String[] {"name", "description", "strict", "schema"}) {
                    if (format.hasNonNull(name)) {
                        schema.set(name, format.get(name));
                    }
                }
            }
            default ->
                    throw UnsupportedRequestException.at(
                            "text.format.type", "must be text, json_object or json_schema.");
        }
    }

    private JsonNode object(String name) throws UnsupportedRequestException {
        JsonNode value = asked.path(name);
        if (!value.isObject() && !value.isNull() && !value.isMissingNode()) {
            throw UnsupportedRequestException.at(name, "must be an object.");
        }
        return value;
    }

    private boolean flag(String name) throws UnsupportedRequestException {
        JsonNode value = asked.path(name);
        if (!value.isBoolean() && !value.isNull() && !value.isMissingNode()) {
            throw UnsupportedRequestException.at(name, "must be true or false.");
        }
        return value.asBoolean();
    }

    private void copy(String name) {
        if (asked.hasNonNull(name)) {
            chat.set(name, asked.get(name));
        }
    }
}
