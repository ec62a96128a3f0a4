package dev.sluice.semantics.guards;

import dev.sluice.semantics.guards.Token.Kind;

import java.lang.Character.UnicodeScript;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** In which language and script a text is written. */
final class Languages {

    private final Lexicon lexicon;

    Languages(Lexicon lexicon) {
        this.lexicon = lexicon;
    }

    /** The language with the most of its own small words; unknown where two have as many. */
    Language of(List<Token> tokens) {
        Map<Language, Integer> counts = new EnumMap<>(Language.class);
        for (Token token : tokens) {
            if (token.is(Kind.WORD)) {
                for (Language language : lexicon.functionOf(token.plain())) {
                    counts.merge(language, 1, Integer::sum);
                }
            }
        }
        Language best = Language.UNKNOWN;
        int most = 0;
        boolean tied = false;
        for (var count : counts.entrySet()) {
            if (count.getValue() > most) {
                best = count.getKey();
                most = count.getValue();
                tied = false;
            } else if (count.getValue() == most) {
                tied = true;
            }
        }
        return tied ? Language.UNKNOWN : best;
    }

    /** The script of most letters, as a number; 0 where there are no letters. */
    static byte script(String text) {
        Map<UnicodeScript, Integer> counts = new EnumMap<>(UnicodeScript.class);
        text.codePoints()
                .filter(Character::isLetter)
                .forEach(point -> counts.merge(UnicodeScript.of(point), 1, Integer::sum));
        return counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(most -> (byte) (1 + number(most.getKey())))
                .orElse((byte) 0);
    }

    /** Kept in Redis, so by name and not by the place in the JDK's list. */
    private static int number(UnicodeScript script) {
        return switch (script) {
            case LATIN -> 0;
            case CYRILLIC -> 1;
            case GREEK -> 2;
            case ARABIC -> 3;
            case HEBREW -> 4;
            case DEVANAGARI -> 5;
            case HAN -> 6;
            case HIRAGANA, KATAKANA -> 7;
            case HANGUL -> 8;
            case THAI -> 9;
            default -> 16 + Math.floorMod(script.name().hashCode(), 64);
        };
    }
}
