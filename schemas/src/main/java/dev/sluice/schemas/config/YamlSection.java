package dev.sluice.schemas.config;

import dev.sluice.schemas.config.InvalidConfigException.Problem;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One mapping of the file while it is read. It knows at the end which keys nobody asked for, and
 * which have no effect.
 */
final class YamlSection {

    private static final String MERGE = "<<";

    private final String path;
    private final @Nullable Node anchor;
    private final Reading reading;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Map<String, Node> keys = new LinkedHashMap<>();
    private final Set<String> asked = new HashSet<>();

    /** Key → where it stands in the file, for those that another mapping lent. */
    private final Map<String, String> inherited = new LinkedHashMap<>();

    /** Nothing in it is enforced, which was said of the whole already. */
    private final boolean noticed;

    /** It is no mapping, which was said already. */
    private boolean broken;

    private YamlSection(String path, @Nullable Node anchor, Reading reading, boolean noticed) {
        this.path = path;
        this.anchor = anchor;
        this.reading = reading;
        this.noticed = noticed;
    }

    static YamlSection of(String path, @Nullable Node node, Reading reading) {
        return of(path, node, node, reading, false);
    }

    /** {@code anchor} is what a message points to, the mapping around it where there is none. */
    private static YamlSection of(
            String path,
            @Nullable Node node,
            @Nullable Node anchor,
            Reading reading,
            boolean noticed) {
        var section = new YamlSection(path, anchor, reading, noticed);
        if (node instanceof MappingNode mapping) {
            mapping.getValue().forEach(section::put);
            mapping.getValue().forEach(section::merge);
        } else if (node != null && !node.getTag().equals(Tag.NULL)) {
            reading.problem(
                    node, Described.found(node, path, lastOf(path)), "a mapping" + at(path));
            section.broken = true;
        }
        return section;
    }

    private void put(NodeTuple entry) {
        if (!(entry.getKeyNode() instanceof ScalarNode key)) {
            reading.problem(
                    entry.getKeyNode(),
                    Described.found(entry.getKeyNode(), path, ""),
                    "a name as key" + at(path));
            return;
        }
        String name = key.getValue();
        if (name.equals(MERGE)) {
            return;
        }
        if (values.put(name, entry.getValueNode()) != null) {
            reading.problem(
                    key, name + " again", "it once" + (path.isEmpty() ? "" : " in " + path));
        }
        keys.put(name, key);
    }

    /** YAML's {@code <<: *defaults}: what stands here goes before what is merged in. */
    private void merge(NodeTuple entry) {
        if (!(entry.getKeyNode() instanceof ScalarNode key) || !key.getValue().equals(MERGE)) {
            return;
        }
        List<Node> sources =
                entry.getValueNode() instanceof SequenceNode list
                        ? list.getValue()
                        : List.of(entry.getValueNode());
        for (Node source : sources) {
            YamlSection other = of(path, source, reading);
            other.values.forEach((name, value) -> {
                if (values.putIfAbsent(name, value) == null) {
                    keys.put(name, other.keyNode(name));
                }
            });
        }
    }

    String path() {
        return path;
    }

    Reading reading() {
        return reading;
    }

    String file() {
        return reading.fileOf(anchor);
    }

    int line() {
        return anchor == null ? 1 : Reading.lineOf(anchor);
    }

    int lineOf(String key) {
        Node at = keys.get(key);
        return at == null ? line() : Reading.lineOf(at);
    }

    private Node keyNode(String key) {
        Node at = keys.get(key);
        if (at == null) {
            throw new IllegalArgumentException("no key " + key);
        }
        return at;
    }

    boolean has(String key) {
        Node value = values.get(key);
        return value != null && !value.getTag().equals(Tag.NULL);
    }

    /** All keys in the order of the file. */
    List<String> names() {
        return List.copyOf(values.keySet());
    }

    List<String> namesNotAskedFor() {
        return values.keySet().stream().filter(name -> !asked.contains(name)).toList();
    }

    /** Lets a key of another mapping stand here where this one does not have it. */
    void inherit(String key, YamlSection other, String otherKey) {
        other.asked.add(otherKey);
        if (!has(key) && other.has(otherKey)) {
            values.put(key, other.values.get(otherKey));
            keys.put(key, other.keyNode(otherKey));
            inherited.put(key, other.join(otherKey));
        }
    }

    @Nullable Node take(String key) {
        asked.add(key);
        Node value = values.get(key);
        return value == null || value.getTag().equals(Tag.NULL) ? null : value;
    }

    /** As {@link #take}, but the key counts as one that nobody asked for. */
    @Nullable Node peek(String key) {
        return values.get(key);
    }

    YamlSection section(String key) {
        return section(key, take(key));
    }

    /** A mapping that stands below a key. */
    YamlSection section(String below, @Nullable Node value) {
        boolean silent = noticed || isUnderstoodOnly(below);
        return of(join(below), value, value == null ? anchor : value, reading, silent);
    }

    private boolean isUnderstoodOnly(String below) {
        String key = below.replaceAll("(\\[]|\\.\\*)+$", "");
        return !KnownKeys.isInForce(path, key);
    }

    /** The entries of a list of mappings. */
    List<YamlSection> sections(String key) {
        Node value = take(key);
        List<YamlSection> sections = new ArrayList<>();
        if (value instanceof SequenceNode list) {
            for (Node item : list.getValue()) {
                sections.add(section(key + "[]", item));
            }
        } else if (value != null) {
            reject(key, value, "a list");
        }
        return sections;
    }

    /** True or false, null if nothing is said. */
    @Nullable Boolean flag(String key) {
        Node value = take(key);
        return value == null
                ? null
                : (Boolean)
                        new ScalarReader(this, key, value, RecordBinder.PLAIN).read(Boolean.class);
    }

    /** A text as it is written, null if there is none; what is no text is a problem. */
    @Nullable String text(String key) {
        Node value = take(key);
        if (value instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        if (value != null) {
            reject(key, value, "a text");
        }
        return null;
    }

    void reject(String key, Node found, String expected) {
        reject(key, found, Described.found(found, path, key), expected);
    }

    void reject(String key, Node at, String found, String expected) {
        reading.problem(at, found, "%s at %s".formatted(expected, join(key)));
    }

    /** Something that must be here is not. */
    void missing(String key) {
        if (broken) {
            return;
        }
        reading.problem(new Problem(file(), line(), "no " + key, join(key)));
    }

    void notice(String key, String text) {
        Node at = keys.get(key);
        if (at != null) {
            reading.notice(at, join(key) + " " + text);
        }
    }

    /** Says something of the whole mapping. */
    void noticeWhole(String text) {
        if (anchor != null) {
            reading.notice(anchor, path + " " + text);
        }
    }

    /** Says of every key without effect that it has none. */
    void noticeTheRest() {
        for (String key : values.keySet()) {
            if (inherited.containsKey(key)) {
                continue;
            }
            if (!asked.contains(key) && !KnownKeys.isUnderstood(path, key)) {
                noticeUnknown(key);
            } else if (!noticed && !KnownKeys.isInForce(path, key)) {
                notice(key, "is understood but not enforced yet");
            }
        }
    }

    private void noticeUnknown(String key) {
        Set<String> known = new HashSet<>(asked);
        known.addAll(KnownKeys.understood(path));
        String near = NearestName.among(known, key).map("; did you mean %s?"::formatted).orElse("");
        switch (KnownKeys.fateOfUnknown(path)) {
            case IGNORED -> notice(key, "is not known" + near);
            case KEPT_FOR_PROVIDER ->
                    notice(key, "is not known" + near + "; kept for the provider, not sent yet");
            case SHOWN -> {
                if (!near.isEmpty()) {
                    notice(key, "is not known" + near);
                }
            }
        }
    }

    String join(String key) {
        String lent = inherited.get(key);
        return lent != null ? lent : path.isEmpty() ? key : path + "." + key;
    }

    private static String at(String path) {
        return path.isEmpty() ? "" : " at " + path;
    }

    private static String lastOf(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }
}
