package dev.sluice.providers.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import java.util.Map;
import java.util.Set;

/** JSON Schema as Gemini takes it: without what it refuses, all else as it was. */
final class SchemaSubset {

    private static final Set<String> REFUSED =
            Set.of("$schema", "strict", "discriminator", "examples");

    /** Their members are names of the user, not keywords. */
    private static final Set<String> MAPS =
            Set.of("properties", "$defs", "definitions", "patternProperties", "dependentSchemas");

    /** Values of the user, not schemas. */
    private static final Set<String> VALUES = Set.of("enum", "default", "required");

    private SchemaSubset() {}

    static JsonNode of(JsonNode schema) {
        if (schema.isArray()) {
            ArrayNode list = JsonTrees.MAPPER.createArrayNode();
            schema.forEach(item -> list.add(of(item)));
            return list;
        }
        if (!schema.isObject()) {
            return schema;
        }
        ObjectNode kept = JsonTrees.MAPPER.createObjectNode();
        for (Map.Entry<String, JsonNode> field : schema.properties()) {
            String name = field.getKey();
            JsonNode value = field.getValue();
            if (REFUSED.contains(name)) {
                continue;
            }
            if (name.equals("const")) {
                kept.putArray("enum").add(value);
            } else if (MAPS.contains(name) && value.isObject()) {
                ObjectNode members = kept.putObject(name);
                value.properties().forEach(one -> members.set(one.getKey(), of(one.getValue())));
            } else {
                kept.set(name, VALUES.contains(name) ? value : of(value));
            }
        }
        return kept;
    }
}
