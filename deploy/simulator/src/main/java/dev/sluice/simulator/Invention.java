package dev.sluice.simulator;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;

/**
 * Makes JSON that fits a schema. What gateways drop or write anew on the way to a provider plays no
 * part: bounds, formats, the order of names, the case of types.
 */
final class Invention {

    private static final int DEPTH_MAX = 16;
    private static final int ITEMS = 2;
    private static final int INTEGERS = 100;

    private final JsonNode root;
    private final JsonGenerator json;

    private Invention(JsonNode root, JsonGenerator json) {
        this.root = root;
        this.json = json;
    }

    static String of(JsonNode schema, long seed) {
        var text = new StringWriter();
        try (JsonGenerator json = Json.FACTORY.createGenerator(text)) {
            new Invention(schema, json).object(schema, seed, 0);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return text.toString();
    }

    private void object(JsonNode schema, long seed, int depth) throws IOException {
        json.writeStartObject();
        JsonNode properties = schema.path("properties");
        var names = new TreeSet<String>();
        properties.fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            json.writeFieldName(name);
            value(properties.get(name), Mixer.mix(seed ^ Mixer.hash(name)), depth + 1);
        }
        json.writeEndObject();
    }

    private void value(JsonNode told, long seed, int depth) throws IOException {
        JsonNode schema = resolved(told);
        if (schema.path("enum").size() > 0) {
            JsonNode values = schema.path("enum");
            int pick = (int) Long.remainderUnsigned(seed, values.size());
            Json.MAPPER.writeTree(json, values.get(pick));
            return;
        }
        if (schema.has("const")) {
            Json.MAPPER.writeTree(json, schema.get("const"));
            return;
        }
        switch (depth > DEPTH_MAX ? "null" : type(schema)) {
            case "object" -> object(schema, seed, depth);
            case "array" -> {
                json.writeStartArray();
                for (int i = 0; i < ITEMS; i++) {
                    value(schema.path("items"), Mixer.at(seed, i), depth + 1);
                }
                json.writeEndArray();
            }
            case "integer" -> json.writeNumber(Long.remainderUnsigned(seed, INTEGERS));
            case "number" -> json.writeNumber(Long.remainderUnsigned(seed, INTEGERS) + ".5");
            case "boolean" -> json.writeBoolean(seed < 0);
            case "null" -> json.writeNull();
            default -> json.writeString(Completion.of(seed, ITEMS, ITEMS, List.of()).text());
        }
    }

    /** What a reference, or the first that is not null of several, leads to. */
    private JsonNode resolved(JsonNode told) {
        JsonNode schema = told;
        for (int i = 0; i < DEPTH_MAX; i++) {
            String reference = schema.path("$ref").asText();
            if (reference.startsWith("#/")) {
                schema = root.at(reference.substring(1));
            } else if (schema.path("anyOf").size() > 0) {
                JsonNode first = schema.path("anyOf").path(0);
                schema = type(first).equals("null") ? schema.path("anyOf").path(1) : first;
            } else {
                return schema;
            }
        }
        return schema;
    }

    private static String type(JsonNode schema) {
        JsonNode type = schema.path("type");
        for (JsonNode one : type) {
            if (!one.asText().equalsIgnoreCase("null")) {
                return one.asText().toLowerCase(Locale.ROOT);
            }
        }
        return type.isTextual()
                ? type.asText().toLowerCase(Locale.ROOT)
                : schema.has("properties") ? "object" : "string";
    }
}
