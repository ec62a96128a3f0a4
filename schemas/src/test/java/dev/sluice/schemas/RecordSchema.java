package dev.sluice.schemas;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The JSON Schema of a record that {@link JsonCodec} writes: what its components say. */
final class RecordSchema {

    private static final JsonMapper JSON = new JsonMapper();
    private static final SnakeCaseStrategy NAMES =
            (SnakeCaseStrategy) PropertyNamingStrategies.SNAKE_CASE;
    private static final String TIME = "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z$";

    private RecordSchema() {}

    /** The schema of a whole record of a topic, with its version. */
    static ObjectNode of(Class<?> type, String id, int version) {
        ObjectNode schema =
                JSON.createObjectNode()
                        .put("$schema", "https://json-schema.org/draft/2020-12/schema")
                        .put("$id", "urn:sluice:" + id)
                        .put("title", type.getSimpleName());
        JsonSubTypes kinds = type.getAnnotation(JsonSubTypes.class);
        if (kinds == null) {
            schema.setAll(versioned(object(type), version));
            return schema;
        }
        ArrayNode oneOf = schema.putArray("oneOf");
        String property = type.getAnnotation(JsonTypeInfo.class).property();
        for (JsonSubTypes.Type kind : kinds.value()) {
            ObjectNode one = versioned(object(kind.value()), version);
            one.withObjectProperty("properties").putObject(property).put("const", kind.name());
            one.withArrayProperty("required").add(property);
            oneOf.add(one.put("title", kind.name()));
        }
        return schema;
    }

    private static ObjectNode versioned(ObjectNode object, int version) {
        object.withObjectProperty("properties").putObject("v").put("const", version);
        object.withArrayProperty("required").add("v");
        return object;
    }

    private static ObjectNode object(Class<?> type) {
        ObjectNode schema = JSON.createObjectNode().put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        ArrayNode required = schema.putArray("required");
        for (RecordComponent component : type.getRecordComponents()) {
            String name = NAMES.translate(component.getName());
            properties.set(name, value(component.getGenericType()));
            if (!isNullable(component.getAnnotatedType())) {
                required.add(name);
            }
        }
        return schema;
    }

    private static boolean isNullable(AnnotatedType type) {
        return type.isAnnotationPresent(Nullable.class);
    }

    private static ObjectNode value(Type type) {
        ObjectNode schema = JSON.createObjectNode();
        if (type instanceof ParameterizedType generic) {
            Type last =
                    generic.getActualTypeArguments()[generic.getActualTypeArguments().length - 1];
            if (generic.getRawType() == Map.class) {
                schema.put("type", "object").set("additionalProperties", value(last));
            } else if (generic.getRawType() == List.class) {
                schema.put("type", "array").set("items", value(last));
            } else {
                throw new IllegalArgumentException("no schema for " + type);
            }
            return schema;
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isRecord()) {
            return object(plain);
        }
        if (plain.isEnum()) {
            ArrayNode names = schema.putArray("enum");
            Arrays.stream(plain.getEnumConstants())
                    .map(constant -> JSON.valueToTree(constant).asText())
                    .forEach(names::add);
            return schema;
        }
        if (plain == Instant.class) {
            return schema.put("type", "string").put("pattern", TIME);
        }
        if (plain == String.class) {
            return schema.put("type", "string");
        }
        if (plain == boolean.class || plain == Boolean.class) {
            return schema.put("type", "boolean");
        }
        if (plain == double.class || plain == Double.class) {
            return schema.put("type", "number");
        }
        if (plain == long.class
                || plain == Long.class
                || plain == int.class
                || plain == Integer.class) {
            return schema.put("type", "integer");
        }
        throw new IllegalArgumentException("no schema for " + type);
    }
}
