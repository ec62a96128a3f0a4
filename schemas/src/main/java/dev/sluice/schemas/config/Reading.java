package dev.sluice.schemas.config;

import static java.util.Objects.requireNonNullElse;

import dev.sluice.schemas.config.InvalidConfigException.Problem;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** What is known while a config is read: where each node stands, and what was found so far. */
final class Reading {

    /** More would not be read by anybody. */
    private static final int MAX_PROBLEMS = 1000;

    private final String mainFile;
    private final UnaryOperator<String> environment;
    private final List<String> files = new ArrayList<>();
    private final IdentityHashMap<Node, String> fileOfNode = new IdentityHashMap<>();
    private final Map<String, Secret> variables = new HashMap<>();
    private final List<Problem> problems = new ArrayList<>();
    private final Set<Notice> notices = new LinkedHashSet<>();

    /** What the operator should know, and where it stands. */
    private record Notice(String file, int line, String text) {}

    Reading(String mainFile, UnaryOperator<String> environment) {
        this.mainFile = mainFile;
        this.environment = environment;
        files.add(mainFile);
    }

    String mainFile() {
        return mainFile;
    }

    void opened(String file) {
        if (!files.contains(file)) {
            files.add(file);
        }
    }

    void standsIn(Node node, String file) {
        fileOfNode.put(node, file);
    }

    String fileOf(@Nullable Node node) {
        return node == null ? mainFile : requireNonNullElse(fileOfNode.get(node), mainFile);
    }

    static int lineOf(Node node) {
        return node.getStartMark() == null ? 1 : node.getStartMark().getLine() + 1;
    }

    void problem(Problem problem) {
        if (problems.size() < MAX_PROBLEMS && !problems.contains(problem)) {
            problems.add(problem);
        }
    }

    void problem(Node at, String found, String expected) {
        problem(new Problem(fileOf(at), lineOf(at), found, expected));
    }

    void notice(Node at, String text) {
        notices.add(new Notice(fileOf(at), lineOf(at), text));
    }

    /** All notices in the order of the files and lines. */
    List<String> notices() {
        return notices.stream()
                .sorted(
                        Comparator.<Notice>comparingInt(notice -> files.indexOf(notice.file()))
                                .thenComparingInt(Notice::line))
                .map(notice -> "%s:%d: %s".formatted(notice.file(), notice.line(), notice.text()))
                .toList();
    }

    void assign(String variable, Secret value) {
        variables.put(variable, value);
    }

    /** What {@code environment_variables} says of a variable, null if nothing. */
    @Nullable Secret assigned(String variable) {
        return variables.get(variable);
    }

    /** All that {@code environment_variables} says. */
    Map<String, Secret> assigned() {
        return Map.copyOf(variables);
    }

    /** A variable of the file or of the process, null if it is not set. */
    @Nullable String variable(String name) {
        Secret assigned = variables.get(name);
        String value = assigned == null ? environment.apply(name) : assigned.reveal();
        return value == null || value.isEmpty() ? null : value;
    }

    boolean failed() {
        return !problems.isEmpty();
    }

    /** All problems in the order of the files and lines. */
    InvalidConfigException failure() {
        problems.sort(
                Comparator.<Problem>comparingInt(problem -> files.indexOf(problem.file()))
                        .thenComparingInt(Problem::line));
        return new InvalidConfigException(problems);
    }
}
