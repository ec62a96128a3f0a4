package dev.sluice.metering;

import static java.util.Map.entry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.math.BigDecimal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * LiteLLM's {@code model_prices_and_context_window.json}: one object a model, dollars a token.
 *
 * <p>An entry that says no price we understand is skipped with its reason; a file in which no entry
 * has a price is refused. Of two entries for one model the one with the provider in front holds.
 */
final class LitellmPriceMap {

    private static final JsonFactory JSON = new JsonFactory();
    private static final String SAMPLE = "sample_spec";
    private static final Pattern TOKEN_FIELD =
            Pattern.compile("(.+?)(?:_above_(\\d+)k_tokens)?(?:_(flex|priority|batches))?");
    private static final Map<String, TokenClass> CLASSES =
            Map.ofEntries(
                    entry("input_cost_per_token", TokenClass.INPUT),
                    entry("output_cost_per_token", TokenClass.OUTPUT),
                    entry("cache_read_input_token_cost", TokenClass.CACHED_READ),
                    entry("cache_creation_input_token_cost", TokenClass.CACHE_WRITE_5M),
                    entry("cache_creation_input_token_cost_above_1hr", TokenClass.CACHE_WRITE_1H),
                    entry("output_cost_per_reasoning_token", TokenClass.REASONING),
                    entry("input_cost_per_audio_token", TokenClass.AUDIO_INPUT),
                    entry("output_cost_per_audio_token", TokenClass.AUDIO_OUTPUT),
                    entry("input_cost_per_image_token", TokenClass.IMAGE));
    private static final Map<String, PriceUnit> UNITS =
            Map.ofEntries(
                    entry("input_cost_per_second", PriceUnit.INPUT_SECOND),
                    entry("output_cost_per_second", PriceUnit.OUTPUT_SECOND),
                    entry("input_cost_per_audio_per_second", PriceUnit.INPUT_AUDIO_SECOND),
                    entry("input_cost_per_video_per_second", PriceUnit.INPUT_VIDEO_SECOND),
                    entry("output_cost_per_video_per_second", PriceUnit.OUTPUT_VIDEO_SECOND),
                    entry("input_cost_per_character", PriceUnit.INPUT_CHARACTER),
                    entry("output_cost_per_character", PriceUnit.OUTPUT_CHARACTER),
                    entry("input_cost_per_image", PriceUnit.INPUT_IMAGE),
                    entry("output_cost_per_image", PriceUnit.OUTPUT_IMAGE),
                    entry("input_cost_per_pixel", PriceUnit.INPUT_PIXEL),
                    entry("output_cost_per_pixel", PriceUnit.OUTPUT_PIXEL),
                    entry("output_cost_per_image_token", PriceUnit.OUTPUT_IMAGE_TOKEN),
                    entry("input_cost_per_query", PriceUnit.QUERY),
                    entry("input_cost_per_request", PriceUnit.REQUEST),
                    entry("ocr_cost_per_page", PriceUnit.PAGE),
                    entry("annotation_cost_per_page", PriceUnit.ANNOTATED_PAGE),
                    entry("code_interpreter_cost_per_session", PriceUnit.CODE_SESSION),
                    entry("citation_cost_per_token", PriceUnit.CITATION_TOKEN),
                    entry("cache_read_input_audio_token_cost", PriceUnit.CACHED_AUDIO_TOKEN),
                    entry("cache_read_input_image_token_cost", PriceUnit.CACHED_IMAGE_TOKEN),
                    entry(
                            "cache_creation_input_audio_token_cost",
                            PriceUnit.CACHE_WRITE_AUDIO_TOKEN));
    private static final Map<String, PriceUnit> SEARCHES =
            Map.of(
                    "search_context_size_low", PriceUnit.SEARCH_LOW,
                    "search_context_size_medium", PriceUnit.SEARCH_MEDIUM,
                    "search_context_size_high", PriceUnit.SEARCH_HIGH);

    private final String version;
    private final Map<PriceBook.Model, PriceBook.Entry> entries = new HashMap<>();
    private final Map<PriceBook.Model, String> holders = new HashMap<>();
    private final Map<String, String> skipped = new TreeMap<>();

    private LitellmPriceMap(String version) {
        this.version = version;
    }

    /**
     * Reads a map.
     *
     * @param bytes the file, whose hash names the version: the map carries no date
     * @throws IOException if no entry has a price
     */
    static PriceBook read(JsonNode map, byte[] bytes) throws IOException {
        var reader = new LitellmPriceMap("litellm/" + hash(bytes));
        List<Map.Entry<String, JsonNode>> bare = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            if (entry.getKey().equals(SAMPLE)) {
                continue;
            }
            String provider = entry.getValue().path("litellm_provider").asText();
            if (entry.getKey().startsWith(PriceNames.provider(provider) + "/")) {
                reader.add(entry.getKey(), entry.getValue());
            } else {
                bare.add(entry);
            }
        }
        bare.forEach(entry -> reader.add(entry.getKey(), entry.getValue()));
        reader.noteRepeated(bytes);
        if (reader.entries.isEmpty()) {
            throw new IOException("neither a price file with a format nor LiteLLM's price map");
        }
        return new PriceBook(reader.version, reader.entries, reader.skipped);
    }

    /** Of an entry that stands there twice the last one holds, as in Python. */
    private void noteRepeated(byte[] bytes) throws IOException {
        Set<String> names = new HashSet<>();
        try (JsonParser json = JSON.createParser(bytes)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                if (!names.add(name)) {
                    skipped.put(name + " (the earlier of two)", "the file says it again");
                }
                json.nextToken();
                json.skipChildren();
            }
        }
    }

    private void add(String key, JsonNode prices) {
        String stated = prices.path("litellm_provider").asText();
        if (stated.isEmpty()) {
            skipped.put(key, "it names no provider");
            return;
        }
        String provider = PriceNames.provider(stated);
        var model = new PriceBook.Model(provider, PriceNames.model(provider, key));
        String holder = holders.putIfAbsent(model, key);
        if (holder != null) {
            skipped.put(key, "it is the same model as " + holder);
            return;
        }
        PriceBook.Entry entry;
        try {
            entry = pricesOf(prices);
        } catch (IllegalArgumentException e) {
            skipped.put(key, String.valueOf(e.getMessage()));
            return;
        }
        if (entry.price().isEmpty() && entry.units().isEmpty()) {
            skipped.put(key, "it has no price");
            return;
        }
        entries.put(model, entry);
    }

    private PriceBook.Entry pricesOf(JsonNode fields) {
        var sheet = new PriceSheet();
        Map<PriceUnit, BigDecimal> units = new EnumMap<>(PriceUnit.class);
        for (Map.Entry<String, JsonNode> field : fields.properties()) {
            if (field.getValue().isNumber()) {
                number(field.getKey(), field.getValue().decimalValue(), sheet, units);
            }
        }
        steps(fields.path("tiered_pricing"), sheet);
        for (Map.Entry<String, JsonNode> search :
                fields.path("search_context_cost_per_query").properties()) {
            PriceUnit unit = SEARCHES.get(search.getKey());
            if (unit != null && search.getValue().isNumber()) {
                units.put(unit, search.getValue().decimalValue());
            }
        }
        alsoCached(fields, sheet);
        if (!sheet.states(TokenClass.OUTPUT)
                && fields.path("mode").asText().equals("embedding")
                && sheet.states(TokenClass.INPUT)) {
            // Nothing comes out of these models that could be billed.
            sheet.put(ServiceTier.STANDARD, 0, TokenClass.OUTPUT, BigDecimal.ZERO);
        }
        BigDecimal imageToken = units.get(PriceUnit.OUTPUT_IMAGE_TOKEN);
        if (!sheet.states(TokenClass.OUTPUT)
                && sheet.states(TokenClass.INPUT)
                && imageToken != null) {
            // Nothing but pictures comes out of these models.
            sheet.put(ServiceTier.STANDARD, 0, TokenClass.OUTPUT, imageToken);
        }
        boolean complete = sheet.states(TokenClass.INPUT) && sheet.states(TokenClass.OUTPUT);
        if (!complete && !sheet.isEmpty() && units.isEmpty()) {
            throw new IllegalArgumentException("it has a price for input or for output alone");
        }
        return new PriceBook.Entry(
                complete ? Optional.of(new Price(version, sheet)) : Optional.empty(), units);
    }

    private static void number(
            String field, BigDecimal usd, PriceSheet sheet, Map<PriceUnit, BigDecimal> units) {
        PriceUnit unit = UNITS.get(field);
        if (unit != null) {
            units.put(unit, usd);
            return;
        }
        Matcher parts = TOKEN_FIELD.matcher(field);
        TokenClass tokenClass = parts.matches() ? CLASSES.get(parts.group(1)) : null;
        if (tokenClass != null) {
            long above = parts.group(2) == null ? 0 : 1000 * Long.parseLong(parts.group(2));
            sheet.put(tier(parts.group(3)), above, tokenClass, usd);
        }
    }

    /** The older word for the price of cached tokens. */
    private static void alsoCached(JsonNode fields, PriceSheet sheet) {
        JsonNode cacheHit = fields.path("input_cost_per_token_cache_hit");
        if (cacheHit.isNumber() && !sheet.states(TokenClass.CACHED_READ)) {
            sheet.put(ServiceTier.STANDARD, 0, TokenClass.CACHED_READ, cacheHit.decimalValue());
        }
    }

    /** Ranges of prompt lengths, each with the prices of the whole call. */
    private static void steps(JsonNode ranges, PriceSheet sheet) {
        for (JsonNode range : ranges) {
            long above = range.path("range").path(0).decimalValue().longValue();
            for (Map.Entry<String, JsonNode> field : range.properties()) {
                TokenClass tokenClass = CLASSES.get(field.getKey());
                if (tokenClass != null && field.getValue().isNumber()) {
                    BigDecimal usd = field.getValue().decimalValue();
                    sheet.put(ServiceTier.STANDARD, above, tokenClass, usd);
                }
            }
        }
    }

    private static ServiceTier tier(@Nullable String suffix) {
        return switch (suffix) {
            case "flex" -> ServiceTier.FLEX;
            case "priority" -> ServiceTier.PRIORITY;
            case "batches" -> ServiceTier.BATCH;
            case null, default -> ServiceTier.STANDARD;
        };
    }

    private static String hash(byte[] bytes) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
