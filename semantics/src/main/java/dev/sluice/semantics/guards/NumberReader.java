package dev.sluice.semantics.guards;

import dev.sluice.semantics.guards.Lexicon.NumberWord;
import dev.sluice.semantics.guards.Token.Kind;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Numbers, dates, times and units of a text, each in one way of writing. Reads at a place in the
 * tokens and says how many it took; what it is not sure of it leaves as it is written, so that two
 * ways of writing it differ.
 */
final class NumberReader {

    private static final Pattern NUMBER =
            Pattern.compile("(\\p{Nd}+(?:[.,'’\\u00A0\\u202F]\\p{Nd}+)*)(\\p{L}*)");
    private static final Pattern GROUPED =
            Pattern.compile("\\d{1,3}(?:[,'’\\u00A0\\u202F]\\d{3})+(\\.\\d+)?");
    private static final Pattern DECIMAL = Pattern.compile("\\d+(?:[.,]\\d+)?");
    private static final Pattern TIME =
            Pattern.compile("(\\d{1,2})(?:[:.](\\d{2}))?(?::(\\d{2}))?\\s?(?:([ap])\\.?m)?");
    private static final Map<String, String> FRACTIONS =
            Map.of("½", "0.5", "¼", "0.25", "¾", "0.75", "⅓", "1/3", "⅔", "2/3");
    private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);
    private static final BigDecimal MILLIARD = BigDecimal.valueOf(1_000_000_000);

    /** With a dollar at its end what holds behind a currency. */
    private static final Map<String, BigDecimal> FACTORS =
            Map.ofEntries(
                    Map.entry("k", BigDecimal.valueOf(1_000)),
                    Map.entry("mn", MILLION),
                    Map.entry("mio", MILLION),
                    Map.entry("Mio", MILLION),
                    Map.entry("bn", MILLIARD),
                    Map.entry("k$", BigDecimal.valueOf(1_000)),
                    Map.entry("m$", MILLION),
                    Map.entry("mn$", MILLION),
                    Map.entry("mio$", MILLION),
                    Map.entry("b$", MILLIARD),
                    Map.entry("bn$", MILLIARD));

    private static final Set<String> ORDINAL_ENDINGS = Set.of("st", "nd", "rd", "th");

    /** What stands between or behind numbers. */
    private static final Set<String> ARITHMETIC =
            Set.of(
                    "plus",
                    "minus",
                    "times",
                    "divided",
                    "multiplied",
                    "over",
                    "squared",
                    "cubed",
                    "percent",
                    "hundredth");

    private static final Set<String> BETWEEN_NUMBERS =
            Set.of(
                    "to", "and", "or", "in", "by", "from", "than", "of", "out", "through", "versus",
                    "vs");

    /** Months that are common words, too: only beside a number. */
    private static final List<String> DOUBTFUL_DATES =
            List.of("may", "march", "mar", "mars", "mai", "marzo", "mayo", "second");

    private static final int DIGITS_MAX = 40;

    private final Lexicon lexicon;
    private final Language language;
    private final List<Token> tokens;
    private final Findings findings;

    NumberReader(Lexicon lexicon, Language language, List<Token> tokens, Findings findings) {
        this.lexicon = lexicon;
        this.language = language;
        this.tokens = tokens;
        this.findings = findings;
    }

    /** How many tokens at this place were numbers, dates or units; 0 if it is something else. */
    int take(int at) {
        Token token = tokens.get(at);
        return switch (token.kind()) {
            case TIME -> time(token);
            case NUMBER -> digits(at);
            case SIGN -> currencyBefore(at);
            case WORD -> word(at);
            case CODE, STOP -> 0;
        };
    }

    private int time(Token token) {
        Matcher matcher = TIME.matcher(westernDigits(token.plain()).toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            findings.date("t" + token.plain());
            return 1;
        }
        int hour = Integer.parseInt(matcher.group(1));
        String half = matcher.group(4);
        if (half != null) {
            hour = hour % 12 + (half.equals("p") ? 12 : 0);
        }
        String minutes = matcher.group(2) == null ? "00" : matcher.group(2);
        findings.date(
                "t" + hour + ":" + minutes + (matcher.group(3) == null ? "" : matcher.group(3)));
        return 1;
    }

    private int digits(int at) {
        String written = westernDigits(tokens.get(at).plain());
        String fraction = FRACTIONS.get(tokens.get(at).written());
        if (fraction != null) {
            findings.number(fraction);
            return 1 + unitBehind(at + 1);
        }
        Matcher matcher = NUMBER.matcher(written);
        if (!matcher.matches()) {
            findings.number(written);
            return 1 + unitBehind(at + 1);
        }
        // As it is written: 5 m are meters, 5M are not.
        String suffix = suffix(tokens.get(at).written());
        BigDecimal value = value(matcher.group(1));
        if (value == null) {
            findings.number(written);
            return 1 + unitBehind(at + 1);
        }
        if (suffix.isEmpty()) {
            return 1 + factors(at + 1, value);
        }
        if (ORDINAL_ENDINGS.contains(suffix.toLowerCase(Locale.ROOT))) {
            ordinal(at, value);
            return 1;
        }
        BigDecimal factor = factor(at, suffix);
        String unit = lexicon.unitBehindNumber(suffix);
        if (factor != null) {
            findings.number(text(value.multiply(factor)));
            return 1 + unitBehind(at + 1);
        }
        // 5M and 5m may be other things; 5GB and 5gb are not.
        findings.number(unit == null ? digitsOf(written) + suffix : text(value));
        if (unit != null) {
            findings.unit(unit);
        }
        return 1;
    }

    /** Thousand is k, and K or m or M only behind a currency: 300K are kelvins, too. */
    private @Nullable BigDecimal factor(int at, String suffix) {
        boolean money = at > 0 && tokens.get(at - 1).is(Kind.SIGN);
        return FACTORS.get(money ? suffix.toLowerCase(Locale.ROOT) + "$" : suffix);
    }

    private static String suffix(String written) {
        int start = written.length();
        while (start > 0 && Character.isLetter(written.charAt(start - 1))) {
            start--;
        }
        return written.substring(start);
    }

    private static String digitsOf(String written) {
        return written.substring(0, written.length() - suffix(written).length());
    }

    /** Beside a month the third and 3 are the same day. */
    private void ordinal(int at, BigDecimal value) {
        boolean day = isMonth(at - 1) || isMonth(at + 1) || (is(at + 1, "of") && isMonth(at + 2));
        findings.number((day ? "" : "o") + text(value));
    }

    private boolean isMonth(int at) {
        if (at < 0 || at >= tokens.size()) {
            return false;
        }
        String date = lexicon.date(tokens.get(at).plain());
        return date != null && date.startsWith("m") && date.length() <= 3;
    }

    private boolean is(int at, String plain) {
        return at < tokens.size() && tokens.get(at).plain().equals(plain);
    }

    /** 2.5 million, 3 dozen: words behind digits; then the unit. */
    private int factors(int at, BigDecimal digits) {
        int taken = 0;
        BigDecimal value = digits;
        for (NumberWord word = numberWord(at); word != null && word.multiplies(); ) {
            value = value.multiply(new BigDecimal(word.value()));
            taken++;
            word = numberWord(at + taken);
        }
        findings.number(text(value));
        return taken + unitBehind(at + taken);
    }

    private @Nullable NumberWord numberWord(int at) {
        return at < tokens.size() && tokens.get(at).is(Kind.WORD)
                ? lexicon.number(tokens.get(at).plain(), language)
                : null;
    }

    /** A unit right here, which is then read. */
    private int unitBehind(int at) {
        if (at >= tokens.size() || tokens.get(at).first()) {
            return 0;
        }
        String unit = lexicon.unitBehindNumber(tokens.get(at).written());
        if (unit == null) {
            return 0;
        }
        findings.unit(unit);
        return 1;
    }

    private int currencyBefore(int at) {
        String unit = lexicon.unit(tokens.get(at));
        if (unit == null) {
            return 0;
        }
        findings.unit(unit);
        return 1;
    }

    private int word(int at) {
        Token token = tokens.get(at);
        String date = lexicon.date(token.plain());
        if (date != null && (!DOUBTFUL_DATES.contains(token.plain()) || isBesideNumber(at))) {
            findings.date(date);
            return 1;
        }
        NumberWord number = lexicon.number(token.plain(), language);
        if (token.plain().equals("once") && isRepeated(at + 1)) {
            ordinal(at, BigDecimal.ONE);
            return 1;
        }
        if (number == null && !isOne(at)) {
            return 0;
        }
        if (number != null && number.ordinal()) {
            ordinal(at, new BigDecimal(number.value()));
            return 1;
        }
        return words(at);
    }

    private boolean isBesideNumber(int at) {
        return (at > 0 && isNumeric(at - 1))
                || (at + 1 < tokens.size() && isNumeric(at + 1))
                || (at > 1 && is(at - 1, "of") && isNumeric(at - 2));
    }

    private boolean isNumeric(int at) {
        return tokens.get(at).is(Kind.NUMBER);
    }

    /** One as a number, not as "which one": beside numbers, units and arithmetic, and part one. */
    private boolean isOne(int at) {
        if (!is(at, "one") || numberWord(at) != null) {
            return false;
        }
        if (isArithmetic(at + 1) || isValue(at + 1) || isUnit(at + 1)) {
            return true;
        }
        if (at + 2 < tokens.size() && isBetween(at + 1) && isValue(at + 2)) {
            return true;
        }
        if (at == 0 || tokens.get(at).first()) {
            return false;
        }
        return isArithmetic(at - 1)
                || lexicon.isNumbered(tokens.get(at - 1).plain())
                || is(at - 1, "number")
                || (at > 1 && isBetween(at - 1) && (isValue(at - 2) || isArithmetic(at - 2)));
    }

    private boolean isBetween(int at) {
        return BETWEEN_NUMBERS.contains(tokens.get(at).plain());
    }

    private boolean isArithmetic(int at) {
        if (at >= tokens.size()) {
            return false;
        }
        Token token = tokens.get(at);
        return token.is(Kind.WORD) ? ARITHMETIC.contains(token.plain()) : token.is(Kind.SIGN);
    }

    private boolean isValue(int at) {
        return at < tokens.size() && (isNumeric(at) || numberWord(at) != null);
    }

    private boolean isUnit(int at) {
        return at < tokens.size()
                && tokens.get(at).is(Kind.WORD)
                && !tokens.get(at).first()
                && lexicon.unitBehindNumber(tokens.get(at).written()) != null;
    }

    /** Once a week, but not once I am there. */
    private boolean isRepeated(int at) {
        return is(at, "a") || is(at, "an") || is(at, "per") || is(at, "every") || is(at, "each");
    }

    /** Two hundred and fifty: what stands together is one number. */
    private int words(int start) {
        BigDecimal total = BigDecimal.ZERO;
        BigDecimal group = BigDecimal.ZERO;
        BigDecimal last = null;
        int at = start;
        while (at < tokens.size()) {
            NumberWord word = numberWord(at);
            if (word == null) {
                boolean joined =
                        at > start && is(at, "and") && numberWord(at + 1) != null && last == null;
                if (at == start && is(at, "one")) {
                    group = BigDecimal.ONE;
                    last = BigDecimal.ONE;
                    at++;
                    continue;
                }
                if (!joined) {
                    break;
                }
                at++;
                continue;
            }
            BigDecimal value = new BigDecimal(word.value());
            if (word.ordinal()) {
                break;
            }
            if (word.multiplies()) {
                group = (group.signum() == 0 ? BigDecimal.ONE : group).multiply(value);
                if (value.compareTo(BigDecimal.valueOf(1_000)) >= 0) {
                    total = total.add(group);
                    group = BigDecimal.ZERO;
                }
                last = null;
            } else if (last == null || continues(last, value)) {
                group = group.add(value);
                last = value;
            } else {
                break;
            }
            at++;
        }
        findings.number(text(total.add(group)));
        return at - start + unitBehind(at);
    }

    /** Twenty, then five. */
    private static boolean continues(BigDecimal last, BigDecimal value) {
        return last.compareTo(BigDecimal.valueOf(20)) >= 0
                && value.signum() > 0
                && value.compareTo(BigDecimal.TEN) < 0;
    }

    /** The value of digits; null where the signs in them may mean one thing or another. */
    private @Nullable BigDecimal value(String digits) {
        if (digits.length() > DIGITS_MAX) {
            return null;
        }
        if (GROUPED.matcher(digits).matches()) {
            return new BigDecimal(digits.replaceAll("[,'’\\u00A0\\u202F]", ""));
        }
        boolean pair = language == Language.ENGLISH && digits.indexOf(',') >= 0;
        if (!pair && DECIMAL.matcher(digits).matches()) {
            return new BigDecimal(digits.replace(',', '.'));
        }
        return null;
    }

    private static String text(BigDecimal value) {
        return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    }

    /** Digits of all scripts as 0 to 9. */
    private static String westernDigits(String text) {
        var western = new StringBuilder(text.length());
        text.codePoints()
                .forEach(point -> {
                    int digit = Character.isDigit(point) ? Character.digit(point, 10) : -1;
                    if (digit >= 0) {
                        western.append(digit);
                    } else {
                        western.appendCodePoint(point);
                    }
                });
        return western.toString();
    }
}
