package dev.sluice.providers.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.ErrorBody;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.StatusErrors;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Errors of those who speak OpenAI's wire, in OpenAI's own form: many leave out the type, have a
 * number for a code, or another form altogether. What is right already stays byte for byte, and
 * what a provider says besides stays beside it.
 */
final class CompatibleErrors {

    /** How providers say, in lower case, that a prompt is too long; OpenAI has a code for it. */
    private static final List<String> TOO_LONG =
            List.of(
                    "maximum context length",
                    "context length exceeded",
                    "context_length_exceeded",
                    "exceeds the context window",
                    "context window exceeded",
                    "maximum prompt length",
                    "prompt is too long",
                    "input is too long",
                    "too large for model with",
                    "reduce the length of the messages");

    private static final String CONTEXT_LENGTH = "context_length_exceeded";

    private CompatibleErrors() {}

    /** The body to answer with a status of at least 400. */
    static byte[] of(int status, byte[] body) {
        Optional<ObjectNode> tree = JsonTrees.object(body, 0, body.length);
        if (tree.isEmpty()) {
            return unsaid(status);
        }
        ObjectNode answer = tree.get();
        return answer.path("error") instanceof ObjectNode error && error.path("message").isTextual()
                ? mended(status, body, answer, error)
                : otherForm(status, answer);
    }

    private static byte[] unsaid(int status) {
        return new ErrorBody(
                        "The provider answered %d.".formatted(status),
                        "api_error",
                        null,
                        Integer.toString(status))
                .json();
    }

    private static byte[] mended(int status, byte[] body, ObjectNode answer, ObjectNode error) {
        ErrorBody usual = StatusErrors.of(status, "");
        boolean isMended = false;
        if (!error.path("type").isTextual()) {
            error.put("type", usual.type());
            isMended = true;
        }
        JsonNode code = error.path("code");
        if (code.isMissingNode() || code.isNumber()) {
            error.put("code", usual.code());
            isMended = true;
        }
        if (saysNothing(code, error.path("type"))
                && isTooLong(status, error.path("message").asText())) {
            error.put("code", CONTEXT_LENGTH);
            isMended = true;
        }
        if (!error.has("param")) {
            error.putNull("param");
            // Alone, its absence disturbs nobody.
        }
        return isMended ? JsonTrees.bytes(answer) : body;
    }

    /** Whether a better code may take its place. */
    private static boolean saysNothing(JsonNode code, JsonNode type) {
        return !code.isTextual()
                || code.asText().equals(type.asText())
                || code.asText().chars().allMatch(Character::isDigit);
    }

    private static boolean isTooLong(int status, String message) {
        String lower = message.toLowerCase(Locale.ROOT);
        return (status == 400 || status == 413 || status == 422)
                && TOO_LONG.stream().anyMatch(lower::contains);
    }

    /** Message, type and code beside each other, as Mistral, xAI and FastAPI's servers say them. */
    private static byte[] otherForm(int status, ObjectNode answer) {
        String message = message(answer);
        if (message == null) {
            return unsaid(status);
        }
        ErrorBody usual = StatusErrors.of(status, message);
        String type = answer.path("type").textValue();
        String code = answer.path("code").textValue();
        return new ErrorBody(
                        message,
                        type == null ? usual.type() : type,
                        answer.path("param").textValue(),
                        isTooLong(status, message)
                                ? CONTEXT_LENGTH
                                : code == null ? usual.code() : code)
                .json();
    }

    private static @Nullable String message(ObjectNode answer) {
        for (String place :
                new String[] {
                    "/error",
                    "/error/message",
                    "/message",
                    "/message/detail/0/msg",
                    "/detail",
                    "/detail/0/msg",
                    "/detail/message"
                }) {
            JsonNode said = answer.at(place);
            if (said.isTextual() && !said.textValue().isBlank()) {
                return said.textValue();
            }
        }
        return null;
    }
}
