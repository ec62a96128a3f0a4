package dev.sluice.metering;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The file format of a price book.
 *
 * <pre>
 * {"format": 1, "name": "...", "date": "2026-06-26", "sources": ["..."],
 *  "models": [{"provider": "openai", "names": ["gpt-4o", "gpt-4o-2024-08-06"],
 *              "usd_per_million": {"input": 2.5, "cached_read": 1.25, "output": 10},
 *              "above_prompt_tokens": {"272000": {...}},
 *              "batch": {"usd_per_million": {...}, "above_prompt_tokens": {...}},
 *              "usd_per_unit": {"input_second": 0.0001}}]}
 * </pre>
 *
 * <p>{@code flex} and {@code priority} are formed as {@code batch} is. Prices are read as decimals.
 * A field that is not known is an error: it may change a bill. A file without {@code format} is
 * taken for LiteLLM's price map.
 */
final class PriceFile {

    private static final int FORMAT = 1;
    private static final int MILLION = 6;
    private static final String USD_PER_MILLION = "usd_per_million";
    private static final String ABOVE = "above_prompt_tokens";
    private static final String USD_PER_UNIT = "usd_per_unit";
    private static final List<String> BOOK_FIELDS =
            List.of("format", "name", "date", "sources", "models");
    private static final List<String> MODEL_FIELDS =
            List.of(
                    "provider",
                    "names",
                    USD_PER_MILLION,
                    ABOVE,
                    "flex",
                    "priority",
                    "batch",
                    USD_PER_UNIT);
    private static final List<String> TIER_FIELDS = List.of(USD_PER_MILLION, ABOVE);
    private static final Map<String, TokenClass> CLASSES =
            Arrays.stream(TokenClass.values())
                    .collect(Collectors.toMap(TokenClass::fieldName, Function.identity()));
    private static final Map<String, PriceUnit> UNITS =
            Arrays.stream(PriceUnit.values())
                    .collect(Collectors.toMap(PriceUnit::fieldName, Function.identity()));
    private static final ObjectMapper LENIENT =
            JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
    private static final ObjectMapper STRICT =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
                    .build();

    private PriceFile() {}

    /**
     * Reads a book.
     *
     * @throws IOException if it is not JSON, not of this format, or says something twice
     */
    static PriceBook read(byte[] file) throws IOException {
        JsonNode any = LENIENT.readTree(file);
        if (any == null || !any.isObject()) {
            throw new IOException("a price file is an object");
        }
        if (!any.has("format")) {
            // That map says a few models twice.
            return LitellmPriceMap.read(any, file);
        }
        JsonNode book = STRICT.readTree(file);
        knownFields(book, BOOK_FIELDS);
        if (book.path("format").asInt() != FORMAT) {
            throw new IOException("the price file's format is not " + FORMAT);
        }
        String version = text(book, "name") + "/" + text(book, "date");
        Map<PriceBook.Model, PriceBook.Entry> entries = new HashMap<>();
        for (JsonNode model : book.path("models")) {
            PriceBook.Entry entry = entry(version, model);
            String provider = PriceNames.provider(text(model, "provider"));
            for (JsonNode name : model.path("names")) {
                String key = PriceNames.model(provider, name.asText());
                if (entries.put(new PriceBook.Model(provider, key), entry) != null) {
                    throw new IOException(key + " has two prices");
                }
            }
        }
        return new PriceBook(version, entries, Map.of());
    }

    private static PriceBook.Entry entry(String version, JsonNode model) throws IOException {
        knownFields(model, MODEL_FIELDS);
        var sheet = new PriceSheet();
        read(model, ServiceTier.STANDARD, sheet);
        for (ServiceTier tier : ServiceTier.values()) {
            JsonNode own = model.path(tier.fieldName());
            if (own.isObject()) {
                knownFields(own, TIER_FIELDS);
                read(own, tier, sheet);
            }
        }
        Map<PriceUnit, BigDecimal> units = units(model.path(USD_PER_UNIT));
        if (sheet.isEmpty() && !units.isEmpty()) {
            return new PriceBook.Entry(Optional.empty(), units);
        }
        try {
            return new PriceBook.Entry(Optional.of(new Price(version, sheet)), units);
        } catch (IllegalArgumentException e) {
            throw new IOException(model.path("names") + ": " + e.getMessage(), e);
        }
    }

    private static void read(JsonNode prices, ServiceTier tier, PriceSheet sheet)
            throws IOException {
        classes(prices.path(USD_PER_MILLION), tier, 0, sheet);
        for (Map.Entry<String, JsonNode> step : prices.path(ABOVE).properties()) {
            try {
                classes(step.getValue(), tier, Long.parseLong(step.getKey()), sheet);
            } catch (NumberFormatException e) {
                throw new IOException(step.getKey() + " is not a number of tokens", e);
            }
        }
    }

    private static void classes(JsonNode prices, ServiceTier tier, long above, PriceSheet sheet)
            throws IOException {
        for (Map.Entry<String, JsonNode> price : prices.properties()) {
            TokenClass tokenClass = CLASSES.get(price.getKey());
            if (tokenClass == null || !price.getValue().isNumber()) {
                throw new IOException(price.getKey() + " is not the price of a token class");
            }
            BigDecimal perToken = price.getValue().decimalValue().movePointLeft(MILLION);
            sheet.put(tier, above, tokenClass, perToken);
        }
    }

    private static Map<PriceUnit, BigDecimal> units(JsonNode prices) throws IOException {
        Map<PriceUnit, BigDecimal> units = new EnumMap<>(PriceUnit.class);
        for (Map.Entry<String, JsonNode> price : prices.properties()) {
            PriceUnit unit = UNITS.get(price.getKey());
            JsonNode usd = price.getValue();
            if (unit == null || !usd.isNumber() || usd.decimalValue().signum() < 0) {
                throw new IOException(price.getKey() + " is not the price of a unit");
            }
            units.put(unit, usd.decimalValue());
        }
        return units;
    }

    private static String text(JsonNode node, String name) throws IOException {
        String text = node.path(name).asText();
        if (text.isBlank()) {
            throw new IOException("the price file has no " + name);
        }
        return text;
    }

    private static void knownFields(JsonNode node, List<String> known) throws IOException {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (!known.contains(field.getKey())) {
                throw new IOException(field.getKey() + " is not known in a price file");
            }
        }
    }
}
