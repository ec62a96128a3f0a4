package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** A provider's error as OpenAI would have told it. */
final class ErrorFacts {

    private static final int OVERLOADED = 529;

    private ErrorFacts() {}

    static ObjectNode expected(Recording recording) {
        JsonNode error = recording.facts().path("error");
        ObjectNode expected = JsonTrees.MAPPER.createObjectNode();
        int status = status(error);
        expected.put("status", status);
        expected.put("metered.status", "failure");
        if (error.has("retry_after")) {
            expected.put("retry_after", wholeSeconds(error.path("retry_after").asText()));
        }
        if (status == 401 || status == 403) {
            // What a provider says of a key may repeat a part of it.
            expected.put("error.type", "authentication_error");
            expected.put(
                    "error.message",
                    "The provider refused the gateway's credentials for this deployment.");
            return expected;
        }
        expected.set("error.message", error.path("message"));
        expected.put(
                "error.type",
                error.path("type").isTextual() ? error.path("type").asText() : type(status));
        if (recording.file().contains("context-length")) {
            expected.put("error.code", "context_length_exceeded");
        } else if (error.path("code").isTextual()) {
            expected.set("error.code", error.path("code"));
        }
        if (error.has("param")) {
            expected.set("error.param", error.path("param"));
        }
        return expected;
    }

    /** The gateway says no fractions. */
    private static String wholeSeconds(String stated) {
        try {
            return new BigDecimal(stated).setScale(0, RoundingMode.CEILING).toPlainString();
        } catch (NumberFormatException e) {
            return stated;
        }
    }

    private static int status(JsonNode error) {
        int status = error.path("status").asInt();
        // Google's way of refusing a key.
        boolean isKey = error.path("message").asText().startsWith("API key not valid");
        return status == OVERLOADED ? 503 : isKey ? 401 : status;
    }

    private static String type(int status) {
        return switch (status) {
            case 408 -> "timeout_error";
            case 429 -> "rate_limit_error";
            default -> status < 500 ? "invalid_request_error" : "api_error";
        };
    }

    static ObjectNode found(Answer answer) {
        ObjectNode found = JsonTrees.MAPPER.createObjectNode();
        JsonNode error = answer.json().path("error");
        for (String name : new String[] {"type", "code", "message", "param"}) {
            found.set("error." + name, error.path(name));
        }
        return found.put("retry_after", answer.header("retry-after"));
    }
}
