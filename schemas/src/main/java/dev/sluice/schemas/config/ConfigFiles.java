package dev.sluice.schemas.config;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNullElse;

import dev.sluice.schemas.config.InvalidConfigException.Problem;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.reader.ReaderException;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Reads the main file and what it includes, and makes one tree of them. */
final class ConfigFiles {

    static final int MAX_BYTES = 3 << 20;

    private static final int MAX_FILES = 100;
    private static final String INCLUDE = "include";

    private final Reading reading;
    private final Path main;
    private final Set<Path> files = new LinkedHashSet<>();

    ConfigFiles(Reading reading, Path main) {
        this.reading = reading;
        this.main = main;
        files.add(main);
    }

    /** Every file that was looked for, also those that are not there. */
    Set<Path> files() {
        return files;
    }

    /** The tree of the main file, null after a problem was told. */
    @Nullable MappingNode load() {
        String text = text(main, reading.mainFile(), null);
        return text == null ? null : parse(text);
    }

    /** The tree of a main file whose text is known. */
    @Nullable MappingNode parse(String text) {
        MappingNode root = compose(text, reading.mainFile());
        return root == null ? null : withIncludes(root, List.of(main));
    }

    private MappingNode withIncludes(MappingNode root, List<Path> open) {
        MappingNode merged = root;
        for (NodeTuple entry : root.getValue()) {
            if (entry.getKeyNode() instanceof ScalarNode key && key.getValue().equals(INCLUDE)) {
                for (Node name : names(entry.getValueNode())) {
                    MappingNode included = included(name, open);
                    if (included != null) {
                        merged = new NodeMerge(reading).of("", merged, included);
                    }
                }
            }
        }
        return merged;
    }

    private List<Node> names(Node value) {
        return switch (value) {
            case SequenceNode list -> list.getValue();
            case ScalarNode scalar when scalar.getTag().equals(Tag.NULL) -> List.of();
            case ScalarNode scalar -> List.of(scalar);
            default -> {
                reading.problem(value, "a mapping", "a list of files at include");
                yield List.of();
            }
        };
    }

    private @Nullable MappingNode included(Node name, List<Path> open) {
        Path file = name instanceof ScalarNode scalar ? sibling(scalar.getValue()) : null;
        if (file == null) {
            reading.problem(
                    name, Described.found(name, "", INCLUDE), "the path of a file at include");
            return null;
        }
        if (open.contains(file)) {
            reading.problem(
                    name, file + ", which is being read already", "no circle of files at include");
            return null;
        }
        if (files.size() >= MAX_FILES) {
            reading.problem(
                    name,
                    "file %d".formatted(MAX_FILES + 1),
                    "at most %d files".formatted(MAX_FILES));
            return null;
        }
        files.add(file);
        String shown = file.toString();
        reading.opened(shown);
        String text = text(file, shown, name);
        MappingNode root = text == null ? null : compose(text, shown);
        if (root == null) {
            return null;
        }
        List<Path> deeper = new ArrayList<>(open);
        deeper.add(file);
        return withIncludes(root, deeper);
    }

    private @Nullable Path sibling(String name) {
        try {
            return name.isBlank() ? null : main.resolveSibling(name).normalize();
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /** {@code from} is where the file is named, null for the main file. */
    private @Nullable String text(Path file, String shown, @Nullable Node from) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (IOException e) {
            if (from == null) {
                reading.problem(
                        new Problem(shown, 1, "no readable file", "a config file in UTF-8"));
            } else {
                reading.problem(from, "no readable file " + shown, "a config file in UTF-8");
            }
            return null;
        }
        if (bytes.length > MAX_BYTES) {
            reading.problem(
                    new Problem(
                            shown, 1, "a longer file", "at most %d bytes".formatted(MAX_BYTES)));
            return null;
        }
        return decoded(bytes, shown);
    }

    private @Nullable String decoded(byte[] bytes, String file) {
        CharsetDecoder decoder =
                UTF_8.newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length + 1);
        CoderResult result = decoder.decode(in, out, true);
        out.flip();
        if (result.isError()) {
            int line = 1 + (int) out.chars().filter(c -> c == '\n').count();
            reading.problem(new Problem(file, line, "bytes that are not UTF-8", "UTF-8"));
            return null;
        }
        return out.toString();
    }

    private @Nullable MappingNode compose(String text, String file) {
        Node root;
        try {
            root = new Yaml(new LoaderOptions()).compose(new StringReader(text));
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
            reading.problem(syntax(file, line, requireNonNullElse(e.getProblem(), "a slip")));
            return null;
        } catch (ReaderException e) {
            int end = Math.clamp(e.getPosition(), 0, text.length());
            int line = 1 + (int) text.chars().limit(end).filter(c -> c == '\n').count();
            reading.problem(new Problem(file, line, "a control character", "text"));
            return null;
        } catch (YAMLException e) {
            reading.problem(syntax(file, 1, String.valueOf(e.getMessage())));
            return null;
        }
        if (root == null) {
            reading.problem(new Problem(file, 1, "an empty file", "a config"));
            return null;
        }
        if (!file.equals(reading.mainFile())) {
            NodeSize.forEach(root, node -> reading.standsIn(node, file));
        }
        if (!(root instanceof MappingNode mapping)) {
            reading.problem(root, Described.found(root, "", ""), "a mapping, like model_list: …");
            return null;
        }
        return NodeSize.isBounded(root, reading) ? mapping : null;
    }

    private static Problem syntax(String file, int line, String said) {
        return said.contains("TAB")
                ? new Problem(file, line, "a tab", "spaces as indentation")
                : new Problem(file, line, said.replaceFirst("^(but )?found ", ""), "YAML");
    }
}
