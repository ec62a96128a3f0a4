package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Cuts a plain answer into the events of a stream; an instance cuts one answer. */
final class StreamSplitter {

    private static final byte[] PREFIX = "data: ".getBytes(US_ASCII);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(US_ASCII);

    /** What every chunk repeats; all else of the answer comes with the first one. */
    private static final List<String> REPEATED =
            List.of("id", "created", "model", "service_tier", "system_fingerprint");

    /** The texts of a message in the order in which a model utters them. */
    private static final List<String> TEXTS =
            List.of("reasoning_content", "reasoning", "content", "refusal");

    private final ObjectNode answer;
    private final boolean includeUsage;
    private final ObjectNode base = JsonTrees.MAPPER.createObjectNode();
    private final List<byte[]> events = new ArrayList<>();

    private StreamSplitter(ObjectNode answer, boolean includeUsage) {
        this.answer = answer;
        this.includeUsage = includeUsage;
    }

    static List<byte[]> split(byte[] plain, boolean includeUsage) {
        Optional<ObjectNode> answer = JsonTrees.object(plain, 0, plain.length);
        if (answer.isEmpty() || !isCompletion(answer.get())) {
            return List.of();
        }
        return new StreamSplitter(answer.get(), includeUsage).split();
    }

    private static boolean isCompletion(ObjectNode answer) {
        JsonNode choices = answer.path("choices");
        boolean isCompletion = choices.isArray() && !choices.isEmpty();
        for (JsonNode choice : choices) {
            isCompletion &= choice.path("message").isObject() || choice.path("text").isTextual();
            for (JsonNode call : choice.path("message").path("tool_calls")) {
                isCompletion &= call.isObject();
            }
        }
        return isCompletion;
    }

    private List<byte[]> split() {
        JsonNode choices = answer.remove("choices");
        JsonNode usage = answer.remove("usage");
        boolean chat = choices.get(0).has("message");
        base.put("object", chat ? "chat.completion.chunk" : "text_completion");
        answer.remove("object");
        for (String name : REPEATED) {
            if (answer.has(name)) {
                base.set(name, answer.remove(name));
            }
        }
        for (JsonNode choice : choices) {
            if (choice.path("message") instanceof ObjectNode message) {
                splitMessage((ObjectNode) choice, message);
            } else {
                splitText((ObjectNode) choice);
            }
        }
        if (includeUsage && usage != null && !usage.isNull()) {
            addUsage(usage);
        }
        events.add(DONE.clone());
        return events;
    }

    private void splitMessage(ObjectNode choice, ObjectNode message) {
        List<JsonNode> tokens = tokens(choice, message);
        ArrayNode calls = JsonTrees.MAPPER.createArrayNode();
        if (message.get("tool_calls") instanceof ArrayNode present) {
            calls = present;
            message.remove("tool_calls");
        }
        ObjectNode opening = message.deepCopy();
        for (String name : TEXTS) {
            if (message.path(name).isTextual()) {
                opening.put(name, "");
            }
        }
        addDelta(choice, opening, null);
        for (String name : TEXTS) {
            if (name.equals("content") && !tokens.isEmpty()) {
                tokens.forEach(token -> addToken(choice, token));
            } else if (message.path(name).isTextual()) {
                for (String piece : TextPieces.of(message.path(name).asText())) {
                    addDelta(choice, object().put(name, piece), null);
                }
            }
        }
        for (int i = 0; i < calls.size(); i++) {
            splitCall(choice, calls.get(i), i);
        }
        ObjectNode closing = closing(choice, !tokens.isEmpty());
        closing.set("delta", object());
        addChunk(closing);
    }

    /** The entries of the log probabilities, if they spell the content token by token. */
    private static List<JsonNode> tokens(ObjectNode choice, ObjectNode message) {
        List<JsonNode> tokens = new ArrayList<>();
        var text = new StringBuilder();
        for (JsonNode token : choice.path("logprobs").path("content")) {
            tokens.add(token);
            text.append(token.path("token").asText());
        }
        boolean spells = text.toString().equals(message.path("content").asText(""));
        boolean alone = choice.path("logprobs").path("refusal").isEmpty();
        return spells && alone ? tokens : List.of();
    }

    private void addToken(ObjectNode choice, JsonNode token) {
        ObjectNode logprobs = choice.path("logprobs").deepCopy();
        logprobs.putArray("content").add(token);
        addDelta(choice, object().put("content", token.path("token").asText()), logprobs);
    }

    private void splitCall(ObjectNode choice, JsonNode call, int index) {
        ObjectNode opening = object().put("index", index);
        opening.setAll((ObjectNode) call.deepCopy());
        String arguments = call.path("function").path("arguments").asText();
        boolean inPieces = call.path("function").path("arguments").isTextual();
        if (inPieces) {
            opening.withObjectProperty("function").put("arguments", "");
        }
        addCall(choice, opening);
        for (String piece : inPieces ? TextPieces.of(arguments) : List.<String>of()) {
            ObjectNode more = object().put("index", index);
            more.putObject("function").put("arguments", piece);
            addCall(choice, more);
        }
    }

    private void addCall(ObjectNode choice, ObjectNode call) {
        ObjectNode delta = object();
        delta.putArray("tool_calls").add(call);
        addDelta(choice, delta, null);
    }

    private void addDelta(ObjectNode choice, ObjectNode delta, @Nullable ObjectNode logprobs) {
        ObjectNode chunk = object();
        chunk.set("index", choice.path("index"));
        chunk.set("delta", delta);
        if (choice.has("logprobs")) {
            chunk.set("logprobs", logprobs);
        }
        chunk.putNull("finish_reason");
        addChunk(chunk);
    }

    private void splitText(ObjectNode choice) {
        for (String piece : TextPieces.of(choice.path("text").asText())) {
            ObjectNode chunk = object().put("text", piece);
            chunk.set("index", choice.path("index"));
            if (choice.has("logprobs")) {
                chunk.putNull("logprobs");
            }
            chunk.putNull("finish_reason");
            addChunk(chunk);
        }
        addChunk(closing(choice, false).put("text", ""));
    }

    /** What is left of a choice: its finish reason and what some providers add. */
    private static ObjectNode closing(ObjectNode choice, boolean probabilitiesAreOut) {
        ObjectNode closing = choice.deepCopy();
        closing.remove(List.of("message", "text"));
        if (probabilitiesAreOut) {
            closing.putNull("logprobs");
        }
        return closing;
    }

    private void addChunk(ObjectNode choice) {
        ObjectNode chunk = base.deepCopy();
        for (Map.Entry<String, JsonNode> field : answer.properties()) {
            chunk.set(field.getKey(), field.getValue());
        }
        answer.removeAll();
        chunk.putArray("choices").add(choice);
        if (includeUsage) {
            chunk.putNull("usage");
        }
        addEvent(chunk);
    }

    private void addUsage(JsonNode usage) {
        ObjectNode chunk = base.deepCopy();
        chunk.putArray("choices");
        chunk.set("usage", usage);
        addEvent(chunk);
    }

    private void addEvent(ObjectNode chunk) {
        byte[] json = JsonTrees.bytes(chunk);
        byte[] event = new byte[PREFIX.length + json.length + 2];
        System.arraycopy(PREFIX, 0, event, 0, PREFIX.length);
        System.arraycopy(json, 0, event, PREFIX.length, json.length);
        event[event.length - 2] = '\n';
        event[event.length - 1] = '\n';
        events.add(event);
    }

    private static ObjectNode object() {
        return JsonTrees.MAPPER.createObjectNode();
    }
}
