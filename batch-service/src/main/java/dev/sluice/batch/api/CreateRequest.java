package dev.sluice.batch.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.batch.jobs.Batch;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a body asks for; what it says besides is ignored.
 *
 * @param window in its own words
 * @param metadata a JSON object as text; null for none
 * @param outputExpiresAfter seconds; null for never
 * @param spendCapPico picodollars; null for no cap
 */
record CreateRequest(
        String inputFileId,
        String endpoint,
        String window,
        Duration within,
        Batch.Mode mode,
        @Nullable String metadata,
        @Nullable Long outputExpiresAfter,
        @Nullable Long spendCapPico) {

    private static final List<String> ENDPOINTS =
            List.of("/v1/responses", "/v1/chat/completions", "/v1/embeddings", "/v1/completions");
    private static final Pattern WINDOW = Pattern.compile("([1-9][0-9]{0,6})([smhd])");
    private static final Duration LONGEST = Duration.ofDays(30);
    private static final int PAIRS_MAX = 16;
    private static final int NAME_MAX = 64;
    private static final int VALUE_MAX = 512;
    private static final int PICO_DIGITS = 12;

    /** Dollars that fit into a long of picodollars have six digits before the point. */
    private static final int DOLLAR_DIGITS_MAX = 6;

    static CreateRequest of(ObjectNode body) {
        String endpoint = text(body, "endpoint");
        if (!ENDPOINTS.contains(endpoint)) {
            throw Refused.invalidValue(
                    "Invalid value for 'endpoint'. Supported values are: %s."
                            .formatted(quoted(ENDPOINTS)),
                    "endpoint");
        }
        String window = text(body, "completion_window");
        Duration within = within(window);
        JsonNode ours = body.path("batch");
        if (!isAbsent(ours) && !ours.isObject()) {
            throw Refused.invalidType("batch", "an object");
        }
        return new CreateRequest(
                text(body, "input_file_id"),
                endpoint,
                window,
                within,
                mode(ours.path("mode")),
                metadata(body.path("metadata")),
                outputExpiresAfter(body.path("output_expires_after")),
                spendCap(ours.path("spend_cap")));
    }

    private static String text(ObjectNode body, String name) {
        JsonNode value = body.path(name);
        if (isAbsent(value)) {
            throw Refused.missing(name);
        }
        if (!value.isTextual()) {
            throw Refused.invalidType(name, "a string");
        }
        return value.textValue();
    }

    /** {@code 24h} as OpenAI has it, and any other time up to thirty days. */
    private static Duration within(String window) {
        Matcher matcher = WINDOW.matcher(window);
        Duration within = Duration.ZERO;
        if (matcher.matches()) {
            long number = Long.parseLong(matcher.group(1));
            within =
                    switch (matcher.group(2)) {
                        case "s" -> Duration.ofSeconds(number);
                        case "m" -> Duration.ofMinutes(number);
                        case "h" -> Duration.ofHours(number);
                        default -> Duration.ofDays(number);
                    };
        }
        if (within.isZero() || within.compareTo(LONGEST) > 0) {
            throw Refused.invalidValue(
                    "Invalid value for 'completion_window': expected '24h', or another number of"
                            + " seconds, minutes, hours or days (s, m, h, d) up to '30d'.",
                    "completion_window");
        }
        return within;
    }

    private static Batch.Mode mode(JsonNode mode) {
        if (isAbsent(mode)) {
            return Batch.Mode.AUTO;
        }
        if (!mode.isTextual()) {
            throw Refused.invalidType("batch.mode", "a string");
        }
        return switch (mode.textValue()) {
            case "auto" -> Batch.Mode.AUTO;
            case "native" -> Batch.Mode.NATIVE;
            case "gateway" -> Batch.Mode.GATEWAY;
            default ->
                    throw Refused.invalidValue(
                            "Invalid value for 'batch.mode'. Supported values are: 'auto',"
                                    + " 'native', 'gateway'.",
                            "batch.mode");
        };
    }

    private static @Nullable String metadata(JsonNode metadata) {
        if (isAbsent(metadata)) {
            return null;
        }
        if (!(metadata instanceof ObjectNode pairs)) {
            throw Refused.invalidType("metadata", "an object with string values");
        }
        if (pairs.size() > PAIRS_MAX) {
            throw Refused.badRequest(
                    "Invalid 'metadata': too many properties. Expected an object with at most %d"
                                    .formatted(PAIRS_MAX)
                            + " properties, but got one with %d.".formatted(pairs.size()),
                    "metadata",
                    "object_above_max_properties");
        }
        for (var pair : pairs.properties()) {
            if (length(pair.getKey()) > NAME_MAX) {
                throw tooLong("metadata", "a name", NAME_MAX);
            }
            if (!pair.getValue().isTextual()) {
                throw Refused.invalidType("metadata", "an object with string values");
            }
            if (length(pair.getValue().textValue()) > VALUE_MAX) {
                throw tooLong("metadata." + pair.getKey(), "the value", VALUE_MAX);
            }
        }
        return Json.text(pairs);
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    private static Refused tooLong(String parameter, String what, int most) {
        return Refused.badRequest(
                "Invalid '%s': %s has more than %d characters.".formatted(parameter, what, most),
                parameter,
                "string_above_max_length");
    }

    private static @Nullable Long outputExpiresAfter(JsonNode after) {
        if (isAbsent(after)) {
            return null;
        }
        if (!after.isObject()) {
            throw Refused.invalidType("output_expires_after", "an object");
        }
        if (!after.path("anchor").asText().equals("created_at")) {
            throw Refused.invalidValue(
                    "Invalid value for 'output_expires_after.anchor'. Supported values are:"
                            + " 'created_at'.",
                    "output_expires_after.anchor");
        }
        JsonNode seconds = after.path("seconds");
        if (!seconds.isIntegralNumber()) {
            throw Refused.invalidType("output_expires_after.seconds", "an integer");
        }
        long wanted = seconds.canConvertToLong() ? seconds.longValue() : -1;
        return FilesApi.expiry(wanted, "output_expires_after.seconds").toSeconds();
    }

    /** Dollars, as a number or in digits. */
    private static @Nullable Long spendCap(JsonNode cap) {
        if (isAbsent(cap)) {
            return null;
        }
        BigDecimal dollars = null;
        if (cap.isNumber()) {
            dollars = cap.decimalValue();
        } else if (cap.isTextual() && cap.textValue().length() <= 32) {
            try {
                dollars = new BigDecimal(cap.textValue());
            } catch (NumberFormatException _) {
                // told below
            }
        }
        if (dollars == null) {
            throw Refused.invalidType("batch.spend_cap", "an amount of dollars");
        }
        // Of 1e999999999 only the digits are looked at.
        BigDecimal bare = dollars.signum() == 0 ? BigDecimal.ZERO : dollars.stripTrailingZeros();
        long digits = (long) bare.precision() - bare.scale();
        if (bare.signum() <= 0 || digits > DOLLAR_DIGITS_MAX || bare.scale() > PICO_DIGITS) {
            throw Refused.invalidValue(
                    "Invalid value for 'batch.spend_cap': expected more than 0 and less than"
                            + " 1000000 dollars, with at most 12 decimals.",
                    "batch.spend_cap");
        }
        return bare.movePointRight(PICO_DIGITS).longValueExact();
    }

    private static boolean isAbsent(JsonNode value) {
        return value.isMissingNode() || value.isNull();
    }

    private static String quoted(List<String> words) {
        return String.join(
                ", ",
                words.stream()
                        .map(word -> "'%s'".formatted(word.toLowerCase(Locale.ROOT)))
                        .toList());
    }
}
