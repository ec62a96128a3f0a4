package dev.sluice.semantics.guards;

import dev.sluice.semantics.guards.Token.Kind;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A text in tokens. */
final class Lexer {

    /** One alternative a kind, the greedier first; none can take more than linear time. */
    private static final Pattern TOKEN =
            Pattern.compile(
                    """
                    (?<code>`[^`]++`
                      | (?:https?://|www\\.)[^\\s<>"]++
                      | [A-Za-z0-9_+-]++(?:\\.[A-Za-z0-9_+-]++)*+@[A-Za-z0-9-]++(?:\\.[A-Za-z0-9-]++)++
                      | \\b[A-Za-z_][A-Za-z0-9]*+_[A-Za-z0-9_]*+
                      | \\b[A-Za-z][A-Za-z0-9]*+(?:(?:\\.|::|->)[A-Za-z][A-Za-z0-9]*+)*+\\(\\)
                      | \\b[a-z][a-z0-9]++\\.[a-z][a-z0-9]++(?:\\.[a-z0-9]++)*+
                      | \\b[CcFf](?:\\+\\+|\\#)
                      | --[a-z][a-z-]++ )
                    |(?<time>\\b\\p{Nd}{1,2}(?:[:.]\\p{Nd}{2})?\\s?[AaPp]\\.?[Mm]\\b | \\b\\p{Nd}{1,2}:\\p{Nd}{2}(?::\\p{Nd}{2})?\\b )
                    |(?<number>\\p{Nd}++(?:[.,'’\\u00A0\\u202F/]\\p{Nd}++)*+\\p{L}*+\\p{Nd}*+ | [½¼¾⅓⅔])
                    |(?<word>[\\p{L}\\p{M}][\\p{L}\\p{M}\\p{Nd}]*+(?:['’][\\p{L}]++)*+)
                    |(?<stop>[.!?…。！？\\n]++)
                    |(?<sign>[$€£¥₹₩₽₿¢%°]|[+*/=<>^|&~\\\\]++|(?<=\\s)[-−](?=[\\s\\p{Nd}])|(?<=\\p{Nd})[-–](?=\\p{Nd}))
                    """,
                    Pattern.COMMENTS);

    private static final Pattern BETWEEN_LETTERS = Pattern.compile("[/&]");

    private Lexer() {}

    static List<Token> tokens(String text, int most) {
        List<Token> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(text);
        boolean first = true;
        while (tokens.size() < most && matcher.find()) {
            Kind kind = kind(matcher);
            String written = matcher.group();
            if (kind == Kind.WORD && isWrittenWithoutSpaces(written.codePointAt(0))) {
                addLetters(written, tokens);
                first = false;
                continue;
            }
            if (kind == Kind.SIGN && BETWEEN_LETTERS.matcher(written).matches()) {
                continue;
            }
            tokens.add(new Token(kind, written, Words.plain(written), first));
            first = kind == Kind.STOP;
        }
        return tokens;
    }

    /** Scripts that put no spaces between words: each letter counts as one. */
    private static void addLetters(String written, List<Token> tokens) {
        written.codePoints()
                .mapToObj(Character::toString)
                .map(letter -> new Token(Kind.WORD, letter, letter, false))
                .forEach(tokens::add);
    }

    private static boolean isWrittenWithoutSpaces(int point) {
        return switch (Character.UnicodeScript.of(point)) {
            case HAN, HIRAGANA, KATAKANA, THAI, LAO, KHMER, MYANMAR -> true;
            default -> false;
        };
    }

    private static Kind kind(Matcher matcher) {
        if (matcher.group("code") != null) {
            return Kind.CODE;
        }
        if (matcher.group("time") != null) {
            return Kind.TIME;
        }
        if (matcher.group("number") != null) {
            return Kind.NUMBER;
        }
        if (matcher.group("word") != null) {
            return Kind.WORD;
        }
        return matcher.group("stop") != null ? Kind.STOP : Kind.SIGN;
    }
}
