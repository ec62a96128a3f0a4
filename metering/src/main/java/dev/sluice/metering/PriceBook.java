package dev.sluice.metering;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Prices by provider and model. Look it up when a deployment is set up, not for each request.
 *
 * <p>A model that is not in the book has no price: unknown is not free, and nothing is guessed from
 * a similar name. See {@link PriceNames} for the few names that mean the same.
 */
public final class PriceBook {

    private static final String BUNDLED = "prices.json";

    /** LiteLLM's map has 1.5 MB. */
    private static final long LARGEST_FILE = 32L << 20;

    private final String version;
    private final Map<Model, Entry> entries;
    private final Map<String, String> skipped;

    /** What a price belongs to, in lower case. */
    record Model(String provider, String name) {}

    /**
     * What a book says of a model.
     *
     * @param price of its tokens, if they have one
     * @param units dollars for what is paid other than by the token
     */
    record Entry(Optional<Price> price, Map<PriceUnit, BigDecimal> units) {
        Entry {
            units = Map.copyOf(units);
        }
    }

    PriceBook(String version, Map<Model, Entry> entries, Map<String, String> skipped) {
        this.version = requireNonNull(version, "version is null");
        this.entries = Map.copyOf(entries);
        this.skipped = new TreeMap<>(skipped);
    }

    /** The book that comes with the house. */
    public static PriceBook bundled() {
        try (InputStream file = PriceBook.class.getResourceAsStream(BUNDLED)) {
            return PriceFile.read(
                    requireNonNull(file, "the bundled price file is missing").readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException("the bundled price file cannot be read", e);
        }
    }

    /**
     * Reads a book of our own format, or LiteLLM's price map.
     *
     * @throws IOException if it cannot be read or could mean something else than it says
     */
    public static PriceBook read(Path file) throws IOException {
        if (Files.size(file) > LARGEST_FILE) {
            throw new IOException("a price file of more than 32 MiB");
        }
        return PriceFile.read(Files.readAllBytes(file));
    }

    /** This book, and below it another one for what this one does not know. */
    public PriceBook over(PriceBook below) {
        Map<Model, Entry> both = new HashMap<>(below.entries);
        both.putAll(entries);
        return new PriceBook(version, both, skipped);
    }

    /** The name and date of the book, which every price of it repeats. */
    public String version() {
        return version;
    }

    /** The entries of the file that say no price that we understand, and why. */
    public Map<String, String> skipped() {
        return Map.copyOf(skipped);
    }

    /**
     * The price of a model's tokens: under its own name, else under one that means the same.
     *
     * @param model with or without the provider in front ({@code openai/gpt-4o})
     */
    public Optional<Price> find(String provider, String model) {
        return entry(provider, model).flatMap(Entry::price);
    }

    /** The price of a model's tokens and units, or of its units alone. */
    public Optional<Price> findAny(String provider, String model) {
        return entry(provider, model)
                .map(entry -> {
                    if (entry.units().isEmpty()) {
                        return entry.price().orElse(null);
                    }
                    String named = entry.price().map(Price::version).orElse(version);
                    PriceSheet sheet = entry.price().map(Price::sheet).orElseGet(PriceSheet::new);
                    return new Price(named, sheet, entry.units());
                });
    }

    /** Dollars for what a model is paid for other than by the token; empty where nothing is. */
    public Map<PriceUnit, BigDecimal> units(String provider, String model) {
        return entry(provider, model).map(Entry::units).orElse(Map.of());
    }

    private Optional<Entry> entry(String provider, String model) {
        String owner = PriceNames.provider(provider);
        for (String name : PriceNames.candidates(owner, PriceNames.model(owner, model))) {
            Entry entry = entries.get(new Model(owner, name));
            if (entry != null) {
                return Optional.of(entry);
            }
        }
        return Optional.empty();
    }

    Map<Model, Entry> entries() {
        return entries;
    }

    int size() {
        return entries.size();
    }
}
