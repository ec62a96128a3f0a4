package dev.sluice.standalone.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What callers ask for and how they behave. Kinds whose provider misbehaves have a model group of
 * their own.
 */
enum CallKind {
    PLAIN("plain", 24, Form.PLAIN, ""),
    STREAM("streamed", 24, Form.STREAM, ""),
    /** The same question three times: mostly one call upstream and two from the cache. */
    CACHED("cached", 12, Form.PLAIN, ""),
    CACHED_STREAM("cached, streamed", 6, Form.STREAM, ""),
    /** Long prompts that begin alike: the provider reports cached tokens. */
    LONG_PROMPT("long prompt", 5, Form.PLAIN, ""),
    EMBEDDING("embedding", 4, Form.EMBEDDING, ""),
    RETRIED("provider answers 500, then another", 6, Form.PLAIN, "\"status\":500,\"share\":0.5"),
    RATE_LIMITED("provider answers 429", 3, Form.STREAM, "\"status\":429,\"share\":0.6"),
    FAILING("provider answers 503 always", 2, Form.PLAIN, "\"status\":503"),
    BAD_REQUEST("provider answers 400", 2, Form.PLAIN, "\"status\":400"),
    HUNG_UP(
            "provider hangs up before the first byte",
            3,
            Form.PLAIN,
            "\"cut_after_bytes\":0,\"share\":0.5"),
    CUT_STREAM("provider breaks a stream", 3, Form.STREAM, "\"cut_after_bytes\":2500"),
    CUT_PLAIN(
            "provider breaks a plain answer",
            3,
            Form.PLAIN,
            "\"cut_after_bytes\":150,\"share\":0.5"),
    MUTE("provider states no usage", 2, Form.STREAM, "\"no_usage\":true"),
    LEAVES_STREAM("caller leaves a stream", 8, Form.STREAM, ""),
    LEAVES_PLAIN("caller leaves a plain call", 4, Form.PLAIN, "");

    /** How a call goes over the wire. */
    enum Form {
        PLAIN,
        STREAM,
        EMBEDDING
    }

    private final String label;
    private final int weight;
    private final Form form;
    private final String fault;

    CallKind(String label, int weight, Form form, String fault) {
        this.label = label;
        this.weight = weight;
        this.form = form;
        this.fault = fault;
    }

    String label() {
        return label;
    }

    /** How often it is asked, beside the others. */
    int weight() {
        return weight;
    }

    Form form() {
        return form;
    }

    int timesAsked() {
        return this == CACHED || this == CACHED_STREAM ? 3 : 1;
    }

    /** The public model name. */
    String modelGroup() {
        return "chaos-" + id();
    }

    /** What the provider calls it. */
    String model() {
        return switch (form) {
            case EMBEDDING -> "text-embedding-3-small";
            case STREAM -> "gpt-4o-mini";
            case PLAIN -> "gpt-4o";
        };
    }

    /** Two where another may do better. */
    List<String> deployments() {
        List<String> ids = new ArrayList<>(List.of(id() + "-a"));
        if (this != FAILING && this != CUT_STREAM && this != MUTE) {
            ids.add(id() + "-b");
        }
        return ids;
    }

    /** The simulator's orders for its deployments. */
    List<String> scenarios() {
        String more = fault.isEmpty() ? "" : "," + fault;
        return deployments().stream()
                .map(deployment ->
                        "{\"match\":{\"deployment\":\"%s\"},\"latency_factor\":0.4%s,\"seed\":%d}"
                                .formatted(deployment, more, deployment.hashCode()))
                .toList();
    }

    private String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
