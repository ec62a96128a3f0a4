package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

/**
 * A provider's own way of counting in OpenAI's terms: as the caller sees it ({@code usage.}) and as
 * it is booked ({@code metered.}).
 */
final class ExpectedUsage {

    private ExpectedUsage() {}

    static ObjectNode of(Recording recording) {
        ObjectNode expected = JsonTrees.MAPPER.createObjectNode();
        JsonNode usage = recording.facts().path("usage");
        expected.put("metered.status", "success");
        if (usage.isEmpty()) {
            expected.put("metered.kind", "estimated");
            return expected;
        }
        long input = count(usage, "input_tokens");
        long output = count(usage, "output_tokens");
        long cached = count(usage, "cache_read_tokens");
        long written = count(usage, "cache_write_tokens");
        long reasoning = count(usage, "reasoning_tokens");
        boolean translated = true;
        switch (recording.provider()) {
            case "anthropic", "bedrock" -> input += cached + written;
            case "gemini", "vertex" -> {
                // Thoughts are counted beside the answer; so are tools' answers of Google's own.
                output += reasoning;
                input = Math.max(input, count(usage, "total_tokens") - output);
            }
            case "cohere" -> {
                // It bills less than it counts.
                input = count(usage, "billed_input_tokens");
                output = count(usage, "billed_output_tokens");
            }
            default -> translated = false;
        }
        if (translated || statesUsage(recording)) {
            expected.put("usage.prompt_tokens", input);
            expected.put("usage.completion_tokens", output);
            if (cached > 0) {
                expected.put("usage.cached_tokens", cached);
            }
            if (reasoning > 0) {
                expected.put("usage.reasoning_tokens", reasoning);
            }
        }
        if (translated || usage.has("cache_write_tokens")) {
            expected.put("metered.written", written);
        }
        if (!translated) {
            cached = usage.has("cache_read_tokens") ? cached : mistralsCached(recording);
            output += isBeside(recording, input, output, reasoning) ? reasoning : 0;
        }
        expected.put("metered.kind", "settled");
        expected.put("metered.prompt", input);
        expected.put("metered.completion", output);
        // Grok at Azure counts more cached tokens than prompt, but bills only the prompt.
        expected.put("metered.cached", Math.min(cached, input));
        expected.put("metered.reasoning", reasoning);
        return expected;
    }

    /** Groq states a stream's usage aside where it was recorded without asking for it. */
    private static boolean statesUsage(Recording recording) {
        return !recording.isStream() || stated(recording).isObject();
    }

    /** Facts know only OpenAI's name for cached tokens; older answers of Mistral have another. */
    private static long mistralsCached(Recording recording) {
        return count(stated(recording), "num_cached_tokens");
    }

    /** Some count reasoning beside the answer: the total gives it away. */
    private static boolean isBeside(Recording recording, long input, long output, long reasoning) {
        long total = count(stated(recording), "total_tokens");
        return reasoning > 0 && total == input + output + reasoning;
    }

    /** The usage in OpenAI's wire; missing where there is none. */
    private static JsonNode stated(Recording recording) {
        JsonNode usage = MissingNode.getInstance();
        for (JsonNode part : recording.parts()) {
            usage = part.path("usage").isObject() ? part.path("usage") : usage;
        }
        return usage;
    }

    private static long count(JsonNode usage, String name) {
        return usage.path(name).asLong();
    }
}
