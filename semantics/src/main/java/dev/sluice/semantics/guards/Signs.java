package dev.sluice.semantics.guards;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What signs mean where they stand: the same sign is arithmetic in one place, and in another a mark
 * of layout that means nothing. Reads a text from its beginning to its end.
 */
final class Signs {

    /** How far behind an opening bracket the closing one is looked for. */
    private static final int BRACKET_MAX = 100;

    private final String text;

    /** Of each bracket that is open, whether it counts. */
    private final Deque<Boolean> open = new ArrayDeque<>();

    /** Where the bracket was that counted and was closed last. */
    private int closed = -1;

    Signs(String text) {
        this.text = text;
    }

    /** One way of writing for what means the same; empty for what means nothing. */
    String meaning(String sign, int start, int end) {
        return switch (sign) {
            case "(", "[" -> open(sign, start);
            case ")", "]" -> close(sign, start);
            case "/", "&", "÷", "·" -> isBesideOperand(start, end) ? plain(sign) : "";
            case "**" -> isPower(start, end) ? "^" : "";
            case "|" -> isBesideValue(start, end) ? "∣" : "";
            default ->
                    sign.contains("**")
                                    || sign.contains("|")
                                    || sign.startsWith("~")
                                    || sign.equals("\\")
                            ? ""
                            : plain(sign);
        };
    }

    private static String plain(String sign) {
        return switch (sign) {
            case "×", "·" -> "*";
            case "÷" -> "/";
            case "≤" -> "<=";
            case "≥" -> ">=";
            case "≠" -> "!=";
            case "−", "–", "⁻" -> "-";
            default -> sign.startsWith("°") && sign.length() > 1 ? "°" + last(sign) : sign;
        };
    }

    private static String last(String sign) {
        return sign.substring(sign.length() - 1);
    }

    private String open(String sign, int start) {
        boolean counts = isArithmetic(start);
        open.push(counts);
        return counts ? sign : "";
    }

    private String close(String sign, int start) {
        if (open.isEmpty() || !open.pop()) {
            return "";
        }
        closed = start;
        return sign;
    }

    /** 2(3), f(x), (2 + 3), (a, b) * 4; but neither "(the first)" nor "(2014)", nor "person(s)". */
    private boolean isArithmetic(int start) {
        int close = start + 1;
        int depth = 1;
        boolean operator = false;
        boolean value = false;
        int longest = 0;
        int run = 0;
        for (; close < Math.min(text.length(), start + BRACKET_MAX); close++) {
            char character = text.charAt(close);
            depth += isOpening(character) ? 1 : isClosing(character) ? -1 : 0;
            if (depth == 0) {
                break;
            }
            run = Character.isLetter(character) ? run + 1 : 0;
            longest = Math.max(longest, run);
            value |= Character.isDigit(character);
            operator |= "+-*/^=<>×÷−√!".indexOf(character) >= 0;
        }
        boolean single = longest == 1;
        boolean several = depth == 0 && isListOfNumbers(start + 1, close);
        boolean touches = start > 0 && isOperandEnd(start - 1);
        boolean called = start > 0 && Character.isLetter(text.charAt(start - 1));
        boolean around = isOperator(before(start)) || (depth == 0 && isOperator(behind(close + 1)));
        return several
                || touches
                || around
                || (called && (value || (single && !isPlural(start, close))))
                || (operator && longest <= 1 && (value || single));
    }

    /** (0, 1), which is not [0, 1]. */
    private boolean isListOfNumbers(int start, int end) {
        boolean comma = false;
        for (int at = start; at < end; at++) {
            char character = text.charAt(at);
            comma |= character == ',';
            if (!Character.isDigit(character) && ", .-−∞".indexOf(character) < 0) {
                return false;
            }
        }
        return comma;
    }

    private boolean isPlural(int start, int close) {
        return close == start + 2 && text.charAt(start + 1) == 's' && !isOperandEnd(start - 1);
    }

    private static boolean isOpening(char character) {
        return character == '(' || character == '[';
    }

    private static boolean isClosing(char character) {
        return character == ')' || character == ']';
    }

    private static boolean isOperator(char character) {
        return "+*/^=<>×÷−√²³".indexOf(character) >= 0;
    }

    /** A digit, a closing bracket, or a letter that stands alone. */
    private boolean isOperandEnd(int at) {
        char character = text.charAt(at);
        boolean alone =
                Character.isLetter(character)
                        && (at == 0 || !Character.isLetter(text.charAt(at - 1)));
        return Character.isDigit(character) || isClosing(character) || alone;
    }

    private boolean isOperandStart(int at) {
        char character = text.charAt(at);
        boolean alone =
                Character.isLetter(character)
                        && (at + 1 == text.length() || !Character.isLetter(text.charAt(at + 1)));
        return Character.isDigit(character) || isOpening(character) || alone;
    }

    private boolean isBesideOperand(int start, int end) {
        int left = start;
        while (left > 0 && text.charAt(left - 1) == ' ') {
            left--;
        }
        int right = end;
        while (right < text.length() && text.charAt(right) == ' ') {
            right++;
        }
        return (left > 0 && isOperandEnd(left - 1))
                && (right < text.length() && isOperandStart(right));
    }

    /** 2**3 and x ** 2, but not **bold**. */
    private boolean isPower(int start, int end) {
        return isBesideOperand(start, end)
                && (Character.isDigit(behind(end)) || Character.isDigit(before(start)));
    }

    /** |-5|, |x|; but not a table. */
    private boolean isBesideValue(int start, int end) {
        boolean opens = end < text.length() && (text.charAt(end) == '-' || isOperandStart(end));
        return opens || (start > 0 && isOperandEnd(start - 1));
    }

    /** 5! and n!; where it may as well be an exclamation it counts. */
    boolean isFactorial(String written, int start) {
        boolean single = written.charAt(0) == '!' && written.lastIndexOf('!') == 0;
        return single
                && start > 0
                && isOperandEnd(start - 1)
                && (!isClosing(text.charAt(start - 1)) || closed == start - 1)
                && !Character.isUpperCase(text.charAt(start - 1));
    }

    /** Whether what stands from here on is a new sentence, or nothing. */
    boolean beginsSentence(int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
        return at == text.length() || (at > from && Character.isUpperCase(text.charAt(at)));
    }

    private char before(int start) {
        int at = start - 1;
        while (at >= 0 && text.charAt(at) == ' ') {
            at--;
        }
        return at < 0 ? ' ' : text.charAt(at);
    }

    private char behind(int end) {
        int at = end;
        while (at < text.length() && text.charAt(at) == ' ') {
            at++;
        }
        return at >= text.length() ? ' ' : text.charAt(at);
    }
}
