package dev.sluice.metering;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prices by provider and model. Look it up when a deployment is set up, not for each request.
 *
 * <p>A model that is not in the book has no price: unknown is not free, and nothing is guessed from
 * a similar name. Only the date at the end of a name may be missing in the book.
 */
public final class PriceBook {

    private static final String BUNDLED = "prices.json";
    private static final Pattern DATED = Pattern.compile("(.+)-(\\d{4}-\\d{2}-\\d{2}|\\d{4})");

    private final String version;
    private final Map<Model, Price> prices;

    /** What a price belongs to, in lower case. */
    record Model(String provider, String name) {}

    PriceBook(String version, Map<Model, Price> prices) {
        this.version = requireNonNull(version, "version is null");
        this.prices = Map.copyOf(prices);
    }

    /** The book that comes with the house. */
    public static PriceBook bundled() {
        try (InputStream file = PriceBook.class.getResourceAsStream(BUNDLED)) {
            return PriceFile.read(requireNonNull(file, "the bundled price file is missing"));
        } catch (IOException e) {
            throw new UncheckedIOException("the bundled price file cannot be read", e);
        }
    }

    /** The name and date of the book, which every price of it repeats. */
    public String version() {
        return version;
    }

    /**
     * The price of a model: under its own name, else under its name without the date.
     *
     * @param model with or without the provider in front ({@code openai/gpt-4o})
     */
    public Optional<Price> find(String provider, String model) {
        String owner = provider.toLowerCase(Locale.ROOT);
        String name = model.toLowerCase(Locale.ROOT);
        if (name.startsWith(owner + "/")) {
            name = name.substring(owner.length() + 1);
        }
        Price price = prices.get(new Model(owner, name));
        Matcher dated = DATED.matcher(name);
        if (price == null && dated.matches()) {
            price = prices.get(new Model(owner, dated.group(1)));
        }
        return Optional.ofNullable(price);
    }

    int size() {
        return prices.size();
    }
}
