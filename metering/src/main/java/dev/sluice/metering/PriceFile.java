package dev.sluice.metering;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The file format of a price book.
 *
 * <pre>
 * {"format": 1, "name": "...", "date": "2026-06-26",
 *  "models": [{"provider": "openai", "names": ["gpt-4o", "gpt-4o-2024-08-06"],
 *              "usd_per_million": {"input": 2.5, "cached_read": 1.25, "output": 10},
 *              "above_prompt_tokens": {"272000": {...}}}]}
 * </pre>
 *
 * Prices are read as decimals. A field that is not known is an error: it may change a bill.
 */
final class PriceFile {

    private static final int FORMAT = 1;
    private static final int MILLION = 6;
    private static final List<String> BOOK_FIELDS = List.of("format", "name", "date", "models");
    private static final List<String> MODEL_FIELDS =
            List.of("provider", "names", "usd_per_million", "above_prompt_tokens");
    private static final Map<String, TokenClass> CLASSES =
            Arrays.stream(TokenClass.values())
                    .collect(Collectors.toMap(TokenClass::fieldName, Function.identity()));
    private static final ObjectMapper MAPPER =
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
    static PriceBook read(InputStream file) throws IOException {
        JsonNode book = MAPPER.readTree(file);
        knownFields(book, BOOK_FIELDS);
        if (book.path("format").asInt() != FORMAT) {
            throw new IOException("the price file's format is not " + FORMAT);
        }
        String version = text(book, "name") + "/" + text(book, "date");
        Map<PriceBook.Model, Price> prices = new HashMap<>();
        for (JsonNode model : book.path("models")) {
            Price price = price(version, model);
            String provider = text(model, "provider").toLowerCase(Locale.ROOT);
            for (JsonNode name : model.path("names")) {
                String key = name.asText().toLowerCase(Locale.ROOT);
                if (prices.put(new PriceBook.Model(provider, key), price) != null) {
                    throw new IOException(key + " has two prices");
                }
            }
        }
        return new PriceBook(version, prices);
    }

    private static Price price(String version, JsonNode model) throws IOException {
        knownFields(model, MODEL_FIELDS);
        NavigableMap<Long, Rates> tiers = new TreeMap<>();
        for (Map.Entry<String, JsonNode> tier : model.path("above_prompt_tokens").properties()) {
            try {
                tiers.put(Long.parseLong(tier.getKey()), rates(tier.getValue()));
            } catch (NumberFormatException e) {
                throw new IOException(tier.getKey() + " is not a number of tokens", e);
            }
        }
        return new Price(version, rates(model.path("usd_per_million")), tiers);
    }

    private static Rates rates(JsonNode usdPerMillion) throws IOException {
        Map<TokenClass, BigDecimal> usdPerToken = new EnumMap<>(TokenClass.class);
        for (Map.Entry<String, JsonNode> price : usdPerMillion.properties()) {
            TokenClass tokenClass = CLASSES.get(price.getKey());
            if (tokenClass == null || !price.getValue().isNumber()) {
                throw new IOException(price.getKey() + " is not the price of a token class");
            }
            usdPerToken.put(tokenClass, price.getValue().decimalValue().movePointLeft(MILLION));
        }
        try {
            return Rates.ofUsdPerToken(usdPerToken);
        } catch (IllegalArgumentException e) {
            throw new IOException(e.getMessage(), e);
        }
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
