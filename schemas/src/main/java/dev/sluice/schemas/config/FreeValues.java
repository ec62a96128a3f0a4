package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Values of a form that nobody laid down: a text is a {@link Setting}, since it may be a secret or
 * name a variable; the rest is Boolean, Long, BigDecimal, List or Map without nulls.
 */
final class FreeValues {

    /** Beyond it a number is expensive to write down, and nobody means it. */
    private static final int MAX_SCALE = 100;

    private FreeValues() {}

    static @Nullable Object of(Node node, Reading reading) {
        return switch (node) {
            case ScalarNode scalar -> scalar(scalar, reading);
            case SequenceNode list -> {
                List<Object> values = new ArrayList<>();
                for (Node item : list.getValue()) {
                    Object value = of(item, reading);
                    if (value != null) {
                        values.add(value);
                    }
                }
                yield Collections.unmodifiableList(values);
            }
            case MappingNode mapping -> map(mapping, reading);
            default -> null;
        };
    }

    private static Map<String, Object> map(MappingNode mapping, Reading reading) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (NodeTuple entry : mapping.getValue()) {
            Object value = of(entry.getValueNode(), reading);
            if (entry.getKeyNode() instanceof ScalarNode key && value != null) {
                values.put(key.getValue(), value);
            }
        }
        return Collections.unmodifiableMap(values);
    }

    private static @Nullable Object scalar(ScalarNode scalar, Reading reading) {
        Tag tag = scalar.getTag();
        String text = scalar.getValue();
        if (tag.equals(Tag.NULL)) {
            return null;
        }
        if (tag.equals(Tag.BOOL)) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "true", "yes", "on" -> true;
                default -> false;
            };
        }
        Object number = tag.equals(Tag.INT) || tag.equals(Tag.FLOAT) ? number(text) : null;
        if (number != null) {
            return number;
        }
        String variable = Setting.variableOf(text);
        return new Setting(
                text,
                reading.fileOf(scalar),
                Reading.lineOf(scalar),
                variable == null ? null : reading.assigned(variable));
    }

    /** Null for what YAML takes for a number and Java does not: {@code .inf}, {@code 0x1F}. */
    private static @Nullable Object number(String text) {
        try {
            String digits = text.replace("_", "");
            if (digits.matches("[-+]?[0-9]{1,18}")) {
                return Long.parseLong(digits);
            }
            BigDecimal number = new BigDecimal(digits);
            return Math.abs((long) number.scale()) > MAX_SCALE ? null : number;
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
