package dev.sluice.providers.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.UnsupportedRequestException;

/**
 * Makes Anthropic's {@code thinking} of OpenAI's {@code reasoning_effort}, with LiteLLM's budgets.
 */
final class ThinkingSettings {

    /** The least that Anthropic takes. */
    private static final long BUDGET_MIN = 1_024;

    private ThinkingSettings() {}

    /**
     * Sets how much the model shall think. A caller that speaks of effort knows no thoughts to give
     * back: where a model needs them beside the calls they led to, it goes on without.
     *
     * @param effort what the caller asks for, a missing node for nothing
     * @param lacksThoughts whether the last calls came back without theirs
     */
    static void apply(ObjectNode body, JsonNode effort, ClaudeModel model, boolean lacksThoughts)
            throws UnsupportedRequestException {
        String word = effort.isObject() ? effort.path("effort").asText() : effort.asText();
        if (effort.isMissingNode() || word.equals("none") || body.has("thinking")) {
            return;
        }
        long budget =
                switch (word) {
                    case "minimal", "low" -> BUDGET_MIN;
                    case "medium" -> 2_048;
                    case "high" -> 4_096;
                    case "xhigh", "max" -> 8_192;
                    default ->
                            throw new UnsupportedRequestException(
                                    "reasoning_effort is none of none, minimal, low, medium, high,"
                                            + " xhigh and max.",
                                    "reasoning_effort");
                };
        if (model.thinksAdaptively()) {
            ObjectNode thinking = body.putObject("thinking").put("type", "adaptive");
            if (model.mustBeAskedForThoughts()) {
                thinking.put("display", "summarized");
            }
            ObjectNode config = MessagesRequest.object(body, "output_config");
            if (!config.has("effort")) {
                config.put("effort", word.equals("minimal") ? "low" : word);
            }
        } else if (!lacksThoughts) {
            body.putObject("thinking").put("type", "enabled").put("budget_tokens", budget);
        }
    }

    /** Whether the model thinks in answering this request. */
    static boolean isOn(ObjectNode body) {
        String type = body.path("thinking").path("type").asText();
        return type.equals("enabled") || type.equals("adaptive");
    }

    /**
     * Fits budget and bound of the answer together: thoughts count as output, and there must be
     * room left for the answer. What the caller itself says wrongly is Anthropic's to refuse.
     *
     * @param asked the caller's bound, -1 for none
     * @param usual the bound of an answer where none is asked for
     * @param cap the operator's bound, {@link Long#MAX_VALUE} for none
     * @param isCallers whether the budget is the caller's word
     */
    static void bound(ObjectNode body, long asked, long usual, long cap, boolean isCallers) {
        JsonNode thinking = body.path("thinking");
        JsonNode stated = thinking.path("budget_tokens");
        long budget = stated.canConvertToLong() ? Math.clamp(stated.asLong(), 0, 1L << 40) : 0;
        long bound = Math.min(asked >= 0 ? asked : usual + budget, cap);
        body.put("max_tokens", bound);
        if (budget == 0 || budget < bound || (isCallers && bound == asked)) {
            return;
        }
        if (bound > BUDGET_MIN && thinking instanceof ObjectNode object) {
            object.put("budget_tokens", bound - 1);
        } else {
            body.remove("thinking");
        }
    }
}
