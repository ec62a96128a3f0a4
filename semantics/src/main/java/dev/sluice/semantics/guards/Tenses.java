package dev.sluice.semantics.guards;

import dev.sluice.semantics.guards.Token.Kind;

import java.util.List;
import java.util.Set;

/** Whether a question is of what is, of what was, or of what will be. */
final class Tenses {

    static final int PAST = 1;
    static final int FUTURE = 2;

    private static final Set<String> PERFECT = Set.of("has", "have", "had");
    private static final Set<String> SUBJECTS = Set.of("who", "what", "which");
    private static final int BE_WITHIN = 4;
    private static final int DID_WITHIN = 2;

    private Tenses() {}

    /**
     * Nothing where it is neither asked which thing, nor when, nor whether it is so. Of the future
     * it is where it is asked whether it will be so, or what will be; what will happen is what
     * happens.
     */
    static int of(List<Token> tokens, Set<Question> questions, Lexicon lexicon, Language language) {
        boolean which = Question.asksWhich(tokens) || questions.contains(Question.WHEN);
        boolean amount =
                questions.contains(Question.HOW_MANY) || questions.contains(Question.HOW_LONG);
        int tenses = 0;
        for (int at = 0; at < tokens.size(); at++) {
            Token token = tokens.get(at);
            if (!token.is(Kind.WORD)) {
                continue;
            }
            int tense = lexicon.tense(token.plain(), language);
            if (token.first() && Question.isAuxiliary(token.plain())) {
                tenses |= PERFECT.contains(token.plain()) ? PAST : tense;
            } else if (which) {
                boolean counts = tense == PAST || (!amount && isBefore(tokens, at, "be"));
                tenses |= (counts ? tense : 0) | (isWhoDid(tokens, at) ? PAST : 0);
            }
        }
        return tenses;
    }

    private static boolean isBefore(List<Token> tokens, int at, String plain) {
        for (int i = at + 1; i < Math.min(tokens.size(), at + BE_WITHIN); i++) {
            if (tokens.get(i).plain().equals(plain)) {
                return true;
            }
        }
        return false;
    }

    /** Who invented it. */
    private static boolean isWhoDid(List<Token> tokens, int at) {
        String plain = tokens.get(at).plain();
        if (plain.length() <= 4 || !plain.endsWith("ed")) {
            return false;
        }
        for (int i = at - 1; i >= Math.max(0, at - DID_WITHIN); i--) {
            if (tokens.get(i).first()) {
                return SUBJECTS.contains(tokens.get(i).plain())
                        && (i == at - 1 || Words.isAdverb(tokens.get(at - 1).plain()));
            }
        }
        return false;
    }
}
