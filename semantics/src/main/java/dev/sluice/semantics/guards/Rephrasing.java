package dev.sluice.semantics.guards;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes off what a question is wrapped in: greetings, thanks, please, could you tell me. */
final class Rephrasing {

    private static final Pattern BLANKS = Pattern.compile("[\\s\\p{Z}]++");
    private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?:])\\s+(?=\\S)");
    private static final int PASSES = 4;

    private final List<Pattern> wrappings = new ArrayList<>();

    Rephrasing() throws IOException {
        for (String line : Lexicon.lines("rephrasing")) {
            wrappings.add(Pattern.compile(line, Pattern.CASE_INSENSITIVE));
        }
    }

    /** The text without wrapping; the text itself if nothing else would be left. */
    String unwrapped(String text) {
        String plain =
                BLANKS.matcher(text.replace('’', '\'').replace('‘', '\'')).replaceAll(" ").strip();
        StringBuilder kept = new StringBuilder();
        for (String sentence : SENTENCE_END.split(plain, -1)) {
            String rest = unwrappedSentence(sentence);
            if (rest.chars().anyMatch(Character::isLetterOrDigit)) {
                kept.append(rest).append(' ');
            }
        }
        String left = kept.toString().strip();
        return left.isEmpty() ? plain : left;
    }

    private String unwrappedSentence(String sentence) {
        String rest = sentence;
        for (int pass = 0; pass < PASSES; pass++) {
            String before = rest;
            for (Pattern wrapping : wrappings) {
                Matcher matcher = wrapping.matcher(rest);
                if (matcher.find()) {
                    rest = matcher.replaceFirst("").strip();
                }
            }
            if (rest.equals(before)) {
                return rest;
            }
        }
        return rest;
    }
}
