package dev.sluice.semantics.guards;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** The forms of one word, brought to one. */
final class Words {

    private static final Pattern MARKS = Pattern.compile("\\p{M}+");

    /** Other words on -ly: nouns, verbs, adjectives, given names. */
    private static final Set<String> NO_ADVERBS =
            Set.of(
                    """
                    ally anomaly apply assembly barely belly beverly billy bodily bully butterfly \
                    carly chilly comply costly curly daily deadly disassembly dolly dragonfly early \
                    elderly emily family firefly folly friendly hardly heavenly hilly holly hourly \
                    imply italy jelly jolly july kelly kimberly lately likely lily lively lonely \
                    lovely manly melancholy molly monopoly monthly multiply nearly nelly nightly \
                    oily oligopoly only orderly polly prickly quarterly rally rely reply sally \
                    scholarly shelly sicily silly smelly supply tally telly timely ugly unfriendly \
                    unlikely weekly willy woolly yearly\
                    """
                            .split(" ", -1));

    private Words() {}

    /** Lower case, without accents. */
    static String plain(String word) {
        String lower = word.toLowerCase(Locale.ROOT).replace("ß", "ss");
        for (int i = 0; i < lower.length(); i++) {
            if (lower.charAt(i) >= 128) {
                String apart = Normalizer.normalize(lower, Normalizer.Form.NFKD);
                return MARKS.matcher(apart).replaceAll("");
            }
        }
        return lower;
    }

    /**
     * The stem of a plain word: without the endings of plural and of verbs. Not a word of any
     * language; words that share it mostly share what they mean.
     */
    static String stem(String plain) {
        String word = plain;
        if (word.length() > 4 && word.endsWith("ies")) {
            word = cut(word, 3) + "y";
        } else if (word.length() > 3 && word.endsWith("s") && !endsInHiss(word)) {
            word = cut(word, 1);
        }
        if (word.length() > 5 && word.endsWith("ing")) {
            word = single(cut(word, 3));
        } else if (word.length() > 4 && word.endsWith("ed")) {
            word = single(cut(word, 2));
        } else if (word.length() > 5 && isAdverb(word)) {
            word = cut(word, 2);
        }
        if (word.length() > 3 && word.endsWith("e")) {
            word = cut(word, 1);
        }
        if (word.length() > 3 && word.endsWith("i")) {
            word = cut(word, 1) + "y";
        }
        return word;
    }

    /** Whether it says how something is done, by its ending. */
    static boolean isAdverb(String plain) {
        return plain.length() > 4 && plain.endsWith("ly") && !NO_ADVERBS.contains(plain);
    }

    private static boolean endsInHiss(String word) {
        return word.endsWith("ss") || word.endsWith("us") || word.endsWith("is");
    }

    /** Running, run: the consonant that was doubled before the ending. */
    private static String single(String word) {
        int last = word.length() - 1;
        boolean doubled =
                last > 2
                        && word.charAt(last) == word.charAt(last - 1)
                        && "bdgkmnprt".indexOf(word.charAt(last)) >= 0;
        return doubled ? cut(word, 1) : word;
    }

    private static String cut(String word, int letters) {
        return word.substring(0, word.length() - letters);
    }
}
