package dev.sluice.providers.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import java.util.List;
import java.util.Map;

/**
 * Makes a schema of OpenAI's one that Anthropic can hold answers to. It knows no bounds of numbers,
 * texts and lists: these go into the description, where the model reads them.
 */
final class OutputSchema {

    private static final List<String> BOUNDS =
            List.of(
                    "minimum",
                    "maximum",
                    "exclusiveMinimum",
                    "exclusiveMaximum",
                    "multipleOf",
                    "minLength",
                    "maxLength",
                    "maxItems",
                    "uniqueItems",
                    "minProperties",
                    "maxProperties");

    private OutputSchema() {}

    /** A copy; schemas nest no deeper than the parser of requests allows. */
    static ObjectNode of(ObjectNode schema) {
        ObjectNode copy = schema.deepCopy();
        adapt(copy);
        return copy;
    }

    private static void adapt(ObjectNode schema) {
        ObjectNode told = JsonTrees.MAPPER.createObjectNode();
        for (String name : BOUNDS) {
            if (schema.path(name).isValueNode()) {
                told.set(name, schema.remove(name));
            }
        }
        if (schema.path("minItems").asInt() > 1) {
            told.set("minItems", schema.remove("minItems"));
        }
        if (!told.isEmpty()) {
            String description = schema.path("description").asText("");
            schema.put("description", (description + " " + told).strip());
        }
        if (isObject(schema.path("type")) && !schema.has("additionalProperties")) {
            schema.put("additionalProperties", false);
        }
        for (Map.Entry<String, JsonNode> field : schema.properties()) {
            switch (field.getKey()) {
                case "properties", "$defs", "definitions" ->
                        field.getValue().forEach(OutputSchema::adaptAny);
                case "items", "additionalProperties" -> adaptAny(field.getValue());
                case "anyOf", "allOf", "oneOf" -> field.getValue().forEach(OutputSchema::adaptAny);
                default -> {}
            }
        }
    }

    private static void adaptAny(JsonNode schema) {
        if (schema instanceof ObjectNode object) {
            adapt(object);
        }
    }

    private static boolean isObject(JsonNode type) {
        if (type.isArray()) {
            for (JsonNode one : type) {
                if (one.asText().equals("object")) {
                    return true;
                }
            }
        }
        return type.asText().equals("object");
    }
}
