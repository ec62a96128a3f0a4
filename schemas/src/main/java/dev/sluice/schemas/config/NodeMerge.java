package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

import java.util.ArrayList;
import java.util.List;

/**
 * Puts an included file into the one that names it: lists are joined, mappings merged, and of two
 * values of one key the included one holds, as in LiteLLM; that is told.
 */
final class NodeMerge {

    private final Reading reading;

    NodeMerge(Reading reading) {
        this.reading = reading;
    }

    MappingNode of(String path, MappingNode base, MappingNode included) {
        List<NodeTuple> entries = new ArrayList<>(base.getValue());
        for (NodeTuple entry : included.getValue()) {
            String key = nameOf(entry);
            int at = key == null ? -1 : indexOf(entries, key);
            if (at < 0) {
                entries.add(entry);
            } else if (!(path.isEmpty() && "include".equals(key))) {
                entries.set(
                        at,
                        merged(path.isEmpty() ? key : path + "." + key, entries.get(at), entry));
            }
        }
        var merged =
                new MappingNode(
                        base.getTag(),
                        true,
                        entries,
                        base.getStartMark(),
                        base.getEndMark(),
                        base.getFlowStyle());
        reading.standsIn(merged, reading.fileOf(base));
        return merged;
    }

    private NodeTuple merged(@Nullable String path, NodeTuple base, NodeTuple included) {
        Node one = base.getValueNode();
        Node other = included.getValueNode();
        if (one instanceof MappingNode first && other instanceof MappingNode second) {
            return new NodeTuple(base.getKeyNode(), of(String.valueOf(path), first, second));
        }
        if (one instanceof SequenceNode first && other instanceof SequenceNode second) {
            return new NodeTuple(base.getKeyNode(), joined(first, second));
        }
        reading.notice(
                base.getKeyNode(),
                "%s is replaced by %s:%d"
                        .formatted(
                                path,
                                reading.fileOf(included.getKeyNode()),
                                Reading.lineOf(included.getKeyNode())));
        return included;
    }

    private Node joined(SequenceNode first, SequenceNode second) {
        List<Node> items = new ArrayList<>(first.getValue());
        items.addAll(second.getValue());
        var joined =
                new SequenceNode(
                        first.getTag(),
                        true,
                        items,
                        first.getStartMark(),
                        first.getEndMark(),
                        first.getFlowStyle());
        reading.standsIn(joined, reading.fileOf(first));
        return joined;
    }

    private static @Nullable String nameOf(NodeTuple entry) {
        return entry.getKeyNode() instanceof ScalarNode key ? key.getValue() : null;
    }

    private static int indexOf(List<NodeTuple> entries, String key) {
        for (int i = 0; i < entries.size(); i++) {
            if (key.equals(nameOf(entries.get(i)))) {
                return i;
            }
        }
        return -1;
    }
}
