package dev.sluice.ingress.books;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.counting.TokenCounter;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;

import java.util.Optional;

/**
 * How large a call is, for a provider that does not say it: as the model counts where it is known
 * how it does, else a token for four bytes. Asked only then, for it parses what elsewhere passes as
 * bytes.
 */
public final class CallSize {

    /** The size of what nobody reads. */
    public static final CallSize NOTHING =
            new CallSize(new TokenCounter(), Endpoint.CHAT_COMPLETIONS, new byte[0], 0, 0);

    private final TokenCounter counter;
    private final Endpoint endpoint;
    private final byte[] body;
    private final int length;
    private final int promptBytes;

    /**
     * The size of a call.
     *
     * @param body whose first {@code length} bytes are the request; must not change
     * @param promptBytes size of what the model is to read
     */
    public CallSize(
            TokenCounter counter, Endpoint endpoint, byte[] body, int length, int promptBytes) {
        this.counter = counter;
        this.endpoint = endpoint;
        this.body = body;
        this.length = length;
        this.promptBytes = promptBytes;
    }

    /** The size of another body for the same endpoint. */
    public CallSize of(byte[] other, int otherLength, int otherPromptBytes) {
        return new CallSize(counter, endpoint, other, otherLength, otherPromptBytes);
    }

    /** The tokens of what the model reads. */
    public long prompt(String model) {
        if (!counter.knows(model)) {
            return Math.ceilDiv(promptBytes, OpenAttempt.BYTES_A_TOKEN);
        }
        Optional<ObjectNode> request = JsonTrees.object(body, 0, length);
        return request.map(tree ->
                        switch (endpoint) {
                            case CHAT_COMPLETIONS -> counter.chat(model, tree);
                            case RESPONSES ->
                                    counter.text(model, tree.path("instructions").asText())
                                            + items(model, tree.path("input"));
                            default -> texts(model, tree.path(endpoint.promptName()));
                        })
                .orElse((long) Math.ceilDiv(promptBytes, OpenAttempt.BYTES_A_TOKEN));
    }

    /** The tokens of a plain answer of OpenAI's. */
    public long answer(String model, byte[] answer) {
        if (!endpoint.hasOutput()) {
            return 0;
        }
        Optional<ObjectNode> tree =
                counter.knows(model)
                        ? JsonTrees.object(answer, 0, answer.length)
                        : Optional.empty();
        if (tree.isEmpty()) {
            return answer.length / OpenAttempt.BYTES_A_TOKEN;
        }
        if (endpoint == Endpoint.RESPONSES) {
            return items(model, tree.get().path("output"));
        }
        long tokens = 0;
        for (JsonNode choice : tree.get().path("choices")) {
            tokens += counter.text(model, choice.path("text").asText());
            JsonNode message = choice.path("message");
            tokens += counter.text(model, message.path("content").asText());
            for (JsonNode call : message.path("tool_calls")) {
                tokens += counter.text(model, call.at("/function/name").asText());
                tokens += counter.text(model, call.at("/function/arguments").asText());
            }
        }
        return tokens;
    }

    /** What is said, thought and called in a text or in items of Responses; pictures are none. */
    private long items(String model, JsonNode items) {
        if (items.isTextual()) {
            return counter.text(model, items.asText());
        }
        long tokens = 0;
        for (JsonNode item : items) {
            for (String name : new String[] {"text", "name", "arguments"}) {
                tokens += counter.text(model, item.path(name).asText());
            }
            for (String name : new String[] {"content", "summary", "output"}) {
                tokens += items(model, item.path(name));
            }
        }
        return tokens;
    }

    /** A text, texts, token numbers, or lists of these. */
    private long texts(String model, JsonNode input) {
        if (input.isTextual()) {
            return counter.text(model, input.asText());
        }
        long tokens = input.isNumber() ? 1 : 0;
        for (JsonNode element : input) {
            tokens += texts(model, element);
        }
        return tokens;
    }
}
