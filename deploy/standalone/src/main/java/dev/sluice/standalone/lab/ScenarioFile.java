package dev.sluice.standalone.lab;

import dev.sluice.standalone.lab.Scenario.Deployment;
import dev.sluice.standalone.lab.Scenario.Fault;
import dev.sluice.standalone.lab.Scenario.Share;
import dev.sluice.standalone.lab.Scenario.Traffic;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads {@code scenarios.yaml}. A key that nothing reads is a mistake, and refused. */
final class ScenarioFile {

    private static final String NAME = "scenarios.yaml";

    private ScenarioFile() {}

    /**
     * All scenarios, in the order of the file.
     *
     * @throws IOException if it is not as it should be
     */
    static List<Scenario> read() throws IOException {
        try (InputStream text = ScenarioFile.class.getResourceAsStream(NAME)) {
            if (text == null) {
                throw new IOException("no resource " + NAME);
            }
            Object root = new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
            List<Scenario> scenarios = new ArrayList<>();
            for (Object entry : (List<?>) root) {
                scenarios.add(scenario(new Node(entry)));
            }
            return scenarios;
        } catch (ClassCastException | IllegalArgumentException e) {
            throw new IOException(NAME + ": " + e.getMessage(), e);
        }
    }

    private static Scenario scenario(Node node) {
        List<Deployment> deployments = new ArrayList<>();
        for (Node each : node.list("deployments")) {
            int count = (int) each.number("count", 1);
            Deployment deployment = deployment(each);
            for (int i = 0; i < count; i++) {
                deployments.add(deployment);
            }
        }
        Node traffic = node.child("traffic");
        var scenario =
                new Scenario(
                        node.text("name"),
                        node.text("title"),
                        (int) node.number("seconds", 180),
                        (int) node.number("measured_from", 20),
                        (int) node.number("gateways", 1),
                        node.number("first_byte_timeout", 10),
                        (int) node.number("retries", 2),
                        (int) node.number("recovers_from", -1),
                        new Traffic(
                                traffic.optionalText("trace"),
                                traffic.number("rate", 1),
                                traffic.list("mix").stream().map(ScenarioFile::share).toList()),
                        deployments,
                        node.list("faults").stream().map(ScenarioFile::fault).toList());
        traffic.checkAllRead();
        node.checkAllRead();
        return scenario;
    }

    private static Deployment deployment(Node node) {
        var deployment =
                new Deployment(
                        (int) node.number("servers", 60),
                        node.number("first_token_ms", 300),
                        node.number("prefill_ms_per_1k", 60),
                        node.number("token_ms", 12),
                        node.number("tokens_a_minute", 0),
                        node.number("burst_seconds", 10),
                        (int) node.number("cached_blocks", 0),
                        node.number("input_price", 1),
                        node.number("output_price", 4));
        node.checkAllRead();
        return deployment;
    }

    private static Share share(Node node) {
        var share =
                new Share(
                        node.number("share", 1),
                        (int) node.number("prompt_tokens", 1000),
                        (int) node.number("output_tokens", 130),
                        node.number("sigma", 0.3));
        node.checkAllRead();
        return share;
    }

    private static Fault fault(Node node) {
        var fault =
                new Fault(
                        (int) node.number("deployment", 0),
                        node.number("from", 0),
                        node.number("until", Double.MAX_VALUE),
                        node.number("slower", 1),
                        node.number("errors", 0),
                        node.number("black_hole", 0) > 0,
                        node.number("cold_seconds", 0));
        node.checkAllRead();
        return fault;
    }

    /** A mapping of the file that knows which of its keys were asked for. */
    private static final class Node {

        private final Map<?, ?> values;
        private final Set<Object> read = new HashSet<>();

        Node(Object values) {
            this.values = (Map<?, ?>) values;
            read.add("count");
        }

        double number(String key, double otherwise) {
            Object value = value(key);
            return value == null ? otherwise : ((Number) value).doubleValue();
        }

        String text(String key) {
            String text = optionalText(key);
            if (text == null) {
                throw new IllegalArgumentException(key + " is missing");
            }
            return text;
        }

        @Nullable String optionalText(String key) {
            return (String) value(key);
        }

        Node child(String key) {
            Object value = value(key);
            return new Node(value == null ? Map.of() : value);
        }

        List<Node> list(String key) {
            Object value = value(key);
            return value == null
                    ? List.of()
                    : ((List<?>) value).stream().map(each -> new Node((Object) each)).toList();
        }

        void checkAllRead() {
            values.keySet().stream()
                    .filter(key -> !read.contains(key))
                    .findFirst()
                    .ifPresent(key -> {
                        throw new IllegalArgumentException("nothing is called " + key);
                    });
        }

        private @Nullable Object value(String key) {
            read.add(key);
            return values.get(key);
        }
    }
}
