package dev.sluice.metering;

import dev.sluice.schemas.events.Usage;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Picodollars a token by class, and the one multiplication of the house. */
final class Rates {

    private static final int PICO = 12;

    private final List<Rate> rates;
    private final boolean whole;

    /** Picodollars a token; {@code whole} is the same where it has no fraction, else -1. */
    private record Rate(TokenClass tokenClass, BigDecimal exact, long whole) {}

    private Rates(Map<TokenClass, BigDecimal> usdPerToken) {
        rates =
                Arrays.stream(TokenClass.values())
                        .map(tokenClass -> rate(tokenClass, stated(usdPerToken, tokenClass)))
                        .toList();
        whole = rates.stream().allMatch(rate -> rate.whole >= 0);
    }

    private static Rate rate(TokenClass tokenClass, BigDecimal usdPerToken) {
        if (usdPerToken.signum() < 0) {
            throw new IllegalArgumentException(
                    "the price of " + tokenClass.fieldName() + " is negative");
        }
        BigDecimal exact = usdPerToken.movePointRight(PICO);
        return new Rate(tokenClass, exact, wholeNumber(exact));
    }

    private static long wholeNumber(BigDecimal exact) {
        try {
            return exact.longValueExact();
        } catch (ArithmeticException fractionOrTooLarge) {
            return -1;
        }
    }

    /**
     * Rates from dollars a token. A class without a price has that of its nearest relative: what is
     * not stated to be cheaper is billed in full.
     *
     * @throws IllegalArgumentException if input or output has no price, or a price is negative
     */
    static Rates ofUsdPerToken(Map<TokenClass, BigDecimal> usdPerToken) {
        return new Rates(usdPerToken);
    }

    private static BigDecimal stated(Map<TokenClass, BigDecimal> prices, TokenClass tokenClass) {
        for (TokenClass at = tokenClass; at != null; at = at.pricedAs()) {
            BigDecimal price = prices.get(at);
            if (price != null) {
                return price;
            }
        }
        throw new IllegalArgumentException(tokenClass.fieldName() + " has no price");
    }

    /** Picodollars a token of one class. */
    BigDecimal of(TokenClass tokenClass) {
        return rates.stream()
                .filter(rate -> rate.tokenClass == tokenClass)
                .findFirst()
                .orElseThrow()
                .exact;
    }

    /** Picodollars for a usage, rounded once, half to even. */
    long cost(Usage usage) {
        return whole ? wholeCost(usage) : exactCost(usage);
    }

    /**
     * The same with something on top, before the one rounding.
     *
     * @param more picodollars, which may be less than nothing
     */
    long cost(Usage usage, BigDecimal more) {
        return more.signum() == 0 ? cost(usage) : rounded(exactSum(usage).add(more));
    }

    private long wholeCost(Usage usage) {
        long sum = 0;
        for (Rate rate : rates) {
            long tokens = rate.tokenClass.tokens(usage);
            if (tokens != 0) {
                sum = Math.addExact(sum, Math.multiplyExact(rate.whole, tokens));
            }
        }
        return sum;
    }

    private long exactCost(Usage usage) {
        return rounded(exactSum(usage));
    }

    private BigDecimal exactSum(Usage usage) {
        BigDecimal sum = BigDecimal.ZERO;
        for (Rate rate : rates) {
            BigDecimal tokens = BigDecimal.valueOf(rate.tokenClass.tokens(usage));
            sum = sum.add(rate.exact.multiply(tokens));
        }
        return sum;
    }

    static long rounded(BigDecimal pico) {
        return pico.setScale(0, RoundingMode.HALF_EVEN).longValueExact();
    }
}
