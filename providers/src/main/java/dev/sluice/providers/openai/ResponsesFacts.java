package dev.sluice.providers.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.usage.ResponsesUsage;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/** What an answer of {@code /responses} reports: a whole response, or one event of a stream. */
final class ResponsesFacts {

    private ResponsesFacts() {}

    /** Reads the bytes from {@code start} to {@code end}. */
    static ResponseFacts of(byte[] bytes, int start, int end) {
        Optional<ObjectNode> tree = JsonTrees.object(bytes, start, end - start);
        return tree.map(ResponsesFacts::of).orElse(ResponseFacts.MALFORMED);
    }

    private static ResponseFacts of(ObjectNode tree) {
        String type = tree.path("type").asText("");
        boolean isEvent = !type.isEmpty();
        JsonNode response = isEvent ? tree.path("response") : tree;
        JsonNode counted = response.path("usage");
        Usage usage = counted.isObject() ? ResponsesUsage.of(counted) : null;
        boolean isLast = type.equals("response.completed") || type.equals("response.incomplete");
        boolean isWhole = !isEvent || isLast;
        boolean hasOutput = isWhole && !response.path("output").isEmpty();
        return new ResponseFacts(
                true,
                text(response, "id"),
                text(response, "model"),
                usage,
                // An end without any output must reach its caller too.
                /* hasChoices= */ isWhole,
                hasOutput || type.endsWith(".delta"),
                isWhole,
                /* endsWell= */ isWhole,
                hasOutput && callsTools(response.path("output")),
                /* refuses= */ false,
                text(response, "service_tier"),
                error(type, tree, response));
    }

    private static boolean callsTools(JsonNode output) {
        for (JsonNode item : output) {
            if (item.path("type").asText().equals("function_call")) {
                return true;
            }
        }
        return false;
    }

    private static ResponseFacts.@Nullable ProviderError error(
            String type, JsonNode tree, JsonNode response) {
        if (type.equals("error")) {
            JsonNode error = tree.path("error").isObject() ? tree.path("error") : tree;
            return new ResponseFacts.ProviderError(text(error, "type"), text(error, "code"));
        }
        JsonNode error = response.hasNonNull("error") ? response.path("error") : tree.path("error");
        if (error.isObject()) {
            return new ResponseFacts.ProviderError(text(error, "type"), text(error, "code"));
        }
        boolean isFailed = type.equals("response.failed") || error.isTextual();
        return isFailed ? new ResponseFacts.ProviderError(null, null) : null;
    }

    private static @Nullable String text(JsonNode object, String name) {
        JsonNode value = object.path(name);
        return value.isTextual() && !value.asText().isEmpty() ? value.asText() : null;
    }
}
