package dev.sluice.metering;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a model's tokens cost. Money is picodollars (1e-12 USD); see {@link PriceBook} for where
 * prices come from.
 */
public final class Price {

    private final String version;
    private final Rates rates;
    private final List<LengthTier> tiers;

    /** Rates for whole calls whose prompt has more than so many tokens. */
    private record LengthTier(long abovePromptTokens, Rates rates) {}

    Price(String version, Rates rates, NavigableMap<Long, Rates> ratesAbovePromptTokens) {
        this.version = requireNonNull(version, "version is null");
        this.rates = requireNonNull(rates, "rates is null");
        this.tiers =
                ratesAbovePromptTokens.descendingMap().entrySet().stream()
                        .map(tier -> new LengthTier(tier.getKey(), tier.getValue()))
                        .toList();
    }

    /**
     * A price of the operator's own, in dollars a token as the config file states it.
     *
     * @param cachedReadUsdPerToken null where cached tokens cost what others cost
     * @throws IllegalArgumentException if a price is negative
     */
    public static Price custom(
            BigDecimal inputUsdPerToken,
            BigDecimal outputUsdPerToken,
            @Nullable BigDecimal cachedReadUsdPerToken) {
        Map<TokenClass, BigDecimal> usdPerToken = new EnumMap<>(TokenClass.class);
        usdPerToken.put(TokenClass.INPUT, inputUsdPerToken);
        usdPerToken.put(TokenClass.OUTPUT, outputUsdPerToken);
        if (cachedReadUsdPerToken != null) {
            usdPerToken.put(TokenClass.CACHED_READ, cachedReadUsdPerToken);
        }
        String version =
                "custom/%s/%s/%s"
                        .formatted(
                                plain(inputUsdPerToken),
                                plain(outputUsdPerToken),
                                cachedReadUsdPerToken == null ? "-" : plain(cachedReadUsdPerToken));
        return new Price(version, Rates.ofUsdPerToken(usdPerToken), new TreeMap<>());
    }

    private static String plain(BigDecimal usd) {
        return usd.stripTrailingZeros().toPlainString();
    }

    /** Which price this is: the book and its date, or the operator's own figures. */
    public String version() {
        return version;
    }

    /**
     * Picodollars for the tokens of one attempt: exact, rounded once, half to even.
     *
     * @throws ArithmeticException above {@link Long#MAX_VALUE}, nine million dollars: a usage that
     *     no provider means
     */
    public long cost(Usage usage) {
        return ratesFor(usage).cost(usage);
    }

    private Rates ratesFor(Usage usage) {
        if (!tiers.isEmpty()) {
            long prompt = usage.promptTokens();
            for (LengthTier tier : tiers) {
                if (prompt > tier.abovePromptTokens) {
                    return tier.rates;
                }
            }
        }
        return rates;
    }

    /** Picodollars a token of plain input, for what compares prices. */
    public BigDecimal inputPicoPerToken() {
        return rates.of(TokenClass.INPUT);
    }

    /** Picodollars a token of plain output, for what compares prices. */
    public BigDecimal outputPicoPerToken() {
        return rates.of(TokenClass.OUTPUT);
    }

    @Override
    public String toString() {
        return "Price[" + version + "]";
    }
}
