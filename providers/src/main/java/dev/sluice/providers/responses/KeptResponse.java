package dev.sluice.providers.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.UnsupportedRequestException;

import java.util.function.UnaryOperator;

/**
 * A response that its provider keeps. Its caller knows it by another name: the provider's would be
 * as good in anybody's mouth.
 */
public final class KeptResponse {

    private KeptResponse() {}

    /**
     * Looks for what a provider would do with what others own, or without being paid for.
     *
     * @throws UnsupportedRequestException if there is some
     */
    public static void check(ObjectNode asked) throws UnsupportedRequestException {
        if (asked.hasNonNull("conversation")) {
            throw UnsupportedRequestException.at(
                    "conversation", "is not served: whose it is cannot be told.");
        }
        JsonNode background = asked.path("background");
        if (!background.isNull() && !background.isMissingNode() && !isFalse(background)) {
            throw UnsupportedRequestException.at(
                    "background", "is not served: send the request without it.");
        }
        JsonNode previous = asked.path("previous_response_id");
        if (!previous.isNull() && !previous.isMissingNode() && !previous.isTextual()) {
            throw UnsupportedRequestException.at("previous_response_id", "must be a string.");
        }
        JsonNode input = asked.path("input");
        for (int i = 0; i < input.size(); i++) {
            if (input.path(i).path("type").asText().equals("item_reference")) {
                throw UnsupportedRequestException.at(
                        "input[%d].type".formatted(i),
                        "cannot be item_reference: whose the item is cannot be told.");
            }
        }
    }

    private static boolean isFalse(JsonNode value) {
        return value.isBoolean() && !value.asBoolean();
    }

    /** A plain answer under its caller's name; what is none passes as it is. */
    public static byte[] renamed(byte[] body, UnaryOperator<String> names) {
        return JsonTrees.object(body, 0, body.length)
                .map(response -> {
                    rename(response, names);
                    return JsonTrees.bytes(response);
                })
                .orElse(body);
    }

    static void rename(ObjectNode response, UnaryOperator<String> names) {
        for (String field : new String[] {"id", "previous_response_id"}) {
            if (response.path(field).isTextual()) {
                response.put(field, names.apply(response.path(field).asText()));
            }
        }
    }
}
