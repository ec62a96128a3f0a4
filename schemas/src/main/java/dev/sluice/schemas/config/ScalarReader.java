package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Reads one text of the file as what a record wants, or says why it is none. */
final class ScalarReader {

    /** Exponents beyond it are no numbers that anybody means, and expensive to compute with. */
    private static final int MAX_DIGITS = 40;

    private static final BigDecimal MAX_SECONDS = new BigDecimal("1e9");

    private final YamlSection section;
    private final String key;
    private final Node node;
    private final Key rule;

    ScalarReader(YamlSection section, String key, Node node, Key rule) {
        this.section = section;
        this.key = key;
        this.node = node;
        this.rule = rule;
    }

    static boolean reads(Class<?> type) {
        return type == String.class
                || type == Setting.class
                || type == Boolean.class
                || type == boolean.class
                || isNumber(type)
                || type == Duration.class
                || type == ZoneId.class
                || type.isEnum();
    }

    private static boolean isNumber(Class<?> type) {
        return type == Integer.class
                || type == int.class
                || type == Long.class
                || type == long.class
                || type == Double.class
                || type == BigDecimal.class;
    }

    /** The value, null after a problem was told. */
    @Nullable Object read(Class<?> type) {
        if (type == String.class) {
            return checked(resolve(expectedText(), text -> allows(text) ? text : null));
        }
        if (type == Setting.class) {
            return setting();
        }
        if (type == Boolean.class || type == boolean.class) {
            return checked(resolve("true or false", ScalarReader::flag));
        }
        if (type == Duration.class) {
            return duration();
        }
        if (type == ZoneId.class) {
            return checked(resolve("a time zone like Europe/Vienna or UTC", ScalarReader::zone));
        }
        if (type.isEnum()) {
            return checked(resolve(oneOf(constants(type)), text -> constant(type, text)));
        }
        return number(type);
    }

    private String expectedText() {
        return rule.oneOf().length > 0 ? oneOf(List.of(rule.oneOf())) : rule.is().expected();
    }

    private boolean allows(String text) {
        return rule.oneOf().length > 0
                ? Arrays.asList(rule.oneOf()).contains(text)
                : rule.is().allows(text);
    }

    private @Nullable Setting setting() {
        if (!(node instanceof ScalarNode scalar)) {
            section.reject(key, node, rule.is().expected());
            return null;
        }
        String raw = scalar.getValue();
        String variable = Setting.variableOf(raw);
        if (variable == null && !rule.is().allows(raw)) {
            section.reject(key, node, rule.is().expected());
            return null;
        }
        Reading reading = section.reading();
        return new Setting(
                raw,
                reading.fileOf(node),
                Reading.lineOf(node),
                variable == null ? null : reading.assigned(variable));
    }

    private @Nullable Object duration() {
        boolean millis = key.endsWith("_ms");
        String least = rule.min().equals("0") ? ", not negative" : ", at least " + rule.min();
        String expected = (millis ? "whole milliseconds" : "seconds") + least;
        BigDecimal min = new BigDecimal(rule.min());
        return checked(
                resolve(
                        expected,
                        text -> {
                            BigDecimal number = decimal(text);
                            if (number == null
                                    || number.compareTo(min) < 0
                                    || number.compareTo(MAX_SECONDS) > 0
                                    || (millis && number.stripTrailingZeros().scale() > 0)) {
                                return null;
                            }
                            return Duration.ofNanos(
                                    number.movePointRight(millis ? 6 : 9).longValue());
                        }));
    }

    private @Nullable Object number(Class<?> type) {
        boolean whole = type != Double.class && type != BigDecimal.class;
        BigDecimal min = new BigDecimal(rule.min());
        BigDecimal max = rule.max().isEmpty() ? greatest(type) : new BigDecimal(rule.max());
        return checked(
                resolve(
                        expectedNumber(whole),
                        text -> {
                            BigDecimal number = decimal(text);
                            if (number == null
                                    || number.compareTo(min) < 0
                                    || number.compareTo(max) > 0
                                    || (whole && number.stripTrailingZeros().scale() > 0)) {
                                return null;
                            }
                            return as(type, number);
                        }));
    }

    private String expectedNumber(boolean whole) {
        String kind = whole ? "a whole number" : "a number";
        if (rule.max().isEmpty()) {
            return kind + (rule.min().equals("0") ? ", not negative" : ", at least " + rule.min());
        }
        return "%s from %s to %s".formatted(kind, rule.min(), rule.max());
    }

    private static BigDecimal greatest(Class<?> type) {
        return type == Integer.class || type == int.class
                ? BigDecimal.valueOf(Integer.MAX_VALUE)
                : BigDecimal.valueOf(Long.MAX_VALUE);
    }

    private static Object as(Class<?> type, BigDecimal number) {
        if (type == BigDecimal.class) {
            return number;
        }
        if (type == Double.class) {
            return number.doubleValue();
        }
        return type == Integer.class || type == int.class
                ? (Object) number.intValueExact()
                : (Object) number.longValueExact();
    }

    private static @Nullable BigDecimal decimal(String text) {
        if (text.length() > MAX_DIGITS) {
            return null;
        }
        try {
            BigDecimal number = new BigDecimal(text.replace("_", ""));
            return Math.abs((long) number.scale()) > MAX_DIGITS ? null : number;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static @Nullable Boolean flag(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> null;
        };
    }

    private static @Nullable ZoneId zone(String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static @Nullable Object constant(Class<?> type, String text) {
        for (Object constant : type.getEnumConstants()) {
            if (nameOf(constant).equals(text)) {
                return constant;
            }
        }
        return null;
    }

    static List<String> constants(Class<?> type) {
        return Arrays.stream(type.getEnumConstants()).map(ScalarReader::nameOf).toList();
    }

    private static String nameOf(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
    }

    private static String oneOf(List<String> words) {
        return words.stream().sorted().collect(Collectors.joining(", ", "one of ", ""));
    }

    /** A value that was found, or null with the reason. */
    private record Resolved(@Nullable Object value, String found, String expected) {}

    /** Looks the text up if it names a variable, and converts it. */
    private Resolved resolve(String expected, Function<String, @Nullable Object> convert) {
        if (!(node instanceof ScalarNode scalar)) {
            return new Resolved(null, Described.found(node, section.path(), key), expected);
        }
        String raw = scalar.getValue();
        String variable = Setting.variableOf(raw);
        if (variable == null) {
            return new Resolved(
                    convert.apply(raw.strip()),
                    Described.found(node, section.path(), key),
                    expected);
        }
        String value = section.reading().variable(variable);
        return value == null
                ? new Resolved(
                        null, raw, "the environment variable %s to be set".formatted(variable))
                : new Resolved(convert.apply(value.strip()), "another value of " + raw, expected);
    }

    private @Nullable Object checked(Resolved resolved) {
        if (resolved.value() == null) {
            section.reject(key, node, resolved.found(), resolved.expected());
        }
        return resolved.value();
    }
}
