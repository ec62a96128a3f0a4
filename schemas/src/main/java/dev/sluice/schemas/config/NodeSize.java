package dev.sluice.schemas.config;

import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.SequenceNode;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** Bounds what a tree unfolds to: aliases let a short file stand for an endless one. */
final class NodeSize {

    static final long MAX_VALUES = 200_000;

    private final IdentityHashMap<Node, Long> sizes = new IdentityHashMap<>();
    private final Set<Node> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Reading reading;
    private boolean circular;

    private NodeSize(Reading reading) {
        this.reading = reading;
    }

    /** False after a problem was told. */
    static boolean isBounded(Node root, Reading reading) {
        var sizes = new NodeSize(reading);
        long size = sizes.of(root);
        if (!sizes.circular && size > MAX_VALUES) {
            reading.problem(
                    root,
                    "aliases that unfold to more than %d values".formatted(MAX_VALUES),
                    "less");
        }
        return !sizes.circular && size <= MAX_VALUES;
    }

    private long of(Node node) {
        Long known = sizes.get(node);
        if (known != null) {
            return known;
        }
        if (!open.add(node)) {
            if (!circular) {
                reading.problem(node, "an alias of what it stands in", "no circle");
            }
            circular = true;
            return 1;
        }
        long size = 1;
        for (Node child : children(node)) {
            size = Math.min(MAX_VALUES + 1, size + of(child));
        }
        open.remove(node);
        sizes.put(node, size);
        return size;
    }

    /** Visits every node once. */
    static void forEach(Node root, Consumer<Node> visitor) {
        Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Node> rest = new ArrayList<>(List.of(root));
        while (!rest.isEmpty()) {
            Node node = rest.removeLast();
            if (seen.add(node)) {
                visitor.accept(node);
                rest.addAll(children(node));
            }
        }
    }

    private static List<Node> children(Node node) {
        return switch (node) {
            case SequenceNode list -> list.getValue();
            case MappingNode mapping -> {
                List<Node> children = new ArrayList<>();
                for (NodeTuple entry : mapping.getValue()) {
                    children.add(entry.getKeyNode());
                    children.add(entry.getValueNode());
                }
                yield children;
            }
            default -> List.of();
        };
    }
}
