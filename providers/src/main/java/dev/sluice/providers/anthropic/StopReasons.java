package dev.sluice.providers.anthropic;

/** Why an answer ended, in OpenAI's words. */
final class StopReasons {

    private StopReasons() {}

    /**
     * The reason.
     *
     * @param reason as Anthropic says it
     * @param hasCalls whether the answer calls a tool of the caller's
     */
    static String openAi(String reason, boolean hasCalls) {
        return switch (reason) {
            case "tool_use" -> hasCalls ? "tool_calls" : "stop";
            case "max_tokens", "model_context_window_exceeded", "compaction" -> "length";
            case "refusal" -> "content_filter";
            default -> "stop"; // end_turn, stop_sequence, pause_turn
        };
    }
}
