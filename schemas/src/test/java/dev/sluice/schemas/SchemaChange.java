package dev.sluice.schemas;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What of a schema's change would break a reader of today or an event of yesterday. */
final class SchemaChange {

    private final List<String> breaks = new ArrayList<>();

    private SchemaChange() {}

    /** The breaking differences; empty where fields and words were only added. */
    static List<String> breaking(JsonNode released, JsonNode current) {
        var change = new SchemaChange();
        change.compare("", released, current);
        return change.breaks;
    }

    private void compare(String path, JsonNode released, JsonNode current) {
        for (String keyword : List.of("type", "const", "pattern", "minimum")) {
            if (!released.path(keyword).equals(current.path(keyword))) {
                breaks.add(path + ": " + keyword + " changed");
            }
        }
        Set<String> words = texts(released.path("enum"));
        words.removeAll(texts(current.path("enum")));
        words.forEach(word -> breaks.add(path + ": no longer one of its words is " + word));
        Set<String> before = texts(released.path("required"));
        Set<String> now = texts(current.path("required"));
        before.stream()
                .filter(name -> !now.contains(name))
                .forEach(name -> breaks.add(path + "/" + name + ": may now be absent"));
        now.stream()
                .filter(name -> !before.contains(name))
                .forEach(name -> breaks.add(path + "/" + name + ": is now required"));
        for (Map.Entry<String, JsonNode> property : released.path("properties").properties()) {
            String name = path + "/" + property.getKey();
            JsonNode still = current.path("properties").path(property.getKey());
            if (still.isMissingNode()) {
                breaks.add(name + ": removed");
            } else {
                compare(name, property.getValue(), still);
            }
        }
        for (String nested : List.of("items", "additionalProperties")) {
            if (released.path(nested).isObject()) {
                compare(path + "/" + nested, released.path(nested), current.path(nested));
            }
        }
        compareKinds(path, released.path("oneOf"), current.path("oneOf"));
    }

    private void compareKinds(String path, JsonNode released, JsonNode current) {
        for (JsonNode kind : released) {
            String title = kind.path("title").asText();
            JsonNode still = null;
            for (JsonNode candidate : current) {
                still = candidate.path("title").asText().equals(title) ? candidate : still;
            }
            if (still == null) {
                breaks.add(path + "/" + title + ": removed");
            } else {
                compare(path + "/" + title, kind, still);
            }
        }
    }

    private static Set<String> texts(JsonNode array) {
        Set<String> texts = new HashSet<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
