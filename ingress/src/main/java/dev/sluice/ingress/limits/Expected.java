package dev.sluice.ingress.limits;

/**
 * How much a call will probably use, in tokens or picodollars.
 *
 * <p>Open calls of one scope together reserve the sum of their means and one and a half times the
 * root of the sum of their squared deviations: what one uses more, another uses less. So a crowd of
 * calls reserves little more than it will use, and a single call nearly its upper end.
 *
 * @param mean not negative
 * @param deviation standard deviation; 0 where the amount is known
 */
public record Expected(long mean, long deviation) {

    /** Nothing at all. */
    public static final Expected NOTHING = new Expected(0, 0);

    public Expected {
        if (mean < 0 || deviation < 0) {
            throw new IllegalArgumentException("expected amounts are not negative");
        }
    }

    /** An amount that is known. */
    public static Expected exactly(long amount) {
        return new Expected(amount, 0);
    }

    /** So many units at a price each, after a part that is known. */
    public Expected times(long price, long known) {
        return new Expected(
                Math.addExact(Math.multiplyExact(mean, price), known),
                Math.multiplyExact(deviation, price));
    }
}
