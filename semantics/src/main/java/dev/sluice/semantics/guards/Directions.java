package dev.sluice.semantics.guards;

import dev.sluice.semantics.guards.Token.Kind;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * What small words say of the word behind them: flights to Paris are not flights from Paris. A text
 * that has one of them before a word contradicts a text that has another before the same.
 */
final class Directions {

    private static final int WORDS_BETWEEN = 3;

    private static final Map<String, String> SMALL_WORDS =
            Map.ofEntries(
                    Map.entry("from", "from"),
                    Map.entry("to", "to"),
                    Map.entry("into", "to"),
                    Map.entry("onto", "to"),
                    Map.entry("by", "by"),
                    Map.entry("about", "about"),
                    Map.entry("for", "for"),
                    Map.entry("von", "from"),
                    Map.entry("aus", "from"),
                    Map.entry("nach", "to"),
                    Map.entry("zu", "to"),
                    Map.entry("zum", "to"),
                    Map.entry("zur", "to"));

    /** A gift to her is a gift for her, so these two do not contradict each other. */
    private static final Map<String, List<String>> OPPOSITES =
            Map.of(
                    "from", List.of("to", "by", "about", "for"),
                    "to", List.of("from", "by", "about"),
                    "by", List.of("from", "to", "about", "for"),
                    "about", List.of("from", "to", "by", "for"),
                    "for", List.of("from", "by", "about"));

    private Directions() {}

    /** Adds what the token at a place says, if it is such a small word. */
    static void read(
            List<Token> tokens,
            int at,
            Speech speech,
            UnaryOperator<String> stem,
            List<String> poles) {
        String direction = SMALL_WORDS.get(tokens.get(at).plain());
        String behind = direction == null ? null : behind(tokens, at + 1, speech);
        if (direction == null || behind == null) {
            return;
        }
        for (String opposite : OPPOSITES.getOrDefault(direction, List.of())) {
            poles.add(direction + ":" + stem.apply(behind));
            poles.add(opposite + ":" + stem.apply(behind));
        }
    }

    private static @Nullable String behind(List<Token> tokens, int from, Speech speech) {
        for (int at = from; at < Math.min(tokens.size(), from + WORDS_BETWEEN); at++) {
            Token token = tokens.get(at);
            if (!token.is(Kind.WORD)) {
                return null;
            }
            if (!speech.isSmall(token.plain())) {
                return token.plain();
            }
        }
        return null;
    }
}
