package dev.sluice.providers.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Makes JSON trees, and spells one tree in many ways. */
final class RandomJson {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String[] CHARACTERS = {
        "a", "Z", "7", " ", "\"", "\\", "/", "\n", "\t", "\b", "\f", "\r", "\u0001", "\u007f", "é",
        "ß", "漢", "\u2028", "😀", "\uFFFF", "{", "}", "[", ",", ":"
    };
    private static final String[] NAMES = {
        "a", "b", "ab", "temperature", "é", "x\"y", "", "😀", "n"
    };
    private static final String[] SPACES = {"", "", "", " ", "\n", "\t", "\r\n", "  "};

    private final Random random;

    RandomJson(long seed) {
        random = new Random(seed);
    }

    /** A body that the chat endpoint takes. */
    ObjectNode chatRequest() {
        ObjectNode body = NODES.objectNode();
        body.put("model", "gpt-" + text());
        ArrayNode messages = body.putArray("messages");
        for (int i = random.nextInt(3); i >= 0; i--) {
            messages.addObject().put("role", "user").put("content", text());
        }
        if (random.nextBoolean()) {
            body.put("stream", random.nextBoolean());
        }
        if (random.nextInt(3) == 0) {
            body.put("user", text());
        }
        if (random.nextInt(3) == 0) {
            body.put("max_tokens", random.nextInt(5000));
        }
        switch (random.nextInt(6)) {
            case 0 -> body.putNull("stream_options");
            case 1 -> body.putObject("stream_options");
            case 2 -> body.putObject("stream_options").put("include_usage", random.nextBoolean());
            case 3 -> body.putObject("stream_options").put("other", 1).putNull("include_usage");
            default -> {}
        }
        if (random.nextInt(3) == 0) {
            body.putObject("cache").put("no-cache", random.nextBoolean()).put("ttl", 60);
        }
        for (int i = random.nextInt(4); i > 0; i--) {
            body.set("extra" + i, value(3));
        }
        return shuffled(body);
    }

    JsonNode value(int depth) {
        return switch (random.nextInt(depth > 0 ? 9 : 6)) {
            case 0 -> NODES.nullNode();
            case 1 -> NODES.booleanNode(random.nextBoolean());
            case 2 -> NODES.numberNode(random.nextInt(2_000) - 1_000);
            case 3 -> NODES.numberNode(random.nextDouble());
            case 4, 5 -> NODES.textNode(text());
            case 6 -> {
                ArrayNode array = NODES.arrayNode();
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.add(value(depth - 1));
                }
                yield array;
            }
            default -> {
                ObjectNode object = NODES.objectNode();
                for (int i = random.nextInt(random.nextInt(20) == 0 ? 60 : 5); i > 0; i--) {
                    String name = NAMES[random.nextInt(NAMES.length)] + random.nextInt(3);
                    object.set(name + (i > 5 ? i : ""), value(depth - 1));
                }
                yield object;
            }
        };
    }

    String text() {
        var text = new StringBuilder();
        for (int i = random.nextInt(random.nextInt(10) == 0 ? 60 : 12); i > 0; i--) {
            text.append(CHARACTERS[random.nextInt(CHARACTERS.length)]);
        }
        return text.toString();
    }

    /** The same tree with the members of every object in another order. */
    ObjectNode shuffled(ObjectNode tree) {
        List<Map.Entry<String, JsonNode>> fields = new ArrayList<>(tree.properties());
        Collections.shuffle(fields, random);
        ObjectNode shuffled = NODES.objectNode();
        fields.forEach(field -> shuffled.set(field.getKey(), shuffledValue(field.getValue())));
        return shuffled;
    }

    private JsonNode shuffledValue(JsonNode value) {
        if (value instanceof ObjectNode object) {
            return shuffled(object);
        }
        if (value instanceof ArrayNode array) {
            ArrayNode copy = NODES.arrayNode();
            array.forEach(element -> copy.add(shuffledValue(element)));
            return copy;
        }
        return value;
    }

    /** The tree's text with white space and escapes at random. */
    String spelt(JsonNode tree) {
        var json = new StringBuilder();
        space(json);
        spell(tree, json);
        space(json);
        return json.toString();
    }

    private void spell(JsonNode tree, StringBuilder json) {
        switch (tree) {
            case ObjectNode object -> {
                json.append('{');
                String comma = "";
                for (Map.Entry<String, JsonNode> field : object.properties()) {
                    json.append(comma);
                    space(json);
                    string(field.getKey(), json);
                    space(json);
                    json.append(':');
                    space(json);
                    spell(field.getValue(), json);
                    space(json);
                    comma = ",";
                }
                space(json);
                json.append('}');
            }
            case ArrayNode array -> {
                json.append('[');
                String comma = "";
                for (JsonNode element : array) {
                    json.append(comma);
                    space(json);
                    spell(element, json);
                    space(json);
                    comma = ",";
                }
                space(json);
                json.append(']');
            }
            default -> {
                if (tree.isTextual()) {
                    string(tree.textValue(), json);
                } else {
                    json.append(tree);
                }
            }
        }
    }

    private void string(String text, StringBuilder json) {
        json.append('"');
        text.codePoints().forEach(character -> character(character, json));
        json.append('"');
    }

    /** A character beyond the BMP is escaped as a whole or not at all. */
    private void character(int character, StringBuilder json) {
        boolean must = character < ' ' || character == '"' || character == '\\';
        String letters = "\"\"\\\\//b\bf\fn\nr\rt\t";
        int at = letters.indexOf(character, 0);
        if (must && at >= 0 && random.nextBoolean()) {
            json.append('\\').append(letters.charAt(at - at % 2));
        } else if (must || random.nextInt(8) == 0) {
            String format = random.nextBoolean() ? "\\u%04x" : "\\u%04X";
            for (char unit : Character.toChars(character)) {
                json.append(format.formatted((int) unit));
            }
        } else {
            json.appendCodePoint(character);
        }
    }

    private void space(StringBuilder json) {
        json.append(SPACES[random.nextInt(SPACES.length)]);
    }
}
