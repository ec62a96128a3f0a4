package dev.sluice.metering;

import dev.sluice.schemas.config.ModelPrices;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The prices that a deployment states for itself, laid over the book's.
 *
 * <p>A price holds for its class in every length and service tier. A price for input also takes the
 * place of what the book has for everything that is priced as input where nothing else is said
 * (cached tokens, audio heard, pictures), and one for output of reasoning and audio spoken: the
 * book's discounts are no discounts on another price.
 */
public final class PriceOverride {

    private final Map<TokenClass, BigDecimal> stated;
    private final Map<PriceUnit, BigDecimal> units;

    private PriceOverride(Map<TokenClass, BigDecimal> stated, Map<PriceUnit, BigDecimal> units) {
        this.stated = new EnumMap<>(TokenClass.class);
        this.stated.putAll(stated);
        this.units = new EnumMap<>(PriceUnit.class);
        this.units.putAll(units);
    }

    static PriceOverride of(Map<TokenClass, BigDecimal> usdPerToken) {
        return new PriceOverride(usdPerToken, Map.of());
    }

    /** What a deployment states: in its {@code litellm_params}, else in its {@code model_info}. */
    public static PriceOverride of(ModelPrices params, ModelPrices info) {
        Map<TokenClass, BigDecimal> stated = new EnumMap<>(TokenClass.class);
        for (TokenClass tokenClass : TokenClass.values()) {
            BigDecimal own = price(params, tokenClass);
            BigDecimal price = own != null ? own : price(info, tokenClass);
            if (price != null) {
                stated.put(tokenClass, price);
            }
        }
        Map<PriceUnit, BigDecimal> units = new EnumMap<>(PriceUnit.class);
        for (PriceUnit unit : PriceUnit.values()) {
            BigDecimal own = price(params, unit);
            BigDecimal price = own != null ? own : price(info, unit);
            if (price != null) {
                units.put(unit, price);
            }
        }
        return new PriceOverride(stated, units);
    }

    private static @Nullable BigDecimal price(ModelPrices prices, PriceUnit unit) {
        return switch (unit) {
            case INPUT_SECOND -> prices.inputCostPerSecond();
            case OUTPUT_SECOND -> prices.outputCostPerSecond();
            case INPUT_IMAGE -> prices.inputCostPerImage();
            case OUTPUT_IMAGE -> prices.outputCostPerImage();
            case INPUT_CHARACTER -> prices.inputCostPerCharacter();
            case OUTPUT_CHARACTER -> prices.outputCostPerCharacter();
            case QUERY -> prices.inputCostPerQuery();
            default -> null;
        };
    }

    private static @Nullable BigDecimal price(ModelPrices prices, TokenClass tokenClass) {
        return switch (tokenClass) {
            case INPUT -> prices.inputCostPerToken();
            case CACHED_READ -> prices.cacheReadInputTokenCost();
            case CACHE_WRITE_5M -> prices.cacheCreationInputTokenCost();
            case CACHE_WRITE_1H -> prices.cacheCreationInputTokenCostAbove1hr();
            case OUTPUT -> prices.outputCostPerToken();
            case REASONING -> prices.outputCostPerReasoningToken();
            case AUDIO_INPUT -> prices.inputCostPerAudioToken();
            case AUDIO_OUTPUT -> prices.outputCostPerAudioToken();
            case IMAGE -> prices.inputCostPerImageToken();
        };
    }

    /** Whether nothing is stated. */
    public boolean isEmpty() {
        return stated.isEmpty() && units.isEmpty();
    }

    /**
     * The first of input and output that has no price, neither here nor in the book, though the
     * other one is stated here: it costs nothing then, as in LiteLLM.
     *
     * @return the name of the class, or null
     */
    public @Nullable String takenAsFree(@Nullable Price book) {
        if (book != null || stated.isEmpty() || !isUsable(null)) {
            return null;
        }
        if (!stated.containsKey(TokenClass.INPUT)) {
            return TokenClass.INPUT.fieldName();
        }
        return stated.containsKey(TokenClass.OUTPUT) ? null : TokenClass.OUTPUT.fieldName();
    }

    /** Whether there is a price, over the book's or alone. */
    public boolean isUsable(@Nullable Price book) {
        return book != null
                || stated.containsKey(TokenClass.INPUT)
                || stated.containsKey(TokenClass.OUTPUT)
                || !units.isEmpty();
    }

    /**
     * The price of the deployment.
     *
     * @param book null where the book has none
     * @throws IllegalArgumentException if a price is negative, or there is no price at all
     */
    public Price over(@Nullable Price book) {
        if (!isUsable(book)) {
            throw new IllegalArgumentException("neither input nor output nor a unit has a price");
        }
        if (isEmpty() && book != null) {
            return book;
        }
        PriceSheet sheet = book == null ? new PriceSheet() : book.sheet().copy();
        for (TokenClass tokenClass : TokenClass.values()) {
            if (isStatedForFamily(tokenClass)) {
                sheet.forget(tokenClass);
            }
        }
        stated.forEach(sheet::replace);
        if (!sheet.isEmpty()) {
            for (TokenClass needed : new TokenClass[] {TokenClass.INPUT, TokenClass.OUTPUT}) {
                if (!sheet.states(needed)) {
                    sheet.replace(needed, BigDecimal.ZERO);
                }
            }
        }
        Map<PriceUnit, BigDecimal> both = new EnumMap<>(PriceUnit.class);
        if (book != null) {
            both.putAll(book.units());
        }
        if (stated.containsKey(TokenClass.OUTPUT)) {
            both.remove(PriceUnit.OUTPUT_IMAGE_TOKEN);
        }
        both.putAll(units);
        return new Price(version(book), sheet, both);
    }

    /** Whether the class at the root of a class's family is stated. */
    private boolean isStatedForFamily(TokenClass tokenClass) {
        TokenClass root = tokenClass;
        for (TokenClass at = tokenClass; at != null; at = at.pricedAs()) {
            root = at;
        }
        return stated.containsKey(root);
    }

    /** The figures themselves, so that an event says what it was priced by. */
    private String version(@Nullable Price book) {
        var others = new TreeMap<TokenClass, BigDecimal>(stated);
        String text =
                "custom/%s/%s/%s"
                        .formatted(
                                plain(others.remove(TokenClass.INPUT)),
                                plain(others.remove(TokenClass.OUTPUT)),
                                plain(others.remove(TokenClass.CACHED_READ)));
        var version = new StringBuilder(text);
        others.forEach((tokenClass, price) ->
                version.append('/')
                        .append(tokenClass.fieldName())
                        .append('=')
                        .append(plain(price)));
        units.forEach((unit, price) ->
                version.append('/').append(unit.fieldName()).append('=').append(plain(price)));
        return book == null ? version.toString() : version + " over " + book.version();
    }

    private static String plain(@Nullable BigDecimal usd) {
        return usd == null ? "-" : usd.stripTrailingZeros().toPlainString();
    }
}
