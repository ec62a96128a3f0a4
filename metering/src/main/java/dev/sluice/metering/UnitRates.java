package dev.sluice.metering;

import dev.sluice.schemas.events.Units;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.Map;

/** What units cost. A unit that several words may mean costs what the first that is stated says. */
final class UnitRates {

    private static final int PICO = 12;
    private static final BigDecimal MILLIS = BigDecimal.valueOf(1000);

    private static final PriceUnit[] IMAGE = {PriceUnit.OUTPUT_IMAGE, PriceUnit.INPUT_IMAGE};
    private static final PriceUnit[] CHARACTER = {PriceUnit.INPUT_CHARACTER};
    private static final PriceUnit[] HEARD = {
        PriceUnit.INPUT_SECOND, PriceUnit.INPUT_AUDIO_SECOND, PriceUnit.OUTPUT_SECOND
    };
    private static final PriceUnit[] SPOKEN = {PriceUnit.OUTPUT_SECOND};
    private static final PriceUnit[] QUERY = {PriceUnit.QUERY};

    private final Map<PriceUnit, BigDecimal> usd = new EnumMap<>(PriceUnit.class);

    UnitRates(Map<PriceUnit, BigDecimal> usd) {
        usd.forEach((unit, price) -> {
            if (price.signum() < 0) {
                throw new IllegalArgumentException(
                        "the price of " + unit.fieldName() + " is negative");
            }
        });
        this.usd.putAll(usd);
    }

    Map<PriceUnit, BigDecimal> stated() {
        return Map.copyOf(usd);
    }

    /** Whether any of it has a price. */
    boolean bills(Units used) {
        return (used.outputImages() > 0 && price(IMAGE) != null)
                || (used.inputCharacters() > 0 && price(CHARACTER) != null)
                || (used.inputMillis() > 0 && price(HEARD) != null)
                || (used.outputMillis() > 0 && price(SPOKEN) != null)
                || (used.queries() > 0 && price(QUERY) != null);
    }

    /** Picodollars, rounded once, half to even. What has no price costs nothing here. */
    long cost(Units used) {
        BigDecimal sum =
                cost(IMAGE, used.outputImages())
                        .add(cost(CHARACTER, used.inputCharacters()))
                        .add(cost(QUERY, used.queries()))
                        .add(cost(HEARD, used.inputMillis()).divide(MILLIS))
                        .add(cost(SPOKEN, used.outputMillis()).divide(MILLIS));
        return Rates.rounded(sum.movePointRight(PICO));
    }

    /** Picodollars that tokens of pictures cost above other output. */
    BigDecimal aboveOutput(Units used, BigDecimal outputPico) {
        BigDecimal own = usd.get(PriceUnit.OUTPUT_IMAGE_TOKEN);
        return own == null || used.outputImageTokens() == 0
                ? BigDecimal.ZERO
                : own.movePointRight(PICO)
                        .subtract(outputPico)
                        .multiply(BigDecimal.valueOf(used.outputImageTokens()));
    }

    private BigDecimal cost(PriceUnit[] words, long count) {
        BigDecimal price = count == 0 ? null : price(words);
        return price == null ? BigDecimal.ZERO : price.multiply(BigDecimal.valueOf(count));
    }

    private @Nullable BigDecimal price(PriceUnit[] words) {
        for (PriceUnit word : words) {
            BigDecimal price = usd.get(word);
            if (price != null) {
                return price;
            }
        }
        return null;
    }
}
