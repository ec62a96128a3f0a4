package dev.sluice.schemas.config;

import dev.sluice.schemas.config.InvalidConfigException.Problem;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * One mapping of the file while it is read: it collects every mistake instead of stopping at the
 * first, and knows at the end which keys nobody asked for.
 */
final class YamlSection {

    private final String path;
    private final String file;
    private final int line;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Map<String, Integer> lines = new LinkedHashMap<>();
    private final Set<String> asked = new java.util.HashSet<>();
    private final List<Problem> problems;

    private YamlSection(String path, String file, int line, List<Problem> problems) {
        this.path = path;
        this.file = file;
        this.line = line;
        this.problems = problems;
    }

    static YamlSection of(String path, String file, @Nullable Node node, List<Problem> problems) {
        int line = node == null ? 1 : lineOf(node);
        var section = new YamlSection(path, file, line, problems);
        if (node instanceof MappingNode mapping) {
            for (NodeTuple entry : mapping.getValue()) {
                section.put(entry);
            }
        } else if (node != null && !node.getTag().equals(Tag.NULL)) {
            problems.add(new Problem(file, line, describe(node), "a mapping at " + path));
        }
        return section;
    }

    private void put(NodeTuple entry) {
        int at = lineOf(entry.getKeyNode());
        if (!(entry.getKeyNode() instanceof ScalarNode key)) {
            problems.add(new Problem(file, at, describe(entry.getKeyNode()), "a name"));
            return;
        }
        if (values.put(key.getValue(), entry.getValueNode()) != null) {
            problems.add(new Problem(file, at, key.getValue() + " again", "it once in " + path));
        }
        lines.put(key.getValue(), at);
    }

    int line() {
        return line;
    }

    YamlSection section(String key) {
        return of(join(key), file, take(key), problems);
    }

    /** The entries of a list of mappings. */
    List<YamlSection> sections(String key) {
        Node node = take(key);
        List<YamlSection> sections = new ArrayList<>();
        if (node instanceof SequenceNode list) {
            for (Node item : list.getValue()) {
                sections.add(of(join(key) + "[]", file, item, problems));
            }
        } else if (node != null && !node.getTag().equals(Tag.NULL)) {
            problem(key, node, "a list");
        }
        return sections;
    }

    @Nullable String text(String key) {
        return scalar(key, "a text", text -> text);
    }

    String requiredText(String key) {
        String text = text(key);
        if (text == null || text.isBlank()) {
            problems.add(new Problem(file, line, "no " + key, "%s.%s".formatted(path, key)));
            return "";
        }
        return text;
    }

    @Nullable Setting setting(String key) {
        String text = text(key);
        return text == null ? null : new Setting(text, file, lines.getOrDefault(key, line));
    }

    @Nullable Boolean flag(String key) {
        return scalar(
                key,
                "true or false",
                text ->
                        switch (text.toLowerCase(java.util.Locale.ROOT)) {
                            case "true", "yes", "on" -> true;
                            case "false", "no", "off" -> false;
                            default -> throw new IllegalArgumentException("not a flag");
                        });
    }

    @Nullable Long wholeNumber(String key) {
        return scalar(
                key,
                "a whole number, not negative",
                text -> atLeastZero(new BigDecimal(text.replace("_", ""))).longValueExact());
    }

    @Nullable BigDecimal decimal(String key) {
        return scalar(key, "a number, not negative", text -> atLeastZero(new BigDecimal(text)));
    }

    @Nullable Duration seconds(String key) {
        return scalar(
                key,
                "seconds, not negative",
                text ->
                        Duration.ofNanos(
                                atLeastZero(new BigDecimal(text))
                                        .movePointRight(9)
                                        .toBigInteger()
                                        .longValueExact()));
    }

    @Nullable Duration milliseconds(String key) {
        Long millis = wholeNumber(key);
        return millis == null ? null : Duration.ofMillis(millis);
    }

    /** The scalars of a free-form mapping. */
    Map<String, String> texts(String key) {
        YamlSection section = section(key);
        Map<String, String> texts = new LinkedHashMap<>();
        for (String name : List.copyOf(section.values.keySet())) {
            String text = section.text(name);
            if (text != null) {
                texts.put(name, text);
            }
        }
        return texts;
    }

    void reject(String key, String found, String expected) {
        problems.add(new Problem(file, lines.getOrDefault(key, line), found, expected));
    }

    /** Says of every key that was not asked for that it has no effect. */
    void noticeTheRest(Set<String> known, List<String> notices) {
        for (String key : values.keySet()) {
            if (asked.contains(key)) {
                continue;
            }
            String where = "%s:%d: %s".formatted(file, lines.get(key), join(key));
            notices.add(
                    known.contains(key)
                            ? where + " is understood but not enforced yet"
                            : where + " is not known" + nearest(key, known));
        }
    }

    private String nearest(String key, Set<String> known) {
        Set<String> names = new java.util.TreeSet<>(known);
        names.addAll(asked);
        return names.stream()
                .filter(name -> distance(name, key) <= Math.max(1, key.length() / 4))
                .min(java.util.Comparator.comparingInt(name -> distance(name, key)))
                .map(name -> "; did you mean " + name + "?")
                .orElse("");
    }

    /** Levenshtein's edit distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int same = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(same, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.length()];
    }

    private <T> @Nullable T scalar(String key, String expected, Function<String, T> reader) {
        Node node = take(key);
        if (node == null || node.getTag().equals(Tag.NULL)) {
            return null;
        }
        if (!(node instanceof ScalarNode scalar)) {
            problem(key, node, expected);
            return null;
        }
        try {
            return reader.apply(scalar.getValue());
        } catch (IllegalArgumentException | ArithmeticException e) {
            problem(key, node, expected);
            return null;
        }
    }

    private static BigDecimal atLeastZero(BigDecimal number) {
        if (number.signum() < 0) {
            throw new IllegalArgumentException("negative");
        }
        return number;
    }

    private void problem(String key, Node found, String expected) {
        problems.add(
                new Problem(
                        file,
                        lineOf(found),
                        describe(found),
                        "%s at %s".formatted(expected, join(key))));
    }

    private @Nullable Node take(String key) {
        asked.add(key);
        return values.get(key);
    }

    private String join(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static int lineOf(Node node) {
        return node.getStartMark().getLine() + 1;
    }

    private static String describe(Node node) {
        return switch (node) {
            case ScalarNode scalar -> "\"" + scalar.getValue() + "\"";
            case SequenceNode _ -> "a list";
            default -> "a mapping";
        };
    }
}
