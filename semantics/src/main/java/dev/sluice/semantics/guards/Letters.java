package dev.sluice.semantics.guards;

import dev.sluice.semantics.guards.Token.Kind;

import java.util.List;
import java.util.Set;

/** Letters that are names, though some are words, too: vitamin a, plan B, R or C, IT and US. */
final class Letters {

    /** What no article stands before. */
    private static final Set<String> NEVER_BEHIND_AN_ARTICLE =
            Set.of(
                    "or", "and", "to", "is", "are", "was", "does", "did", "in", "on", "from", "for",
                    "vs", "versus", "have", "has", "than", "with", "if", "when");

    /** In capitals they are stressed, not names. */
    private static final Set<String> STRESSED =
            Set.of("what", "which", "when", "where", "why", "how", "very", "so", "too", "really");

    private static final int ACRONYM_MAX = 5;

    private final Lexicon lexicon;
    private final Speech speech;
    private final List<Token> tokens;

    Letters(Lexicon lexicon, Speech speech, List<Token> tokens) {
        this.lexicon = lexicon;
        this.speech = speech;
        this.tokens = tokens;
    }

    /** Whether the word at a place is a letter that names something. */
    boolean isName(int at, boolean shouted) {
        Token token = tokens.get(at);
        String plain = token.plain();
        if (plain.length() != 1 || plain.charAt(0) < 'a' || plain.charAt(0) > 'z') {
            return false;
        }
        if (!speech.isSmall(plain)) {
            return true;
        }
        // What class I take: that is not class I.
        if (plain.equals("i")) {
            return false;
        }
        if (isOneOfSeveral(at)) {
            return true;
        }
        boolean capital = Character.isUpperCase(token.written().charAt(0));
        if (capital && !token.first() && !shouted) {
            return true;
        }
        return plain.equals("a") && speech.possible().contains(Language.ENGLISH) && standsAlone(at);
    }

    /** Behind a word such as vitamin, plan, grade. */
    private boolean isOneOfSeveral(int at) {
        return at > 0 && !tokens.get(at).first() && lexicon.isNumbered(tokens.get(at - 1).plain());
    }

    private boolean standsAlone(int at) {
        if (at + 1 == tokens.size()) {
            return true;
        }
        Token next = tokens.get(at + 1);
        return switch (next.kind()) {
            case STOP -> true;
            case SIGN -> lexicon.unit(next) == null;
            case WORD ->
                    NEVER_BEHIND_AN_ARTICLE.contains(next.plain()) || next.plain().length() == 1;
            case NUMBER, TIME, CODE -> false;
        };
    }

    /** Small words in capitals where the others are not: the IT of a firm, the US, an OR gate. */
    boolean isAcronym(int at, boolean shouted) {
        Token token = tokens.get(at);
        String written = token.written();
        return !shouted
                && token.is(Kind.WORD)
                && written.length() > 1
                && written.length() <= ACRONYM_MAX
                && written.length() == token.plain().length()
                && areCapitals(written)
                && speech.isSmall(token.plain())
                && !STRESSED.contains(token.plain());
    }

    private static boolean areCapitals(String written) {
        for (int i = 0; i < written.length(); i++) {
            if (written.charAt(i) < 'A' || written.charAt(i) > 'Z') {
                return false;
            }
        }
        return true;
    }

    /** The Way of Titles, OR OF THOSE WHO SHOUT: capitals there say nothing of names. */
    boolean areShouted() {
        int capital = 0;
        int small = 0;
        boolean lower = false;
        for (Token token : tokens) {
            if (!token.is(Kind.WORD) || token.plain().length() == 1) {
                continue;
            }
            boolean upper = Character.isUpperCase(token.written().codePointAt(0));
            lower |=
                    Character.isLowerCase(
                            token.written().codePointBefore(token.written().length()));
            if (!token.first() && speech.isSmall(token.plain())) {
                capital += upper ? 1 : 0;
                small += upper ? 0 : 1;
            }
        }
        return (capital >= 2 && capital > small) || !lower;
    }
}
