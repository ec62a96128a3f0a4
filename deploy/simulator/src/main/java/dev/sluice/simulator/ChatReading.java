package dev.sluice.simulator;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What is read of a chat in a provider's own words. The same conversation weighs the same and is
 * answered alike in all of them: a system text, a turn and a tool's result are one message each.
 */
final class ChatReading {

    private static final int USER_CHARACTERS_KEPT = 64;

    private final Endpoint endpoint;
    private final PromptDigest digest = new PromptDigest();
    private final List<String> stops = new ArrayList<>();
    private final List<Tool> tools = new ArrayList<>();
    private final String model;
    private @Nullable String user;
    private boolean stream;
    private boolean empty = true;
    private boolean answered;
    private boolean must;
    private @Nullable String named;
    private boolean parallel = true;
    private boolean toolsOff;
    private @Nullable JsonNode schema;
    private boolean thinks;
    private int outputTokensMax = ModelCallReader.OUTPUT_TOKENS_MAX;

    ChatReading(Endpoint endpoint, String model) {
        this.endpoint = endpoint;
        this.model = model;
    }

    /** Reads a body as an object; a rejection if it is none. */
    static JsonNode object(byte[] body) throws InvalidRequestException {
        try {
            JsonNode tree = Json.MAPPER.readTree(body);
            if (tree != null && tree.isObject()) {
                return tree;
            }
        } catch (JacksonException e) {
            throw new InvalidRequestException(Rejection.unparsable());
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
        throw new InvalidRequestException(Rejection.unparsable());
    }

    static InvalidRequestException missing(String name) {
        return new InvalidRequestException(
                Rejection.invalid("%s: Field required".formatted(name), name, "missing"));
    }

    /** A text that must be there. */
    static String required(JsonNode body, String name) throws InvalidRequestException {
        String text = body.path(name).asText("");
        if (text.isEmpty()) {
            throw missing(name);
        }
        return text;
    }

    /** A message of these texts. */
    void message(String role, List<String> texts) {
        empty = false;
        answered = role.equals("tool");
        digest.open(ModelCallReader.MESSAGE_OVERHEAD_TOKENS);
        digest.mark(role);
        for (String text : texts) {
            digest.text(text.toCharArray(), 0, text.length());
        }
        digest.close();
    }

    /** The texts of content: itself, or those of its parts. */
    static List<String> texts(JsonNode content) {
        List<String> texts = new ArrayList<>();
        if (content.isTextual()) {
            texts.add(content.textValue());
        }
        for (JsonNode part : content) {
            if (part.path("text").isTextual() && !part.path("thought").asBoolean()) {
                texts.add(part.path("text").textValue());
            }
        }
        return texts;
    }

    void user(JsonNode told) {
        if (told.isTextual()) {
            String whole = told.textValue();
            user = whole.substring(0, Math.min(USER_CHARACTERS_KEPT, whole.length()));
        }
    }

    void stream(boolean asked) {
        stream = asked;
    }

    void outputTokensMax(JsonNode told) {
        if (told.isNumber()) {
            outputTokensMax = Math.clamp(told.asLong(), 1, ModelCallReader.OUTPUT_TOKENS_MAX);
        }
    }

    void stops(JsonNode told) {
        for (JsonNode stop : told) {
            if (!stop.asText().isEmpty()) {
                stops.add(stop.asText());
            }
        }
    }

    void tool(String name, JsonNode parameters) {
        if (!name.isEmpty()) {
            tools.add(
                    new Tool(
                            name,
                            parameters.isObject()
                                    ? parameters
                                    : JsonNodeFactory.instance.objectNode()));
        }
    }

    void mustCall() {
        must = true;
    }

    void mustCall(String name) {
        must = true;
        named = name;
    }

    void mustNotCall() {
        toolsOff = true;
    }

    void oneCallOnly() {
        parallel = false;
    }

    void schema(JsonNode told) {
        if (told.isObject()) {
            schema = told;
        }
    }

    void thinks(boolean does) {
        thinks = does;
    }

    ModelCall call(String messagesField) throws InvalidRequestException {
        if (empty) {
            throw missing(messagesField);
        }
        return new ModelCall(
                endpoint,
                model,
                List.of(digest.prompt()),
                user,
                stream,
                true,
                1,
                outputTokensMax,
                0,
                List.copyOf(stops),
                0,
                false,
                new Wishes(
                        toolsOff ? List.of() : List.copyOf(tools),
                        must,
                        named,
                        parallel,
                        answered,
                        schema,
                        thinks),
                "");
    }

    /** A call that asks for something else than words about these texts. */
    static ModelCall ofTexts(
            Endpoint endpoint, String model, List<String> texts, int dimensions, boolean base64)
            throws InvalidRequestException {
        if (texts.isEmpty()) {
            throw missing("input");
        }
        return new ModelCall(
                endpoint,
                model,
                texts.stream().map(ChatReading::prompt).toList(),
                null,
                false,
                true,
                1,
                1,
                0,
                List.of(),
                dimensions,
                base64,
                Wishes.NONE,
                "");
    }

    private static Prompt prompt(String text) {
        PromptDigest digest = new PromptDigest();
        digest.open(0);
        digest.text(text.toCharArray(), 0, text.length());
        digest.close();
        return digest.prompt();
    }
}
