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
                    |(?<power>[⁰¹²³⁴-⁹]++)
                    |(?<sign>°\\s?[CcFfKk]\\b | [$€£¥₹₩₽₿¢%°] | !=++ | [+*/=<>^|&~\\\\]++
                      | [()\\[\\]×÷·√∛≤≥≠≈±∓∞∑∏∫∂∈∉∪∩⊂⊆∧∨¬−⁻]
                      | (?<=\\s)-(?=[\\s\\p{Nd}]) | (?<=\\p{Nd})[-–](?=\\p{Nd})
                      | (?<![\\p{L}\\p{Nd}-])-(?=\\p{Nd})
                      | (?<=\\p{Nd}\\p{L})-(?=[\\p{Nd}(])
                      | (?<=[)\\]])-(?=[\\p{Nd}(\\[])
                      | (?<=(?<!\\p{L})\\p{L}|[)\\]]|\\p{Nd})-(?=\\p{L}(?!\\p{L})|[(\\[]) )
                    |(?<stop>[.!?…。！？\\n]++)
                    """,
                    Pattern.COMMENTS);

    private final String text;
    private final int most;
    private final Signs signs;
    private final List<Token> tokens = new ArrayList<>();
    private boolean first = true;

    private Lexer(String text, int most) {
        this.text = text;
        this.most = most;
        this.signs = new Signs(text);
    }

    static List<Token> tokens(String text, int most) {
        return new Lexer(text, most).read();
    }

    private List<Token> read() {
        Matcher matcher = null;
        int at = 0;
        while (at < text.length() && tokens.size() < most) {
            int end = simple(at);
            if (end > at) {
                at = end;
                continue;
            }
            matcher = matcher == null ? TOKEN.matcher(text) : matcher;
            if (!matcher.find(at)) {
                break;
            }
            take(matcher);
            at = matcher.end();
        }
        return tokens;
    }

    /** What most of a text is, without the pattern: blanks, commas, words of a to z. */
    private int simple(int at) {
        char character = text.charAt(at);
        if (character == ' ' || character == ',' || character == ';') {
            return at + 1;
        }
        if (!isLetter(character)) {
            return at;
        }
        int end = at + 1;
        while (end < text.length() && isLetter(text.charAt(end))) {
            end++;
        }
        if (!endsWord(end)) {
            return at;
        }
        add(Kind.WORD, text.substring(at, end));
        return end;
    }

    private static boolean isLetter(char character) {
        return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
    }

    private boolean endsWord(int end) {
        if (end == text.length()) {
            return true;
        }
        return switch (text.charAt(end)) {
            case ' ', ',', ';', '?', '!', ')' -> true;
            case '.', ':' -> end + 1 == text.length() || text.charAt(end + 1) == ' ';
            default -> false;
        };
    }

    private void take(Matcher matcher) {
        String written = matcher.group();
        Kind kind = kind(matcher);
        if (matcher.group("power") != null) {
            add(Kind.SIGN, "^");
            add(Kind.NUMBER, Words.plain(written));
        } else if (kind == Kind.WORD && isWrittenWithoutSpaces(written.codePointAt(0))) {
            addLetters(written);
        } else if (kind == Kind.SIGN) {
            String sign = signs.meaning(written, matcher.start(), matcher.end());
            if (!sign.isEmpty()) {
                add(Kind.SIGN, sign);
            }
        } else if (kind == Kind.STOP && signs.isFactorial(written, matcher.start())) {
            add(Kind.SIGN, "!");
            if (signs.beginsSentence(matcher.end())) {
                add(Kind.STOP, written);
            }
        } else {
            add(kind, written);
        }
    }

    private void add(Kind kind, String written) {
        tokens.add(new Token(kind, written, Words.plain(written), first));
        first = kind == Kind.STOP;
    }

    /** Scripts that put no spaces between words: each letter counts as one. */
    private void addLetters(String written) {
        written.codePoints()
                .mapToObj(Character::toString)
                .map(letter -> new Token(Kind.WORD, letter, letter, false))
                .forEach(tokens::add);
        first = false;
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
