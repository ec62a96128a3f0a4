package dev.sluice.simulator;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What a chat asks for beyond words.
 *
 * @param tools in the caller's order
 * @param must whether a tool has to be called
 * @param named the one to call; absent if the model may choose
 * @param parallel whether it may call several at once
 * @param answered whether the last message holds what a tool returned
 * @param schema of the JSON to answer with; absent for words
 * @param thinks whether the model thinks before it speaks
 */
record Wishes(
        List<Tool> tools,
        boolean must,
        @Nullable String named,
        boolean parallel,
        boolean answered,
        @Nullable JsonNode schema,
        boolean thinks) {

    static final Wishes NONE = new Wishes(List.of(), false, null, true, false, null, false);

    private static final int CALLS_AT_ONCE = 2;

    /** The tools that are called: one, or the first two; none once a tool has answered. */
    List<Tool> called() {
        if (named != null) {
            return tools.stream().filter(tool -> tool.name().equals(named)).limit(1).toList();
        }
        if (answered && !must) {
            return List.of();
        }
        return tools.stream().limit(parallel ? CALLS_AT_ONCE : 1).toList();
    }
}
