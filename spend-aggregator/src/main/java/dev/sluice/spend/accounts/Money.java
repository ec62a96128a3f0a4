package dev.sluice.spend.accounts;

import java.math.BigDecimal;
import java.util.OptionalLong;

/** Between US dollars as decimals and picodollars as a {@code long}; nothing is rounded. */
public final class Money {

    private static final int PICO_DIGITS = 12;
    private static final int LONG_DIGITS = 19;

    private Money() {}

    /**
     * Dollars in picodollars; empty if negative, finer than a picodollar or more than a long holds.
     */
    public static OptionalLong pico(BigDecimal dollars) {
        if (dollars.signum() == 0) {
            return OptionalLong.of(0);
        }
        // Before any arithmetic: 1e999999999 has one digit, but its long form would fill the
        // memory.
        long wholeDigits = (long) dollars.precision() - dollars.scale();
        if (dollars.signum() < 0 || wholeDigits > LONG_DIGITS - PICO_DIGITS) {
            return OptionalLong.empty();
        }
        if (dollars.scale() > PICO_DIGITS && dollars.stripTrailingZeros().scale() > PICO_DIGITS) {
            return OptionalLong.empty();
        }
        BigDecimal pico = dollars.movePointRight(PICO_DIGITS);
        return pico.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0
                ? OptionalLong.empty()
                : OptionalLong.of(pico.longValueExact());
    }

    /** Picodollars in dollars. */
    public static BigDecimal dollars(long pico) {
        return pico == 0
                ? BigDecimal.ZERO
                : BigDecimal.valueOf(pico, PICO_DIGITS).stripTrailingZeros();
    }
}
