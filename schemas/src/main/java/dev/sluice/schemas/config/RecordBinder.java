package dev.sluice.schemas.config;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Makes a record of a mapping: each component is a key of its own name in snake_case, unless {@link
 * Key} says more. Reflection keeps name, type, default and description of a key in one place.
 */
final class RecordBinder {

    static final Key PLAIN = plain();

    private RecordBinder() {}

    /** The one component that has no rule of its own. */
    private record Plain(@Key String value) {}

    private static Key plain() {
        return requireNonNull(Plain.class.getRecordComponents()[0].getAnnotation(Key.class));
    }

    /** What holds where the file says nothing. Only for records without required components. */
    static <R extends Record> R standard(Class<R> type) {
        var reading = new Reading("", _ -> "");
        R standard = bind(type, YamlSection.of("", null, reading));
        if (reading.failed() || standard == null) {
            throw new IllegalStateException(type + " has no standard", reading.failure());
        }
        return standard;
    }

    /** The record, or null after a problem was told. */
    static <R extends Record> @Nullable R bind(Class<R> type, YamlSection section) {
        RecordComponent[] components = type.getRecordComponents();
        @Nullable Object[] values = new @Nullable Object[components.length];
        boolean complete = true;
        for (int i = 0; i < components.length; i++) {
            values[i] = value(components[i], section);
            complete &= values[i] != null || isNullable(components[i]);
        }
        return complete ? construct(type, components, values) : null;
    }

    /** As {@link #bind}, and says of all other keys of the mapping that they have no effect. */
    static <R extends Record> @Nullable R bindWhole(Class<R> type, YamlSection section) {
        R bound = bind(type, section);
        section.noticeTheRest();
        return bound;
    }

    static Key ruleOf(RecordComponent component) {
        Key rule = component.getAnnotation(Key.class);
        return rule == null ? PLAIN : rule;
    }

    static String keyOf(RecordComponent component) {
        String name = ruleOf(component).name();
        return name.isEmpty()
                ? component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT)
                : name;
    }

    static boolean isNullable(RecordComponent component) {
        return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    private static @Nullable Object value(RecordComponent component, YamlSection section) {
        Key rule = ruleOf(component);
        if (rule.inline()) {
            return bind(recordType(component.getType()), section);
        }
        if (rule.rest()) {
            return rest(section);
        }
        String key = writtenKey(component, section);
        Node node = section.take(key);
        if (node == null) {
            return absent(component, section, key, rule);
        }
        Object value = convert(component.getGenericType(), section, key, node, rule);
        return value == null && !isNullable(component) ? fallback(component) : value;
    }

    /** The spelling that the file uses. */
    private static String writtenKey(RecordComponent component, YamlSection section) {
        String key = keyOf(component);
        String written = key;
        for (String other : ruleOf(component).also()) {
            section.take(other);
            if (!section.has(key) && section.has(other)) {
                written = other;
            }
        }
        section.take(key);
        return written;
    }

    private static @Nullable Object absent(
            RecordComponent component, YamlSection section, String key, Key rule) {
        if (!rule.standard().isEmpty()) {
            return convert(component.getGenericType(), section, key, text(rule.standard()), rule);
        }
        if (isNullable(component)) {
            return null;
        }
        Class<?> type = component.getType();
        if (type.isRecord()) {
            return bind(recordType(type), section.section(key, null));
        }
        Object empty = empty(type);
        if (empty == null) {
            section.missing(key);
        }
        return empty;
    }

    private static @Nullable Object empty(Class<?> type) {
        if (type == List.class) {
            return List.of();
        }
        if (type == Map.class) {
            return Map.of();
        }
        return type == boolean.class ? false : null;
    }

    /** Something of the right type after a problem was told, so that the rest can be checked. */
    private static @Nullable Object fallback(RecordComponent component) {
        return empty(component.getType());
    }

    private static Node text(String value) {
        return new ScalarNode(
                Tag.STR,
                value,
                null,
                null,
                org.yaml.snakeyaml.DumperOptions.ScalarStyle.DOUBLE_QUOTED);
    }

    private static @Nullable Object convert(
            Type type, YamlSection section, String key, Node node, Key rule) {
        if (type instanceof ParameterizedType parameterized) {
            Type[] arguments = parameterized.getActualTypeArguments();
            return parameterized.getRawType() == List.class
                    ? list(arguments[0], section, key, node, rule)
                    : map(arguments[1], section, key, node, rule);
        }
        Class<?> wanted = (Class<?>) type;
        if (wanted == Object.class) {
            return FreeValues.of(node, section.reading());
        }
        if (wanted == Fallbacks.class) {
            return Fallbacks.read(section, key, node);
        }
        if (wanted == ModelAlias.class && node instanceof ScalarNode name) {
            return new ModelAlias(name.getValue(), false);
        }
        if (wanted == RedisNode.class) {
            return RedisNode.read(section, key, node);
        }
        if (wanted.isRecord() && wanted != Setting.class) {
            return bindWhole(recordType(wanted), section.section(key, node));
        }
        return new ScalarReader(section, key, node, rule).read(wanted);
    }

    /** A single value stands for a list of one, as LiteLLM takes it. */
    private static @Nullable Object list(
            Type item, YamlSection section, String key, Node node, Key rule) {
        List<Node> items;
        if (node instanceof SequenceNode sequence) {
            items = sequence.getValue();
        } else if (node instanceof ScalarNode && item == String.class) {
            items = List.of(node);
        } else {
            section.reject(key, node, "a list");
            return null;
        }
        List<Object> values = new ArrayList<>();
        for (Node each : items) {
            Object value = convert(item, section, key + "[]", each, rule);
            if (value != null) {
                values.add(value);
            }
        }
        return Collections.unmodifiableList(values);
    }

    private static @Nullable Object map(
            Type item, YamlSection section, String key, Node node, Key rule) {
        if (!(node instanceof MappingNode)) {
            section.reject(key, node, "a mapping");
            return null;
        }
        YamlSection below = section.section(key, node);
        return entries(item, below, rule, below.names());
    }

    private static Map<String, Object> rest(YamlSection section) {
        return entries(Object.class, section, PLAIN, section.namesNotAskedFor());
    }

    private static Map<String, Object> entries(
            Type item, YamlSection section, Key rule, List<String> names) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (String name : names) {
            Node node = item == Object.class ? section.peek(name) : section.take(name);
            Object value = node == null ? null : convert(item, section, name, node, rule);
            if (value != null) {
                values.put(name, value);
            }
        }
        return Collections.unmodifiableMap(values);
    }

    private static Class<? extends Record> recordType(Class<?> type) {
        return type.asSubclass(Record.class);
    }

    private static <R extends Record> R construct(
            Class<R> type, RecordComponent[] components, @Nullable Object[] values) {
        try {
            Class<?>[] types =
                    Arrays.stream(components)
                            .map(RecordComponent::getType)
                            .toArray(Class<?>[]::new);
            Constructor<R> constructor = type.getDeclaredConstructor(types);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException(type + " refuses what was checked", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type + " cannot be constructed", e);
        }
    }
}
