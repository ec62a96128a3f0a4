package dev.sluice.semantics.guards;

import dev.sluice.semantics.guards.Token.Kind;

import java.lang.Character.UnicodeScript;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** In which language and script a text is written. */
final class Languages {

    private final Lexicon lexicon;

    Languages(Lexicon lexicon) {
        this.lexicon = lexicon;
    }

    /** In which language a text is, by the most of its small words. */
    Speech of(List<Token> tokens) {
        int[] counts = new int[Language.values().length];
        int most = 0;
        for (Token token : tokens) {
            if (token.is(Kind.WORD)) {
                for (Language language : lexicon.functionOf(token.plain())) {
                    most = Math.max(most, ++counts[language.number()]);
                }
            }
        }
        Set<Language> possible = EnumSet.noneOf(Language.class);
        for (Language language : Language.values()) {
            if (most > 0 && counts[language.number()] == most) {
                possible.add(language);
            }
        }
        return new Speech(lexicon, possible);
    }

    /** The script of most letters, as a number; 0 where there are no letters. */
    static byte script(String text) {
        Map<UnicodeScript, Integer> others = new EnumMap<>(UnicodeScript.class);
        int latin = 0;
        for (int at = 0; at < text.length(); ) {
            int point = text.codePointAt(at);
            at += Character.charCount(point);
            if ((point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z')) {
                latin++;
            } else if (point >= 128 && Character.isLetter(point)) {
                others.merge(UnicodeScript.of(point), 1, Integer::sum);
            }
        }
        if (latin > 0) {
            others.merge(UnicodeScript.LATIN, latin, Integer::sum);
        }
        return others.entrySet().stream()
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
