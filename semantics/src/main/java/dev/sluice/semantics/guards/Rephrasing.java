package dev.sluice.semantics.guards;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes off what a question is wrapped in: greetings, thanks, please, could you tell me. */
final class Rephrasing {

    private static final int PASSES = 4;
    private static final int TAIL_MAX = 100;

    private final List<Pattern> heads = new ArrayList<>();
    private final List<Pattern> tails = new ArrayList<>();

    Rephrasing() throws IOException {
        for (String line : Lexicon.lines("rephrasing")) {
            Pattern pattern = Pattern.compile(line, Pattern.CASE_INSENSITIVE);
            (line.startsWith("^") ? heads : tails).add(pattern);
        }
    }

    /** The text without wrapping; the text itself if nothing else would be left. */
    String unwrapped(String text) {
        String plain = withSingleBlanks(text);
        StringBuilder kept = new StringBuilder(plain.length());
        int from = 0;
        for (int at = 1; at < plain.length(); at++) {
            if (plain.charAt(at) == ' ' && ".!?:".indexOf(plain.charAt(at - 1)) >= 0) {
                keep(plain.substring(from, at), kept);
                from = at + 1;
            }
        }
        keep(plain.substring(from), kept);
        String left = kept.toString().strip();
        return left.isEmpty() ? plain : left;
    }

    private void keep(String sentence, StringBuilder kept) {
        String rest = unwrappedSentence(sentence);
        if (rest.chars().anyMatch(Character::isLetterOrDigit)) {
            kept.append(rest).append(' ');
        }
    }

    private static String withSingleBlanks(String text) {
        StringBuilder plain = new StringBuilder(text.length());
        for (int at = 0; at < text.length(); at++) {
            char character = text.charAt(at);
            if (character == '’' || character == '‘') {
                plain.append('\'');
            } else if (!Character.isWhitespace(character) && !Character.isSpaceChar(character)) {
                plain.append(character);
            } else if (!plain.isEmpty() && plain.charAt(plain.length() - 1) != ' ') {
                plain.append(' ');
            }
        }
        return plain.toString().strip();
    }

    private String unwrappedSentence(String sentence) {
        String rest = sentence;
        for (int pass = 0; pass < PASSES; pass++) {
            String before = rest;
            for (Pattern wrapping : heads) {
                Matcher matcher = wrapping.matcher(rest);
                if (matcher.lookingAt()) {
                    rest = rest.substring(matcher.end()).strip();
                }
            }
            for (Pattern wrapping : tails) {
                Matcher matcher = wrapping.matcher(rest);
                // No tail is longer; the whole sentence need not be looked through for one.
                matcher.region(Math.max(0, rest.length() - TAIL_MAX), rest.length());
                if (matcher.find()) {
                    rest = rest.substring(0, matcher.start()).strip();
                }
            }
            if (rest.equals(before)) {
                return rest;
            }
        }
        return rest;
    }
}
