package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which model groups stand in for which, as {@code [{gpt-4: [gpt-4-eu, claude]}]}.
 *
 * @param byGroup the stand-ins of a model group in their order; the group {@code *} means every
 *     other
 */
public record Fallbacks(Map<String, List<String>> byGroup) {

    /** Nobody stands in for anybody. */
    public static final Fallbacks NONE = new Fallbacks(Map.of());

    private static final String SHAPE = "a list like [{gpt-4: [gpt-4-eu, claude]}]";

    public Fallbacks {
        Map<String, List<String>> copy = new LinkedHashMap<>();
        byGroup.forEach((group, models) -> copy.put(group, List.copyOf(models)));
        byGroup = java.util.Collections.unmodifiableMap(copy);
    }

    /** The stand-ins of a group, empty if there are none. */
    public List<String> of(String group) {
        List<String> own = byGroup.get(group);
        return own == null ? byGroup.getOrDefault("*", List.of()) : own;
    }

    static Fallbacks read(YamlSection section, String key, Node node) {
        Map<String, List<String>> byGroup = new LinkedHashMap<>();
        if (!(node instanceof SequenceNode list)) {
            section.reject(key, node, SHAPE);
            return NONE;
        }
        for (Node item : list.getValue()) {
            if (!(item instanceof MappingNode mapping)) {
                section.reject(key, item, SHAPE);
                continue;
            }
            for (NodeTuple entry : mapping.getValue()) {
                readGroup(section, key, entry, byGroup);
            }
        }
        return new Fallbacks(byGroup);
    }

    private static void readGroup(
            YamlSection section, String key, NodeTuple entry, Map<String, List<String>> byGroup) {
        if (!(entry.getKeyNode() instanceof ScalarNode group)) {
            section.reject(key, entry.getKeyNode(), SHAPE);
            return;
        }
        if (!(entry.getValueNode() instanceof SequenceNode names)) {
            section.reject(key, entry.getValueNode(), SHAPE);
            return;
        }
        List<String> models = new ArrayList<>();
        for (Node name : names.getValue()) {
            String model = modelOf(name);
            if (model == null) {
                section.reject(key, name, "the name of a model");
            } else {
                models.add(model);
            }
        }
        byGroup.merge(group.getValue(), models, Fallbacks::joined);
    }

    /** A name, or a mapping with a model and what else to change in the call. */
    private static @Nullable String modelOf(Node node) {
        if (node instanceof ScalarNode scalar && !scalar.getValue().isBlank()) {
            return scalar.getValue();
        }
        if (node instanceof MappingNode mapping) {
            for (NodeTuple entry : mapping.getValue()) {
                if (entry.getKeyNode() instanceof ScalarNode key
                        && key.getValue().equals("model")
                        && entry.getValueNode() instanceof ScalarNode model) {
                    return model.getValue();
                }
            }
        }
        return null;
    }

    private static List<String> joined(List<String> first, List<String> second) {
        List<String> joined = new ArrayList<>(first);
        joined.addAll(second);
        return joined;
    }
}
