package dev.sluice.providers.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.UnsupportedRequestException;

/**
 * How long a model may think. Models before the third generation take a number of tokens; the
 * numbers are LiteLLM's.
 */
final class GeminiThinking {

    private static final String BUDGET = "thinkingBudget";
    private static final String SHOWN = "includeThoughts";

    private GeminiThinking() {}

    /** OpenAI's {@code reasoning_effort}. */
    static void effort(JsonNode effort, GeminiSettings settings, ObjectNode generation)
            throws UnsupportedRequestException {
        String wanted = effort.isObject() ? effort.path("effort").asText() : effort.asText();
        ObjectNode config = config(generation);
        boolean isNone = wanted.equals("none") || wanted.equals("disable");
        config.put(SHOWN, !isNone);
        if (settings.isThirdGeneration()) {
            config.put("thinkingLevel", level(wanted, settings.model()));
        } else {
            config.put(BUDGET, budget(wanted, settings.model()));
        }
    }

    /** What the caller may have put there already, in Google's words. */
    private static ObjectNode config(ObjectNode generation) {
        return generation.get("thinkingConfig") instanceof ObjectNode config
                ? config
                : generation.putObject("thinkingConfig");
    }

    private static String level(String wanted, String model) throws UnsupportedRequestException {
        // The large ones cannot think less than this.
        String least = model.contains("pro") ? "low" : "minimal";
        return switch (wanted) {
            case "none", "disable", "minimal" -> least;
            case "low", "medium", "high" -> wanted;
            case "xhigh", "max" -> "high";
            default -> throw unknown();
        };
    }

    private static int budget(String wanted, String model) throws UnsupportedRequestException {
        return switch (wanted) {
            case "none", "disable" -> 0;
            case "minimal" -> model.contains("pro") ? 128 : model.contains("lite") ? 512 : 1;
            case "low" -> 1024;
            case "medium" -> 2048;
            case "high", "xhigh", "max" -> 4096;
            default -> throw unknown();
        };
    }

    private static UnsupportedRequestException unknown() {
        return UnsupportedRequestException.at("reasoning_effort", "is none that Gemini has.");
    }

    /** Anthropic's {@code thinking}. */
    static void thinking(JsonNode thinking, ObjectNode generation) {
        ObjectNode config = config(generation);
        if (thinking.path("type").asText().equals("disabled")) {
            config.put(SHOWN, false).put(BUDGET, 0);
            return;
        }
        config.put(SHOWN, true);
        if (thinking.path("budget_tokens").isNumber()) {
            config.set(BUDGET, thinking.get("budget_tokens"));
        }
    }
}
