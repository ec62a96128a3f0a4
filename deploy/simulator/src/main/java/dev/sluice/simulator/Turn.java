package dev.sluice.simulator;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;

/**
 * One choice of an answer, the same in whichever provider's words it is told: what was thought,
 * then either text or calls of tools.
 */
record Turn(List<Segment> segments, String finishReason) {

    static final String TOOL_CALLS = "tool_calls";

    private static final int THOUGHT_TOKENS_MIN = 10;
    private static final int THOUGHT_TOKENS_SPREAD = 40;
    private static final long THOUGHT_SEED = 0x7468_6F75;
    private static final long JSON_SEED = 0x6A73_6F6E;

    static Turn of(long seed, ModelCall call) {
        Wishes wishes = call.wishes();
        List<Segment> segments = new ArrayList<>(1);
        if (wishes.thinks()) {
            long thought = Mixer.at(seed, THOUGHT_SEED);
            int tokens =
                    THOUGHT_TOKENS_MIN
                            + (int) Long.remainderUnsigned(thought, THOUGHT_TOKENS_SPREAD);
            segments.add(
                    new Segment(
                            Segment.Kind.THOUGHT,
                            0,
                            -1,
                            "",
                            Completion.of(thought, tokens, tokens, List.of())));
        }
        int calls = 0;
        for (Tool tool : wishes.called()) {
            segments.add(
                    new Segment(
                            Segment.Kind.CALL,
                            segments.size(),
                            calls,
                            tool.name(),
                            json(tool.schema(), seed, calls)));
            calls++;
        }
        if (calls > 0) {
            return new Turn(segments, TOOL_CALLS);
        }
        JsonNode schema = wishes.schema();
        Completion text =
                schema == null
                        ? Completion.of(
                                seed, call.outputTokens(), call.outputTokensMax(), call.stops())
                        : json(schema, seed, 0);
        segments.add(new Segment(Segment.Kind.TEXT, segments.size(), -1, "", text));
        return new Turn(segments, text.finishReason());
    }

    /** The first call's arguments and a structured answer are made alike: providers mix them. */
    private static Completion json(JsonNode schema, long seed, int number) {
        return Completion.verbatim(Invention.of(schema, Mixer.at(seed, JSON_SEED + number)));
    }

    int tokens() {
        int tokens = 0;
        for (Segment segment : segments) {
            tokens += segment.said().tokens();
        }
        return tokens;
    }

    /** How many of them were thought. */
    int thoughtTokens() {
        Segment first = segments.getFirst();
        return first.kind() == Segment.Kind.THOUGHT ? first.said().tokens() : 0;
    }

    /** The calls of tools, in order. */
    List<Segment> calls() {
        return segments.stream().filter(s -> s.kind() == Segment.Kind.CALL).toList();
    }

    /** What was thought, or said; empty if nothing was. */
    String text(Segment.Kind kind) {
        for (Segment segment : segments) {
            if (segment.kind() == kind) {
                return segment.said().text();
            }
        }
        return "";
    }
}
