package dev.sluice.metering;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * The prices of one model as they are stated, in dollars a token: by service tier and by length of
 * the prompt. What is not stated is filled in by {@link #rates}.
 */
final class PriceSheet {

    private final Map<Cell, Map<TokenClass, BigDecimal>> stated = new HashMap<>();
    private final NavigableSet<Long> steps = new TreeSet<>();

    /** Prompts with more than so many tokens, in one service tier; 0 for prompts of any length. */
    private record Cell(ServiceTier tier, long abovePromptTokens) {}

    PriceSheet() {
        steps.add(0L);
    }

    /** A copy that can be written on. */
    PriceSheet copy() {
        var copy = new PriceSheet();
        stated.forEach((cell, prices) -> copy.stated.put(cell, new EnumMap<>(prices)));
        copy.steps.addAll(steps);
        return copy;
    }

    void put(ServiceTier tier, long abovePromptTokens, TokenClass tokenClass, BigDecimal perToken) {
        steps.add(abovePromptTokens);
        stated.computeIfAbsent(
                        new Cell(tier, abovePromptTokens), _ -> new EnumMap<>(TokenClass.class))
                .put(tokenClass, perToken);
    }

    /** Whether a price is stated for prompts of any length in the standard tier. */
    boolean states(TokenClass tokenClass) {
        return prices(ServiceTier.STANDARD, 0).containsKey(tokenClass);
    }

    /** Puts one price in the place of all that are stated for a class, in every tier. */
    void replace(TokenClass tokenClass, BigDecimal perToken) {
        forget(tokenClass);
        put(ServiceTier.STANDARD, 0, tokenClass, perToken);
    }

    /** Takes back everything that is stated for a class. */
    void forget(TokenClass tokenClass) {
        stated.values().forEach(prices -> prices.remove(tokenClass));
    }

    boolean isEmpty() {
        return stated.values().stream().allMatch(Map::isEmpty);
    }

    /** Whether a service tier has a price of its own. */
    boolean has(ServiceTier tier) {
        return stated.entrySet().stream()
                .anyMatch(entry -> entry.getKey().tier == tier && !entry.getValue().isEmpty());
    }

    /** The lengths at which a price changes, 0 among them. */
    NavigableSet<Long> steps() {
        return Collections.unmodifiableNavigableSet(steps);
    }

    /**
     * The prices of all classes in one tier. A class that the tier states no price for has the
     * standard one for prompts of this length, then the one for shorter prompts; a class that is
     * stated nowhere has that of its nearest relative. So what is not stated to be cheaper is
     * billed in full.
     *
     * @throws IllegalArgumentException if input or output has no price, or a price is negative
     */
    Rates rates(ServiceTier tier, long abovePromptTokens) {
        Map<TokenClass, BigDecimal> filled = new EnumMap<>(TokenClass.class);
        for (long step : steps.headSet(abovePromptTokens, true).descendingSet()) {
            prices(tier, step).forEach(filled::putIfAbsent);
            prices(ServiceTier.STANDARD, step).forEach(filled::putIfAbsent);
        }
        return Rates.ofUsdPerToken(filled);
    }

    private Map<TokenClass, BigDecimal> prices(ServiceTier tier, long above) {
        return stated.getOrDefault(new Cell(tier, above), Map.of());
    }
}
