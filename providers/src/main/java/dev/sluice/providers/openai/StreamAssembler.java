package dev.sluice.providers.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Puts the chunks of one stream together; an instance takes one stream. */
final class StreamAssembler {

    /** Padding against eavesdroppers that belongs to the chunks, not to the answer. */
    private static final String PADDING = "obfuscation";

    private final ObjectNode whole = JsonTrees.MAPPER.createObjectNode();
    private final Map<Integer, ObjectNode> choices = new TreeMap<>();

    private StreamAssembler() {}

    static Optional<byte[]> assemble(byte[] sse) {
        var reader = new SseReader(new ByteArrayInputStream(sse)::read, Math.max(sse.length, 1));
        var assembler = new StreamAssembler();
        try {
            SseReader.Step step = reader.next();
            while (step == SseReader.Step.EVENT && !reader.event().isDone()) {
                if (!reader.event().isComment() && !assembler.add(reader.event())) {
                    return Optional.empty();
                }
                step = reader.next();
            }
            boolean ended = step == SseReader.Step.EVENT || step == SseReader.Step.END;
            return ended ? assembler.plain() : Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException("an array cannot fail", e);
        }
    }

    private boolean add(SseEvent event) {
        Optional<ObjectNode> chunk = event.json();
        if (chunk.isEmpty() || chunk.get().hasNonNull("error")) {
            return false;
        }
        for (Map.Entry<String, JsonNode> field : chunk.get().properties()) {
            switch (field.getKey()) {
                case "choices" -> field.getValue().forEach(this::addChoice);
                case "usage" -> replace(whole, "usage", field.getValue(), true);
                default -> replace(whole, field.getKey(), field.getValue(), false);
            }
        }
        JsonNode aside = chunk.get().path("x_groq").path("usage");
        if (aside.isObject()) {
            replace(whole, "usage", aside, false);
        }
        return true;
    }

    private void addChoice(JsonNode chunk) {
        int index = chunk.path("index").asInt();
        ObjectNode choice = choices.computeIfAbsent(index, StreamAssembler::emptyChoice);
        for (Map.Entry<String, JsonNode> field : chunk.properties()) {
            JsonNode value = field.getValue();
            switch (field.getKey()) {
                case "index", "message" -> {} // Perplexity repeats the whole message beside delta
                case "delta" -> merge(choice.withObjectProperty("message"), value);
                case "text" -> choice.put("text", choice.path("text").asText() + value.asText());
                case "logprobs" -> addLogprobs(choice, value);
                default -> replace(choice, field.getKey(), value, true);
            }
        }
    }

    private Optional<byte[]> plain() {
        boolean finished =
                choices.values().stream().allMatch(choice -> choice.hasNonNull("finish_reason"));
        if (choices.isEmpty() || !finished) {
            return Optional.empty();
        }
        whole.remove(PADDING);
        JsonNode usage = whole.remove("usage");
        boolean chat = choices.values().iterator().next().has("message");
        whole.put("object", chat ? "chat.completion" : "text_completion");
        ArrayNode list = whole.putArray("choices");
        for (ObjectNode choice : choices.values()) {
            if (choice.get("message") instanceof ObjectNode message) {
                complete(message);
            }
            list.add(choice);
        }
        if (usage != null && !usage.isNull()) {
            whole.set("usage", usage);
        }
        return Optional.of(JsonTrees.bytes(whole));
    }

    private static ObjectNode emptyChoice(int index) {
        return JsonTrees.MAPPER.createObjectNode().put("index", index);
    }

    /** A plain message always has a role and a content. */
    private static void complete(ObjectNode message) {
        if (!message.hasNonNull("role")) {
            message.put("role", "assistant");
        }
        if (!message.has("content")) {
            message.putNull("content");
        }
        if (message.get("tool_calls") instanceof ArrayNode calls) {
            calls.forEach(call -> ((ObjectNode) call).remove("index"));
        }
    }

    /** Sets a field that says nothing yet, or, where the last chunk knows best, any field. */
    private static void replace(ObjectNode target, String name, JsonNode value, boolean lastHolds) {
        if (isBlank(target.path(name)) || (lastHolds && !isBlank(value))) {
            target.set(name, value);
        }
    }

    /** Azure's first chunk is full of such values. */
    private static boolean isBlank(JsonNode value) {
        return switch (value.getNodeType()) {
            case STRING -> value.textValue().isEmpty();
            case NUMBER -> value.asDouble() == 0;
            case ARRAY, OBJECT -> value.isEmpty();
            case NULL, MISSING -> true;
            default -> false;
        };
    }

    private static void merge(ObjectNode target, JsonNode delta) {
        for (Map.Entry<String, JsonNode> field : delta.properties()) {
            String name = field.getKey();
            JsonNode value = field.getValue();
            JsonNode present = target.get(name);
            if (name.equals("tool_calls") && value instanceof ArrayNode calls) {
                addCalls(target, calls);
            } else if (present == null || present.isNull()) {
                target.set(name, value);
            } else if (present.isTextual() && value.isTextual()) {
                target.put(name, joined(name, present.asText(), value.asText()));
            } else if (present instanceof ArrayNode list && value instanceof ArrayNode more) {
                list.addAll(more);
            } else if (present instanceof ObjectNode object && value.isObject()) {
                merge(object, value);
            } else if (!value.isNull()) {
                target.set(name, value);
            }
        }
    }

    /** Names come whole, now and then again; text comes in pieces. */
    private static String joined(String name, String present, String more) {
        return switch (name) {
            case "role", "id", "type", "name" -> present.isEmpty() ? more : present;
            default -> present + more;
        };
    }

    private static void addCalls(ObjectNode message, ArrayNode chunks) {
        ArrayNode calls =
                message.get("tool_calls") instanceof ArrayNode present
                        ? present
                        : message.putArray("tool_calls");
        for (JsonNode chunk : chunks) {
            merge(callOf(chunk, calls), chunk);
        }
    }

    /** The call that a chunk goes on with; one without an index is a call of its own. */
    private static ObjectNode callOf(JsonNode chunk, ArrayNode calls) {
        if (chunk.has("index")) {
            for (JsonNode call : calls) {
                if (call.path("index").equals(chunk.path("index"))) {
                    return (ObjectNode) call;
                }
            }
        }
        return calls.addObject();
    }

    private static void addLogprobs(ObjectNode choice, JsonNode chunk) {
        if (choice.get("logprobs") instanceof ObjectNode present && chunk.isObject()) {
            merge(present, chunk);
        } else {
            replace(choice, "logprobs", chunk, true);
        }
    }
}
