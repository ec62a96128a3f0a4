package dev.sluice.semantics.guards;

import dev.sluice.semantics.guards.Token.Kind;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Words written together, taken apart: don't is do and not, l'eau is eau. */
final class Contractions {

    private static final Map<String, String> UNWRITTEN =
            Map.ofEntries(
                    Map.entry("dont", "do"),
                    Map.entry("doesnt", "does"),
                    Map.entry("didnt", "did"),
                    Map.entry("cant", "can"),
                    Map.entry("couldnt", "could"),
                    Map.entry("wont", "will"),
                    Map.entry("wouldnt", "would"),
                    Map.entry("shouldnt", "should"),
                    Map.entry("isnt", "is"),
                    Map.entry("arent", "are"),
                    Map.entry("wasnt", "was"),
                    Map.entry("werent", "were"),
                    Map.entry("hasnt", "has"),
                    Map.entry("havent", "have"),
                    Map.entry("hadnt", "had"),
                    Map.entry("aint", "is"));
    private static final Map<String, String> IRREGULAR =
            Map.of("ca", "can", "wo", "will", "sha", "shall", "ai", "is");

    private static final Set<String> ENCLITICS = Set.of("s", "t", "d", "m", "re", "ve", "ll");

    private Contractions() {}

    static List<Token> resolved(List<Token> tokens) {
        List<Token> resolved = new ArrayList<>(tokens.size() + 8);
        for (Token token : tokens) {
            if (token.is(Kind.WORD)) {
                resolve(token, resolved);
            } else {
                resolved.add(token);
            }
        }
        return resolved;
    }

    private static void resolve(Token token, List<Token> into) {
        String plain = token.plain().replace('’', '\'');
        String verb = UNWRITTEN.get(plain);
        if (verb != null) {
            into.add(word(token, verb, token.first()));
            into.add(word(token, "not", false));
        } else if (plain.equals("cannot")) {
            into.add(word(token, "can", token.first()));
            into.add(word(token, "not", false));
        } else if (plain.endsWith("n't")) {
            String stem = plain.substring(0, plain.length() - 3);
            into.add(word(token, IRREGULAR.getOrDefault(stem, stem), token.first()));
            into.add(word(token, "not", false));
        } else if (plain.indexOf('\'') > 0) {
            parts(token, plain, into);
        } else {
            into.add(token);
        }
    }

    /**
     * Both what stands before the apostrophe and behind it; the capital is that of the longer. What
     * is short keeps the apostrophe, so that it is not taken for a letter: l'eau, what's.
     */
    private static void parts(Token token, String plain, List<Token> into) {
        boolean first = token.first();
        String[] parts = plain.split("'", -1);
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i];
            if (!part.isEmpty()) {
                boolean behind = i > 0 && ENCLITICS.contains(part);
                boolean before =
                        i + 1 < parts.length
                                && part.length() <= 2
                                && !ENCLITICS.contains(parts[i + 1]);
                String kept = behind ? "'" + part : before ? part + "'" : part;
                into.add(word(token, kept, first));
                first = false;
            }
        }
    }

    private static Token word(Token token, String plain, boolean first) {
        boolean own = plain.length() > 2 && token.plain().contains(plain);
        return new Token(Kind.WORD, own ? token.written() : plain, plain, first);
    }
}
