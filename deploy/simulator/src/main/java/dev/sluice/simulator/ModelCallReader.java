package dev.sluice.simulator;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a request's body once, by streaming: prompts are weighed and hashed as they pass and never
 * kept. Fields that do not matter here are skipped.
 */
final class ModelCallReader {

    static final int CHOICES_MAX = 128;
    static final int OUTPUT_TOKENS_MAX = 100_000;
    static final int OUTPUT_TOKENS_IN_ALL_MAX = 1_000_000;

    /** Every message of a chat weighs this much more than its text. */
    static final int MESSAGE_OVERHEAD_TOKENS = 3;

    private static final int PROMPTS_MAX = 2048;
    private static final int STOPS_MAX = 4;
    private static final int DIMENSIONS_MAX = 3072;

    /** The ledger keeps many attempts, and callers choose how long this is. */
    private static final int USER_CHARACTERS_KEPT = 64;

    /** The field of {@code metadata} that sets how long an answer would like to be. */
    private static final String OUTPUT_TOKENS = "sim_output_tokens";

    private final Endpoint endpoint;
    private final JsonParser json;
    private final List<Prompt> prompts = new ArrayList<>();
    private final List<String> stops = new ArrayList<>();
    private final WishesReader wishes = new WishesReader();
    private @Nullable String model;
    private @Nullable String user;
    private boolean stream;
    private boolean streamOptions;
    private boolean includeUsage;
    private boolean base64;
    private int choices = 1;
    private int outputTokensMax = OUTPUT_TOKENS_MAX;
    private int outputTokens;
    private int dimensions;

    private ModelCallReader(Endpoint endpoint, JsonParser json) {
        this.endpoint = endpoint;
        this.json = json;
    }

    static Reading read(Endpoint endpoint, byte[] body) {
        try (JsonParser json = Json.FACTORY.createParser(body)) {
            return new ModelCallReader(endpoint, json).read();
        } catch (InvalidRequestException e) {
            return e.rejection();
        } catch (JacksonException e) {
            return Rejection.unparsable();
        } catch (IOException e) {
            throw new UncheckedIOException("reading from memory failed", e);
        }
    }

    private ModelCall read() throws IOException, InvalidRequestException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new InvalidRequestException(Rejection.unparsable());
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            field(name);
        }
        if (json.nextToken() != null) {
            throw new InvalidRequestException(Rejection.unparsable());
        }
        return call();
    }

    private void field(String name) throws IOException, InvalidRequestException {
        if (json.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        switch (name) {
            case "model" -> model = text(name);
            case "messages" -> prompts(name, Endpoint.CHAT);
            case "prompt" -> prompts(name, Endpoint.COMPLETIONS);
            case "input" -> prompts(name, Endpoint.EMBEDDINGS);
            case "stream" -> stream = flag(name);
            case "stream_options" -> streamOptions();
            case "n" -> choices = integer(name, CHOICES_MAX);
            case "max_tokens", "max_completion_tokens" ->
                    outputTokensMax = Math.min(outputTokensMax, integer(name, Integer.MAX_VALUE));
            case "stop" -> stops();
            case "metadata" -> metadata();
            case "user" -> user = user();
            case "dimensions" -> dimensions = integer(name, DIMENSIONS_MAX);
            case "encoding_format" -> base64 = text(name).equals("base64");
            case "tools",
                    "tool_choice",
                    "parallel_tool_calls",
                    "response_format",
                    "reasoning_effort" ->
                    wishes.read(name, Json.INNER.readTree(json));
            default -> json.skipChildren();
        }
    }

    private ModelCall call() throws InvalidRequestException {
        String called = required(model, "model");
        if (prompts.isEmpty()) {
            throw missing(promptField());
        }
        boolean embeddings = endpoint == Endpoint.EMBEDDINGS;
        if (embeddings && prompts.stream().anyMatch(prompt -> prompt.tokens() == 0)) {
            throw invalid("'$.input' is invalid: it has an empty text.", "input");
        }
        if (streamOptions && !stream) {
            throw invalid(
                    "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                    "stream_options");
        }
        long outputInAll =
                (long) prompts.size()
                        * choices
                        * Math.min(outputTokensMax, Math.max(outputTokens, 200));
        if (!embeddings && outputInAll > OUTPUT_TOKENS_IN_ALL_MAX) {
            throw invalid("More output tokens than the simulator makes in one call.", "n");
        }
        return new ModelCall(
                endpoint,
                called,
                List.copyOf(prompts),
                user,
                stream && !embeddings,
                includeUsage,
                choices,
                outputTokensMax,
                outputTokens,
                List.copyOf(stops),
                dimensions,
                base64,
                endpoint == Endpoint.CHAT ? wishes.wishes() : Wishes.NONE,
                "");
    }

    private String promptField() {
        return switch (endpoint) {
            case CHAT -> "messages";
            case COMPLETIONS -> "prompt";
            default -> "input";
        };
    }

    private void prompts(String name, Endpoint owner) throws IOException, InvalidRequestException {
        prompts.clear();
        if (endpoint != owner) {
            json.skipChildren();
        } else if (owner == Endpoint.CHAT) {
            messages(name);
        } else {
            texts(name);
        }
    }

    private void messages(String name) throws IOException, InvalidRequestException {
        expect(JsonToken.START_ARRAY, name, "an array of objects");
        PromptDigest digest = new PromptDigest();
        boolean empty = true;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            expect(JsonToken.START_OBJECT, name, "an array of objects");
            message(digest);
            empty = false;
        }
        if (empty) {
            throw invalid("Invalid 'messages': empty array.", name);
        }
        prompts.add(digest.prompt());
    }

    private void message(PromptDigest digest) throws IOException, InvalidRequestException {
        digest.open(MESSAGE_OVERHEAD_TOKENS);
        boolean hasRole = false;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "role" -> {
                    String role = text("messages.role");
                    digest.mark(role);
                    wishes.lastMessage(role);
                    hasRole = true;
                }
                case "content" -> content(digest);
                default -> json.skipChildren();
            }
        }
        digest.close();
        if (!hasRole) {
            throw missing("messages.role");
        }
    }

    /** A text, or parts of which the texts count. */
    private void content(PromptDigest digest) throws IOException, InvalidRequestException {
        switch (json.currentToken()) {
            case VALUE_STRING -> weigh(digest);
            case VALUE_NULL -> {}
            case START_ARRAY -> {
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    expect(JsonToken.START_OBJECT, "messages.content", "an array of objects");
                    part(digest);
                }
            }
            default -> throw wrongType("messages.content", "a string or an array of objects");
        }
    }

    private void part(PromptDigest digest) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean text = json.currentName().equals("text");
            if (json.nextToken() == JsonToken.VALUE_STRING && text) {
                weigh(digest);
            } else {
                json.skipChildren();
            }
        }
    }

    /** A text, texts, token numbers, or lists of token numbers. */
    private void texts(String name) throws IOException, InvalidRequestException {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            prompts.add(textPrompt());
            return;
        }
        expect(JsonToken.START_ARRAY, name, "a string or an array");
        PromptDigest numbers = new PromptDigest();
        boolean numbered = false;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            switch (json.currentToken()) {
                case VALUE_STRING -> prompts.add(textPrompt());
                case START_ARRAY -> prompts.add(numberedPrompt(name));
                case VALUE_NUMBER_INT -> {
                    numbers.tokenId(json.getIntValue());
                    numbered = true;
                }
                case null, default -> throw wrongType(name, "a string or an array of strings");
            }
            if (prompts.size() > PROMPTS_MAX) {
                throw invalid("'%s' has more than %d items.".formatted(name, PROMPTS_MAX), name);
            }
        }
        if (numbered) {
            prompts.add(numbers.prompt());
        }
    }

    private Prompt textPrompt() throws IOException {
        PromptDigest digest = new PromptDigest();
        digest.open(0);
        weigh(digest);
        digest.close();
        return digest.prompt();
    }

    private Prompt numberedPrompt(String name) throws IOException, InvalidRequestException {
        PromptDigest digest = new PromptDigest();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            expect(JsonToken.VALUE_NUMBER_INT, name, "an array of token numbers");
            digest.tokenId(json.getIntValue());
        }
        return digest.prompt();
    }

    private void weigh(PromptDigest digest) throws IOException {
        digest.text(json.getTextCharacters(), json.getTextOffset(), json.getTextLength());
    }

    private void streamOptions() throws IOException, InvalidRequestException {
        expect(JsonToken.START_OBJECT, "stream_options", "an object");
        streamOptions = true;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean usage = json.currentName().equals("include_usage");
            json.nextToken();
            if (usage) {
                includeUsage = flag("stream_options.include_usage");
            } else {
                json.skipChildren();
            }
        }
    }

    private void stops() throws IOException, InvalidRequestException {
        stops.clear();
        if (json.currentToken() == JsonToken.START_ARRAY) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                stops.add(text("stop"));
            }
        } else {
            stops.add(text("stop"));
        }
        if (stops.size() > STOPS_MAX || stops.contains("")) {
            throw invalid("'stop' has empty or more than %d texts.".formatted(STOPS_MAX), "stop");
        }
    }

    private String user() throws IOException, InvalidRequestException {
        String whole = text("user");
        return whole.substring(0, Math.min(USER_CHARACTERS_KEPT, whole.length()));
    }

    private void metadata() throws IOException, InvalidRequestException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            boolean ours = json.currentName().equals(OUTPUT_TOKENS);
            json.nextToken();
            if (ours) {
                outputTokens = outputTokens();
            } else {
                json.skipChildren();
            }
        }
    }

    private int outputTokens() throws IOException, InvalidRequestException {
        int tokens = json.getValueAsInt(0);
        if (tokens < 1 || tokens > OUTPUT_TOKENS_MAX) {
            throw invalid(
                    "'%s' is not in [1, %d].".formatted(OUTPUT_TOKENS, OUTPUT_TOKENS_MAX),
                    "metadata");
        }
        return tokens;
    }

    private String text(String name) throws IOException, InvalidRequestException {
        expect(JsonToken.VALUE_STRING, name, "a string");
        return json.getText();
    }

    private boolean flag(String name) throws IOException, InvalidRequestException {
        return switch (json.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE, VALUE_NULL -> false;
            default -> throw wrongType(name, "a boolean");
        };
    }

    private int integer(String name, int max) throws IOException, InvalidRequestException {
        expect(JsonToken.VALUE_NUMBER_INT, name, "an integer");
        int value = json.getIntValue();
        if (value < 1 || value > max) {
            throw invalid("'%s' is not in [1, %d].".formatted(name, max), name);
        }
        return value;
    }

    private void expect(JsonToken token, String name, String type) throws InvalidRequestException {
        if (json.currentToken() != token) {
            throw wrongType(name, type);
        }
    }

    private static String required(@Nullable String value, String name)
            throws InvalidRequestException {
        if (value == null || value.isEmpty()) {
            throw missing(name);
        }
        return value;
    }

    private static InvalidRequestException missing(String name) {
        return new InvalidRequestException(
                Rejection.invalid(
                        "Missing required parameter: '%s'.".formatted(name),
                        name,
                        "missing_required_parameter"));
    }

    private static InvalidRequestException wrongType(String name, String type) {
        return new InvalidRequestException(
                Rejection.invalid(
                        "Invalid type for '%s': expected %s.".formatted(name, type),
                        name,
                        "invalid_type"));
    }

    private static InvalidRequestException invalid(String message, String name) {
        return new InvalidRequestException(Rejection.invalid(message, name, "invalid_value"));
    }
}
