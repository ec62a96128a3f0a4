package dev.sluice.simulator;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a token costs, in picodollars (1e-12 USD). Written by hand, so that it shares no mistake
 * with a price book that is judged by it.
 */
final class Prices {

    /** A model's prices; a model without a cached price never reports cached tokens. */
    record Price(String model, long input, long cached, long output) {

        long cost(Usage usage) {
            long fresh = Math.multiplyExact(usage.input() - usage.cached(), input);
            long spared = Math.multiplyExact(usage.cached(), cached);
            long generated = Math.multiplyExact(usage.output(), output);
            return Math.addExact(Math.addExact(fresh, spared), generated);
        }

        boolean cachesPrompts() {
            return cached < input;
        }
    }

    /** Every model that is not in the table: 1 and 2 dollars for a million tokens, no cache. */
    static final Price UNKNOWN = uncached("", 1_000_000, 2_000_000);

    static final List<Price> ALL =
            List.of(
                    cached("gpt-4o", 2_500_000, 1_250_000, 10_000_000),
                    uncached("gpt-4o-2024-05-13", 5_000_000, 15_000_000),
                    cached("gpt-4o-mini", 150_000, 75_000, 600_000),
                    uncached("chatgpt-4o-latest", 5_000_000, 15_000_000),
                    cached("gpt-4.1", 2_000_000, 500_000, 8_000_000),
                    cached("gpt-4.1-mini", 400_000, 100_000, 1_600_000),
                    cached("gpt-4.1-nano", 100_000, 25_000, 400_000),
                    cached("gpt-5", 1_250_000, 125_000, 10_000_000),
                    cached("gpt-5-mini", 250_000, 25_000, 2_000_000),
                    cached("gpt-5-nano", 50_000, 5_000, 400_000),
                    cached("gpt-5-chat-latest", 1_250_000, 125_000, 10_000_000),
                    uncached("gpt-5-pro", 15_000_000, 120_000_000),
                    cached("gpt-5.1", 1_250_000, 125_000, 10_000_000),
                    cached("gpt-5.2", 1_750_000, 175_000, 14_000_000),
                    cached("o1", 15_000_000, 7_500_000, 60_000_000),
                    uncached("o1-pro", 150_000_000, 600_000_000),
                    cached("o3", 2_000_000, 500_000, 8_000_000),
                    cached("o3-mini", 1_100_000, 550_000, 4_400_000),
                    uncached("o3-pro", 20_000_000, 80_000_000),
                    cached("o4-mini", 1_100_000, 275_000, 4_400_000),
                    uncached("gpt-4", 30_000_000, 60_000_000),
                    uncached("gpt-4-turbo", 10_000_000, 30_000_000),
                    uncached("gpt-3.5-turbo", 500_000, 1_500_000),
                    uncached("gpt-3.5-turbo-1106", 1_000_000, 2_000_000),
                    uncached("gpt-3.5-turbo-16k", 3_000_000, 4_000_000),
                    uncached("gpt-3.5-turbo-instruct", 1_500_000, 2_000_000),
                    uncached("davinci-002", 2_000_000, 2_000_000),
                    uncached("babbage-002", 400_000, 400_000),
                    uncached("text-embedding-3-small", 20_000, 0),
                    uncached("text-embedding-3-large", 130_000, 0),
                    uncached("text-embedding-ada-002", 100_000, 0));

    private static final Map<String, Price> BY_MODEL =
            ALL.stream().collect(Collectors.toUnmodifiableMap(Price::model, Function.identity()));

    private Prices() {}

    static Price of(String model) {
        return listed(model).orElse(UNKNOWN);
    }

    /** The entry of a model; a dated name that has no entry of its own has the undated one's. */
    static Optional<Price> listed(String model) {
        Price exact = BY_MODEL.get(model);
        return Optional.ofNullable(exact == null ? BY_MODEL.get(undated(model)) : exact);
    }

    /** {@code gpt-4o-2024-08-06} without its date. */
    private static String undated(String model) {
        int date = model.length() - "-2024-08-06".length();
        boolean dated =
                date > 0
                        && model.charAt(date) == '-'
                        && model.charAt(date + 5) == '-'
                        && model.charAt(date + 8) == '-'
                        && Character.isDigit(model.charAt(date + 1));
        return dated ? model.substring(0, date) : model;
    }

    private static Price cached(String model, long input, long cached, long output) {
        return new Price(model, input, cached, output);
    }

    private static Price uncached(String model, long input, long output) {
        return new Price(model, input, input, output);
    }
}
