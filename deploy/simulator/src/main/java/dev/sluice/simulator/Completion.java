package dev.sluice.simulator;

import java.util.ArrayList;
import java.util.List;

/**
 * What the model says in one choice: a fixed sequence of words for a seed, one word a token.
 *
 * @param pieces the visible text of each token; a token that a stop sequence swallowed has none
 * @param tokens what is billed: every generated token, the stop sequence included
 * @param finishReason {@code stop}, or {@code length} if the limit cut it short
 */
record Completion(List<String> pieces, int tokens, String finishReason) {

    private static final int NATURAL_TOKENS_MIN = 20;
    private static final int NATURAL_TOKENS_SPREAD = 181;
    private static final int CHARACTERS_A_TOKEN = 4;

    /** Plain words, and a few that a careless relay would break. */
    private static final List<String> WORDS =
            List.of(
                    ("water gate river stone light morning north signal paper garden window bridge"
                                    + " copper silver winter summer letter number engine harbour market"
                                    + " mountain shadow measure figure answer question reason balance"
                                    + " channel current valley meadow forest island village station"
                                    + " pattern record ledger token stream batch queue budget margin"
                                    + " flows opens closes turns carries holds keeps finds leaves meets"
                                    + " slowly clearly evenly quietly always rarely under above between"
                                    + " naïve Zürich “quoted” \"plain\" 日本 🙂 back\\slash line\nbreak")
                            .split(" "));

    private static final List<String> SPACED_WORDS = WORDS.stream().map(w -> " " + w).toList();

    /**
     * Speaks.
     *
     * @param length how many tokens it would like to say; 0: what the seed decides
     * @param limit how many it may say
     */
    static Completion of(long seed, int length, int limit, List<String> stops) {
        int wanted = length > 0 ? length : naturalLength(seed);
        int tokens = Math.min(wanted, limit);
        List<String> pieces = new ArrayList<>(tokens);
        for (int i = 0; i < tokens; i++) {
            List<String> words = i == 0 ? WORDS : SPACED_WORDS;
            pieces.add(words.get((int) Long.remainderUnsigned(Mixer.at(seed, i), WORDS.size())));
        }
        String finishReason = wanted > limit ? "length" : "stop";
        Completion whole = new Completion(pieces, tokens, finishReason);
        return stops.isEmpty() ? whole : whole.stoppedBefore(stops);
    }

    /** Just this text, in tokens of four characters. */
    static Completion verbatim(String text) {
        List<String> pieces = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int left = text.codePointCount(from, text.length());
            int to = text.offsetByCodePoints(from, Math.min(CHARACTERS_A_TOKEN, left));
            pieces.add(text.substring(from, to));
            from = to;
        }
        return new Completion(pieces, pieces.size(), "stop");
    }

    String text() {
        return String.join("", pieces);
    }

    /** The visible text of the tokens {@code from} to {@code to}, the latter excluded. */
    String text(int from, int to) {
        int end = Math.min(to, pieces.size());
        if (to - from == 1) {
            return from < end ? pieces.get(from) : "";
        }
        return from < end ? String.join("", pieces.subList(from, end)) : "";
    }

    private Completion stoppedBefore(List<String> stops) {
        String text = text();
        int end = text.length();
        int consumed = end;
        for (String stop : stops) {
            int at = text.indexOf(stop);
            if (at >= 0 && at < end) {
                end = at;
                consumed = at + stop.length();
            }
        }
        return end == text.length() ? this : upTo(end, consumed);
    }

    /** The text up to {@code end}; tokens are billed up to {@code consumed}. */
    private Completion upTo(int end, int consumed) {
        List<String> visible = new ArrayList<>();
        int generated = 0;
        int start = 0;
        for (String piece : pieces) {
            if (start >= consumed) {
                break;
            }
            if (start < end) {
                visible.add(piece.substring(0, Math.min(piece.length(), end - start)));
            }
            start += piece.length();
            generated++;
        }
        return new Completion(visible, generated, "stop");
    }

    private static int naturalLength(long seed) {
        return NATURAL_TOKENS_MIN
                + (int) Long.remainderUnsigned(Mixer.mix(~seed), NATURAL_TOKENS_SPREAD);
    }
}
