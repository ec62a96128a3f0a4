package dev.sluice.semantics.guards;

import dev.sluice.semantics.guards.Token.Kind;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Of whom a text speaks, by its pronouns in their order: he loves her, she loves him. */
final class Persons {

    private static final String I = "1";
    private static final String WE = "1s";
    private static final String YOU = "2";

    /** Give me, show us: whom else. */
    private static final Set<String> GIVING =
            Set.of("give", "tell", "show", "help", "let", "write", "teach", "explain", "to", "for");

    private static final Set<String> DOING =
            Set.of("i", "we", "you", "u", "ich", "wir", "du", "je", "tu");

    private Persons() {}

    /**
     * Each once, in the order in which they are first named. Empty where there are none, or where
     * it is one that may be anybody: how do I, how do you.
     */
    static List<String> of(
            List<Token> tokens, Lexicon lexicon, Language language, Set<Question> questions) {
        List<String> persons = new ArrayList<>();
        boolean doing = false;
        for (int at = 0; at < tokens.size(); at++) {
            String person = person(tokens, at, lexicon, language);
            if (!person.isEmpty() && !persons.contains(person)) {
                persons.add(person);
            }
            doing |= !person.isEmpty() && DOING.contains(tokens.get(at).plain());
        }
        boolean anybody =
                doing
                        && persons.size() == 1
                        && !questions.contains(Question.WHETHER)
                        && Set.of(I, WE, YOU).contains(persons.getFirst());
        return anybody ? List.of() : persons;
    }

    private static String person(List<Token> tokens, int at, Lexicon lexicon, Language language) {
        Token token = tokens.get(at);
        if (!token.is(Kind.WORD)) {
            return "";
        }
        String person = lexicon.person(token.plain(), language);
        if (person == null || isPoliteOrPlural(token, language)) {
            return "";
        }
        boolean given =
                (person.equals(I) || person.equals(WE))
                        && at > 0
                        && GIVING.contains(tokens.get(at - 1).plain())
                        && (token.plain().equals("me") || token.plain().equals("us"));
        return given ? "" : person;
    }

    /** The Sie of German letters, which is not sie. */
    private static boolean isPoliteOrPlural(Token token, Language language) {
        return language == Language.GERMAN
                && !token.first()
                && token.plain().length() > 2
                && Character.isUpperCase(token.written().charAt(0));
    }
}
