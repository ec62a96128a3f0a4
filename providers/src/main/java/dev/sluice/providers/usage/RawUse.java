package dev.sluice.providers.usage;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

/**
 * Finds what was used in an answer that passes through as its provider gave it, plain or in events.
 * It keeps the first and the last bytes of it: usage stands at an end. Nothing is found in a form
 * that is not known.
 */
public final class RawUse {

    private static final int FIRST_BYTES = 16 * 1024;

    private final String provider;
    private final byte[] first = new byte[FIRST_BYTES];
    private int firstLength;
    private final Tail tail = new Tail();

    /** The answer of a provider, by LiteLLM's name of it. */
    public RawUse(String provider) {
        this.provider = provider;
    }

    /** The next bytes of the answer. */
    public void add(byte[] bytes, int count) {
        int more = Math.min(count, first.length - firstLength);
        System.arraycopy(bytes, 0, first, firstLength, more);
        firstLength += more;
        tail.add(bytes, count);
    }

    /** What was used; null where the answer does not say, or not so that it is understood. */
    public @Nullable Usage usage() {
        return switch (provider) {
            case "anthropic" -> anthropic();
            case "gemini" -> {
                JsonNode metadata = tail.last("usageMetadata");
                yield metadata == null ? null : GeminiUsage.of(metadata);
            }
            case "cohere" -> {
                JsonNode usage = tail.last("usage");
                JsonNode told = usage == null ? tail.last("meta") : usage;
                Usage counted = told == null ? Usage.NONE : CohereUsage.of(told);
                yield counted.equals(Usage.NONE) ? null : counted;
            }
            default -> openAi();
        };
    }

    /** Input stands at a stream's begin, output at its end. */
    private @Nullable Usage anthropic() {
        var counts = new AnthropicUsage();
        var head = new Tail();
        head.add(first, firstLength);
        JsonNode begun = head.first("usage");
        if (begun != null) {
            counts.add(begun);
        }
        JsonNode ended = tail.last("usage");
        if (ended != null) {
            counts.add(ended);
        }
        return counts.isPresent() ? counts.usage() : null;
    }

    private @Nullable Usage openAi() {
        JsonNode usage = tail.last("usage");
        if (usage == null) {
            return null;
        }
        if (usage.path("input_tokens").isNumber()) {
            return ResponsesUsage.of(usage);
        }
        byte[] answer = JsonTrees.bytes(JsonTrees.MAPPER.createObjectNode().set("usage", usage));
        return ResponseFacts.of(answer, answer.length).usage();
    }
}
