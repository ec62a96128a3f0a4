package dev.sluice.metering;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.events.Units;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a model's tokens cost. Money is picodollars (1e-12 USD); see {@link PriceBook} for where
 * prices come from.
 */
public final class Price {

    /** What {@link #cost(Usage, Units, boolean, ServiceTier)} says where no price is known. */
    public static final long UNKNOWN = -1;

    private final String version;
    private final PriceSheet sheet;
    private final UnitRates units;
    private final boolean hasTokens;
    private final Map<ServiceTier, Tier> tiers = new EnumMap<>(ServiceTier.class);

    /** One service tier: its rates, longest prompts first. */
    private record Tier(String version, List<LengthStep> steps) {}

    /** Rates for whole calls whose prompt has more than so many tokens. */
    private record LengthStep(long abovePromptTokens, Rates rates) {}

    /**
     * A price as a sheet states it.
     *
     * @throws IllegalArgumentException if input or output has no price, or a price is negative
     */
    Price(String version, PriceSheet sheet) {
        this(version, sheet, Map.of());
    }

    /**
     * A price as a sheet states it, or of units alone where the sheet is empty.
     *
     * @param units dollars for what is paid for other than by the token
     * @throws IllegalArgumentException if input or output alone has a price, there is none at all,
     *     or one is negative
     */
    Price(String version, PriceSheet sheet, Map<PriceUnit, BigDecimal> units) {
        this.version = requireNonNull(version, "version is null");
        this.sheet = sheet.copy();
        this.units = new UnitRates(units);
        this.hasTokens = !sheet.isEmpty() || units.isEmpty();
        if (!hasTokens) {
            // Never asked for: tokens are then unknown, not free.
            this.sheet.put(ServiceTier.STANDARD, 0, TokenClass.INPUT, BigDecimal.ZERO);
            this.sheet.put(ServiceTier.STANDARD, 0, TokenClass.OUTPUT, BigDecimal.ZERO);
        }
        for (ServiceTier tier : ServiceTier.values()) {
            if (tier == ServiceTier.STANDARD || this.sheet.has(tier)) {
                String name =
                        tier == ServiceTier.STANDARD ? version : version + "/" + tier.fieldName();
                tiers.put(tier, new Tier(name, steps(tier)));
            }
        }
    }

    private List<LengthStep> steps(ServiceTier tier) {
        return this.sheet.steps().descendingSet().stream()
                .map(above -> new LengthStep(above, this.sheet.rates(tier, above)))
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
        Map<TokenClass, BigDecimal> stated = new EnumMap<>(TokenClass.class);
        stated.put(TokenClass.INPUT, inputUsdPerToken);
        stated.put(TokenClass.OUTPUT, outputUsdPerToken);
        if (cachedReadUsdPerToken != null) {
            stated.put(TokenClass.CACHED_READ, cachedReadUsdPerToken);
        }
        return PriceOverride.of(stated).over(null);
    }

    /** Which price this is: the book and its date, or the operator's own figures. */
    public String version() {
        return version;
    }

    /** Which price holds in a service tier; the standard one where the tier has none of its own. */
    public String version(ServiceTier tier) {
        return tier(tier).version;
    }

    /** {@link #cost(Usage, ServiceTier)} in the standard tier. */
    public long cost(Usage usage) {
        return cost(usage, ServiceTier.STANDARD);
    }

    /**
     * Picodollars for the tokens of one attempt: exact, rounded once, half to even.
     *
     * @throws ArithmeticException above {@link Long#MAX_VALUE}, nine million dollars: a usage that
     *     no provider means
     */
    public long cost(Usage usage, ServiceTier tier) {
        return ratesFor(usage, tier(tier).steps).cost(usage);
    }

    /**
     * Picodollars for one attempt that used more than tokens, or none. Where the provider says the
     * tokens and they have a price, they are what is paid for, but for a reranker's queries; else
     * the units are, as far as they have a price; else the tokens that we counted.
     *
     * @param stated whether the provider said the tokens
     * @return {@link #UNKNOWN} where nothing of it has a price
     * @throws ArithmeticException as {@link #cost(Usage, ServiceTier)}
     */
    public long cost(Usage usage, Units used, boolean stated, ServiceTier tier) {
        if (used.isNone()) {
            return hasTokens ? cost(usage, tier) : UNKNOWN;
        }
        if (used.queries() == 0 && stated && hasTokens) {
            Rates rates = ratesFor(usage, tier(tier).steps);
            return rates.cost(usage, units.aboveOutput(used, rates.of(TokenClass.OUTPUT)));
        }
        if (units.bills(used)) {
            return units.cost(used);
        }
        return hasTokens ? cost(usage, tier) : UNKNOWN;
    }

    /** Whether any of it has a price. */
    public boolean billsUnits(Units used) {
        return units.bills(used);
    }

    /** Whether tokens have a price, not units alone. */
    public boolean hasTokens() {
        return hasTokens;
    }

    /** Dollars for what is paid for other than by the token. */
    Map<PriceUnit, BigDecimal> units() {
        return units.stated();
    }

    private Tier tier(ServiceTier tier) {
        Tier own = tiers.get(tier);
        return own != null ? own : requireNonNull(tiers.get(ServiceTier.STANDARD));
    }

    private static Rates ratesFor(Usage usage, List<LengthStep> steps) {
        int last = steps.size() - 1;
        if (last > 0) {
            long prompt = usage.promptTokens();
            for (LengthStep step : steps) {
                if (prompt > step.abovePromptTokens) {
                    return step.rates;
                }
            }
        }
        return steps.get(last).rates;
    }

    /** Picodollars a token of plain input, for what compares prices. */
    public BigDecimal inputPicoPerToken() {
        return standard().of(TokenClass.INPUT);
    }

    /** Picodollars a token of plain output, for what compares prices. */
    public BigDecimal outputPicoPerToken() {
        return standard().of(TokenClass.OUTPUT);
    }

    private Rates standard() {
        return tier(ServiceTier.STANDARD).steps.getLast().rates;
    }

    /** What is stated of tokens; empty where only units have a price. */
    PriceSheet sheet() {
        return hasTokens ? sheet : new PriceSheet();
    }

    @Override
    public String toString() {
        return "Price[" + version + "]";
    }
}
