package dev.sluice.providers.openai;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.regex.Pattern;

/** Times as LiteLLM's callers write them: what Python reads as a floating point number. */
public final class Seconds {

    /** For messages: what {@link #parse} takes. */
    public static final String EXPECTED = "seconds, more than 0 and at most a day";

    private static final Pattern NUMBER =
            Pattern.compile(
                    "[+]?([0-9]{1,20}[.]?[0-9]{0,20}|[.][0-9]{1,20})([eE][+-]?[0-9]{1,2})?");
    private static final BigDecimal MOST = BigDecimal.valueOf(86_400);
    private static final BigDecimal NANO = new BigDecimal("1e-9");

    private Seconds() {}

    /** {@code 1}, {@code 1.0}, {@code .5} or {@code 1e-3}; null for any other text. */
    public static @Nullable Duration parse(String text) {
        String number = text.strip();
        return NUMBER.matcher(number).matches() ? of(new BigDecimal(number)) : null;
    }

    /** Null for what is no time that a call can be given. */
    static @Nullable Duration of(BigDecimal seconds) {
        // What is shorter than the clock's step is no time at all.
        return seconds.compareTo(NANO) < 0 || seconds.compareTo(MOST) > 0
                ? null
                : Duration.ofNanos(seconds.movePointRight(9).longValue());
    }
}
