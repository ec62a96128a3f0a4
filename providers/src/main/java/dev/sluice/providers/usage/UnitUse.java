package dev.sluice.providers.usage;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.MissingNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.schemas.events.Units;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * What an answer says was used by a call that is paid for by more than tokens.
 *
 * @param usage the tokens, null where they are not told
 * @param units what else, of the request where the answer does not tell it
 * @param isStated whether the provider told anything that it may be paid by
 */
public record UnitUse(@Nullable Usage usage, Units units, boolean isStated) {

    private static final long MILLIS_MAX = 1_000_000_000_000L;
    private static final long IMAGES_MAX = 1000;

    /** Reads one value of many. */
    private static final ObjectReader PART =
            JsonTrees.MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    static JsonParser parser(String json) throws IOException {
        return JsonTrees.MAPPER.createParser(json);
    }

    /** The value at which a parser stands. */
    static JsonNode tree(JsonParser json) throws IOException {
        return PART.readTree(json);
    }

    /** Nothing was told. */
    public static UnitUse untold(Units asked) {
        return new UnitUse(null, asked, false);
    }

    /**
     * Reads an answer.
     *
     * @param asked what the request shows
     * @param body JSON, or anything else, which tells nothing
     */
    public static UnitUse of(Endpoint endpoint, Units asked, byte[] body) {
        JsonNode usage = MissingNode.getInstance();
        JsonNode meta = usage;
        JsonNode duration = usage;
        long images = 0;
        try (JsonParser json = JsonTrees.MAPPER.createParser(body)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return untold(asked);
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                JsonToken value = json.nextToken();
                switch (name) {
                    case "usage" -> usage = tree(json);
                    case "meta" -> meta = tree(json);
                    case "duration" -> duration = tree(json);
                    case "data" -> {
                        if (value == JsonToken.START_ARRAY) {
                            images = Math.min(AskedUnits.elements(json), IMAGES_MAX);
                        } else {
                            json.skipChildren();
                        }
                    }
                    default -> json.skipChildren();
                }
            }
        } catch (IOException e) {
            return untold(asked);
        }
        return switch (endpoint) {
            case RERANK -> rerank(asked, usage, meta);
            case IMAGES -> images(asked, usage, images);
            case TRANSCRIPTIONS -> transcription(asked, usage, duration);
            default -> tokens(endpoint, asked, usage);
        };
    }

    /** The tokens of a stream's last event; null where it tells none. */
    public static UnitUse ofEvent(Endpoint endpoint, Units asked, JsonNode usage) {
        return switch (endpoint) {
            case IMAGES -> images(asked, usage, asked.outputImages());
            case TRANSCRIPTIONS -> transcription(asked, usage, MissingNode.getInstance());
            default -> tokens(endpoint, asked, usage);
        };
    }

    /** Cohere states queries, all others tokens. */
    private static UnitUse rerank(Units asked, JsonNode usage, JsonNode meta) {
        JsonNode billed = meta.path("billed_units");
        long queries = Counts.of(billed, "search_units");
        long tokens = Counts.of(meta.path("tokens"), "input_tokens");
        if (tokens == 0) {
            tokens = Counts.either(billed, "total_tokens", "input_tokens");
        }
        if (tokens == 0) {
            tokens = Counts.either(usage, "total_tokens", "prompt_tokens");
        }
        return new UnitUse(
                tokens == 0 ? (queries == 0 ? null : Usage.NONE) : Usage.of(tokens, 0),
                queries == 0 ? asked : Units.ofQueries(queries),
                queries + tokens > 0);
    }

    private static UnitUse images(Units asked, JsonNode usage, long images) {
        long made = images == 0 ? asked.outputImages() : images;
        long in = Counts.of(usage, "input_tokens");
        long out = Counts.of(usage, "output_tokens");
        if (in + out == 0) {
            return new UnitUse(null, Units.ofImages(made, 0), images > 0);
        }
        JsonNode details = usage.path("input_tokens_details");
        long cached = Math.min(Counts.of(details, "cached_tokens"), in);
        long seen = Math.min(Counts.of(details, "image_tokens"), in - cached);
        JsonNode written = usage.path("output_tokens_details");
        long pictures =
                written.path("image_tokens").isNumber()
                        ? Math.min(Counts.of(written, "image_tokens"), out)
                        : out;
        return new UnitUse(
                new Usage(in - cached - seen, cached, 0, 0, out, 0, 0, 0, seen),
                Units.ofImages(made, pictures),
                true);
    }

    private static UnitUse transcription(Units asked, JsonNode usage, JsonNode duration) {
        long in = Counts.of(usage, "input_tokens");
        long out = Counts.of(usage, "output_tokens");
        long millis = millis(usage.path("seconds"));
        millis = millis == 0 ? millis(usage.path("prompt_audio_seconds")) : millis;
        millis = millis == 0 ? millis(duration) : millis;
        Units heard = millis == 0 ? asked : Units.ofSound(millis);
        if (in + out == 0) {
            in = Counts.of(usage, "prompt_tokens");
            out = Counts.of(usage, "completion_tokens");
        }
        if (in + out == 0) {
            return new UnitUse(null, heard, millis > 0);
        }
        JsonNode details = usage.path("input_token_details");
        long audio = Math.min(Counts.of(details, "audio_tokens"), in);
        return new UnitUse(new Usage(in - audio, 0, 0, 0, out, 0, audio, 0, 0), heard, true);
    }

    private static UnitUse tokens(Endpoint endpoint, Units asked, JsonNode usage) {
        long in = Counts.either(usage, "input_tokens", "prompt_tokens");
        long out = Counts.either(usage, "output_tokens", "completion_tokens");
        if (in + out == 0) {
            return untold(asked);
        }
        boolean spoken = endpoint == Endpoint.SPEECH;
        return new UnitUse(
                new Usage(in, 0, 0, 0, spoken ? 0 : out, 0, 0, spoken ? out : 0, 0), asked, true);
    }

    /** Seconds as a number or as its text, up; 0 for what is none. */
    private static long millis(JsonNode seconds) {
        BigDecimal stated;
        try {
            stated =
                    seconds.isNumber()
                            ? seconds.decimalValue()
                            : new BigDecimal(seconds.asText("").isEmpty() ? "0" : seconds.asText());
        } catch (NumberFormatException e) {
            return 0;
        }
        if (stated.signum() <= 0 || stated.precision() - stated.scale() > 9) {
            return stated.signum() <= 0 ? 0 : MILLIS_MAX;
        }
        return stated.movePointRight(3).setScale(0, RoundingMode.CEILING).longValueExact();
    }
}
