package dev.sluice.semantics.guards;

import dev.sluice.semantics.guards.Token.Kind;

import org.jspecify.annotations.Nullable;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What kind of answer is wanted. What and which say nothing by themselves. */
enum Question {
    WHO(0),
    WHEN(1),
    WHERE(2),
    WHY(3),
    HOW(4),
    HOW_MANY(5),
    HOW_LONG(6),
    HOW_FAR(7),
    HOW_OLD(8),
    HOW_OFTEN(9),
    WHETHER(10),
    DIFFERENCE(11);

    /** In fingerprints, which are stored: never given to another. */
    private final int bit;

    Question(int place) {
        this.bit = 1 << place;
    }

    int bit() {
        return bit;
    }

    private static final int LEADING_WORDS = 2;
    private static final int NOUN_WITHIN = 7;

    private static final Map<String, Question> WORDS =
            Map.ofEntries(
                    Map.entry("who", WHO),
                    Map.entry("whom", WHO),
                    Map.entry("whose", WHO),
                    Map.entry("when", WHEN),
                    Map.entry("where", WHERE),
                    Map.entry("why", WHY),
                    Map.entry("how", HOW),
                    Map.entry("wer", WHO),
                    Map.entry("wen", WHO),
                    Map.entry("wem", WHO),
                    Map.entry("wann", WHEN),
                    Map.entry("wo", WHERE),
                    Map.entry("wohin", WHERE),
                    Map.entry("warum", WHY),
                    Map.entry("wieso", WHY),
                    Map.entry("weshalb", WHY),
                    Map.entry("wie", HOW),
                    Map.entry("qui", WHO),
                    Map.entry("quand", WHEN),
                    Map.entry("ou", WHERE),
                    Map.entry("pourquoi", WHY),
                    Map.entry("comment", HOW),
                    Map.entry("combien", HOW_MANY),
                    Map.entry("quien", WHO),
                    Map.entry("cuando", WHEN),
                    Map.entry("donde", WHERE),
                    Map.entry("como", HOW),
                    Map.entry("cuanto", HOW_MANY),
                    Map.entry("cuantos", HOW_MANY),
                    Map.entry("cuantas", HOW_MANY));

    private static final Map<String, Question> BEHIND_HOW =
            Map.ofEntries(
                    Map.entry("many", HOW_MANY),
                    Map.entry("much", HOW_MANY),
                    Map.entry("long", HOW_LONG),
                    Map.entry("far", HOW_FAR),
                    Map.entry("old", HOW_OLD),
                    Map.entry("often", HOW_OFTEN),
                    Map.entry("viel", HOW_MANY),
                    Map.entry("viele", HOW_MANY),
                    Map.entry("lange", HOW_LONG),
                    Map.entry("weit", HOW_FAR),
                    Map.entry("alt", HOW_OLD),
                    Map.entry("oft", HOW_OFTEN),
                    Map.entry("come", WHY));

    /** Nouns that make a what of them: what is the reason, what are the steps. */
    private static final Map<String, Question> NOUNS =
            Map.ofEntries(
                    Map.entry("reason", WHY),
                    Map.entry("reasons", WHY),
                    Map.entry("way", HOW),
                    Map.entry("ways", HOW),
                    Map.entry("steps", HOW),
                    Map.entry("procedure", HOW),
                    Map.entry("process", HOW),
                    Map.entry("method", HOW),
                    Map.entry("time", WHEN),
                    Map.entry("date", WHEN),
                    Map.entry("difference", DIFFERENCE),
                    Map.entry("differences", DIFFERENCE),
                    Map.entry("differ", DIFFERENCE));

    private static final Set<String> AUXILIARIES =
            Set.of(
                    "is",
                    "are",
                    "was",
                    "were",
                    "do",
                    "does",
                    "did",
                    "can",
                    "could",
                    "will",
                    "would",
                    "should",
                    "shall",
                    "has",
                    "have",
                    "had",
                    "am",
                    "may",
                    "might",
                    "must",
                    "isn't",
                    "aren't",
                    "don't",
                    "doesn't",
                    "didn't",
                    "can't",
                    "won't",
                    "wouldn't",
                    "shouldn't",
                    "ist",
                    "sind",
                    "hat",
                    "haben",
                    "kann",
                    "darf",
                    "est-ce",
                    "puis-je",
                    "es",
                    "hay",
                    "puedo");

    private static final Set<String> ASKING_WHICH = Set.of("who", "whose", "what", "which");

    /** The kinds that the sentences of a text ask for. */
    static Set<Question> of(List<Token> tokens) {
        Set<Question> kinds = EnumSet.noneOf(Question.class);
        int place = 0;
        for (int at = 0; at < tokens.size(); at++) {
            Token token = tokens.get(at);
            place = token.first() ? 0 : place + 1;
            Question kind =
                    place <= LEADING_WORDS || isAskedLate(tokens, at)
                            ? leading(tokens, at, place)
                            : behindHow(tokens, at);
            if (kind != null) {
                kinds.add(kind);
            }
            Question noun = NOUNS.get(token.plain());
            if (noun != null && (place <= NOUN_WITHIN || noun == DIFFERENCE)) {
                kinds.add(noun);
            }
        }
        // Is there a way to, what is the way: both ask how.
        if (kinds.contains(HOW)) {
            kinds.remove(WHETHER);
        }
        return kinds;
    }

    private static @Nullable Question leading(List<Token> tokens, int at, int place) {
        Token token = tokens.get(at);
        if (!token.is(Kind.WORD)) {
            return null;
        }
        if (place == 0 && AUXILIARIES.contains(token.plain())) {
            return WHETHER;
        }
        if (place == 0 && isWhatToDo(tokens, at)) {
            return HOW;
        }
        Question behind = behindHow(tokens, at);
        return behind != null ? behind : WORDS.get(token.plain());
    }

    /** It failed, why? And: I forgot my code, how can I change it? */
    private static boolean isAskedLate(List<Token> tokens, int at) {
        if (at + 1 == tokens.size() || !tokens.get(at + 1).is(Kind.WORD)) {
            return true;
        }
        String next = tokens.get(at + 1).plain();
        return !tokens.get(at).plain().equals("who") && AUXILIARIES.contains(next);
    }

    /** What should I do to: how do I. */
    private static boolean isWhatToDo(List<Token> tokens, int at) {
        return at + 4 < tokens.size()
                && tokens.get(at).plain().equals("what")
                && AUXILIARIES.contains(tokens.get(at + 1).plain())
                && tokens.get(at + 3).plain().equals("do")
                && tokens.get(at + 4).plain().equals("to");
    }

    /** Whether a sentence asks for a thing: then it matters whether that is or was. */
    static boolean asksWhich(List<Token> tokens) {
        for (int at = 0; at < tokens.size(); at++) {
            Token token = tokens.get(at);
            boolean many = behindHow(tokens, at) != null && behindHow(tokens, at) != WHY;
            if (token.first() && (many || ASKING_WHICH.contains(token.plain()))) {
                return true;
            }
        }
        return false;
    }

    static boolean isAuxiliary(String plain) {
        return AUXILIARIES.contains(plain);
    }

    private static @Nullable Question behindHow(List<Token> tokens, int at) {
        String plain = tokens.get(at).plain();
        boolean how = plain.equals("how") || plain.equals("wie");
        return how && at + 1 < tokens.size() ? BEHIND_HOW.get(tokens.get(at + 1).plain()) : null;
    }
}
