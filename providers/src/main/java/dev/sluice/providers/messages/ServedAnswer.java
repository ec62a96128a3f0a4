package dev.sluice.providers.messages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.ResponseFacts;

import java.util.Optional;

/** Makes Anthropic's answers and errors of OpenAI's. */
public final class ServedAnswer {

    private ServedAnswer() {}

    /** The message; empty if the bytes are no chat completion. */
    public static Optional<byte[]> message(byte[] completion) {
        return JsonTrees.object(completion, 0, completion.length)
                .filter(tree -> tree.at("/choices/0").isObject())
                .map(tree -> JsonTrees.bytes(message(completion, tree)));
    }

    /**
     * The error.
     *
     * @param status as it is answered
     * @param error {@code {"error":{"message",…}}}, or whatever else came
     */
    public static byte[] error(int status, byte[] error) {
        JsonNode tree =
                JsonTrees.object(error, 0, error.length)
                        .orElseGet(JsonTrees.MAPPER::createObjectNode);
        return JsonTrees.bytes(ServedWords.error(status, tree.path("error")));
    }

    private static ObjectNode message(byte[] completion, ObjectNode tree) {
        JsonNode choice = tree.at("/choices/0");
        ObjectNode message = JsonTrees.MAPPER.createObjectNode();
        message.put("id", tree.path("id").asText()).put("type", "message");
        message.put("role", "assistant").put("model", tree.path("model").asText());
        addContent(message.putArray("content"), choice.path("message"));
        message.put("stop_reason", ServedWords.stopReason(choice.path("finish_reason").asText()));
        message.putNull("stop_sequence");
        message.set(
                "usage",
                ServedWords.usage(ResponseFacts.of(completion, completion.length).usage()));
        return message;
    }

    private static void addContent(ArrayNode content, JsonNode said) {
        JsonNode thoughts = said.path("thinking_blocks");
        String reasoning = said.path("reasoning_content").asText("");
        if (thoughts.isArray() && !thoughts.isEmpty()) {
            thoughts.forEach(content::add);
        } else if (!reasoning.isEmpty()) {
            content.addObject()
                    .put("type", "thinking")
                    .put("thinking", reasoning)
                    .put("signature", "");
        }
        for (String name : new String[] {"content", "refusal"}) {
            String text = said.path(name).asText("");
            if (!text.isEmpty()) {
                content.addObject().put("type", "text").put("text", text);
            }
        }
        for (JsonNode call : said.path("tool_calls")) {
            JsonNode function = call.path("function");
            content.addObject()
                    .put("type", "tool_use")
                    .put("id", call.path("id").asText())
                    .put("name", function.path("name").asText())
                    .set("input", ServedWords.input(function.path("arguments").asText("")));
        }
    }
}
