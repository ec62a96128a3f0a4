package dev.sluice.spend;

import org.jspecify.annotations.Nullable;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Which requests are asked for.
 *
 * @param apiKey a key's hash
 * @param from the earliest start, included
 * @param until the latest start, not included
 * @param limit at most so many, the newest
 */
record SpendLogQuery(
        @Nullable UUID requestId,
        @Nullable String apiKey,
        @Nullable String userId,
        @Nullable Instant from,
        @Nullable Instant until,
        int limit) {

    static final int USUAL_LIMIT = 10_000;
    static final int LARGEST_LIMIT = 100_000;

    private static final int LONGEST_VALUE = 512;
    private static final int FIRST_YEAR = 1970;
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss")
                    .withResolverStyle(ResolverStyle.STRICT);

    /** What came of reading a query string. */
    sealed interface Parsed {
        record Valid(SpendLogQuery query) implements Parsed {}

        record Invalid(String parameter, String message) implements Parsed {}
    }

    /**
     * Reads query parameters. One that is not known is refused: a filter that is skipped would show
     * more than was asked for.
     */
    static Parsed of(Map<String, List<String>> parameters) {
        var reading = new Reading();
        for (var parameter : parameters.entrySet()) {
            String name = parameter.getKey();
            List<String> values = parameter.getValue();
            if (values.size() != 1) {
                return new Parsed.Invalid(name, name + " is given more than once");
            }
            try {
                reading.take(name, values.getFirst());
            } catch (DateTimeException | IllegalArgumentException e) {
                return new Parsed.Invalid(name, Reading.expectation(name));
            }
        }
        return reading.result();
    }

    /** What has been read so far. */
    private static final class Reading {

        private @Nullable UUID requestId;
        private @Nullable String apiKey;
        private @Nullable String userId;
        private @Nullable Instant from;
        private @Nullable Instant until;
        private int limit = USUAL_LIMIT;

        /** Throws IllegalArgumentException or DateTimeException for what it cannot take. */
        void take(String name, String value) {
            switch (name) {
                case "request_id" -> requestId = uuid(value);
                case "api_key" -> apiKey = text(value);
                case "user_id" -> userId = text(value);
                case "start_date" -> from = start(value);
                case "end_date" -> until = end(value);
                case "limit" -> limit = limit(value);
                case "summarize" -> require(value.equals("false"));
                default -> throw new IllegalArgumentException();
            }
        }

        static String expectation(String name) {
            return switch (name) {
                case "request_id" -> "request_id is not a UUID, as x-litellm-call-id is";
                case "start_date", "end_date" ->
                        name + " is neither YYYY-MM-DD nor YYYY-MM-DD HH:MM:SS (UTC)";
                case "limit" -> "limit is not a number from 1 to " + LARGEST_LIMIT;
                case "summarize" -> "summarize can only be false here";
                case "api_key", "user_id" ->
                        name + " is empty or longer than " + LONGEST_VALUE + " characters";
                default -> "this parameter is not known";
            };
        }

        Parsed result() {
            if (from != null && until != null && !from.isBefore(until)) {
                return new Parsed.Invalid("start_date", "start_date is after end_date");
            }
            return new Parsed.Valid(
                    new SpendLogQuery(requestId, apiKey, userId, from, until, limit));
        }

        /** Strictly: the JDK also takes shortened groups. */
        private static UUID uuid(String value) {
            UUID uuid = UUID.fromString(value);
            require(uuid.toString().equalsIgnoreCase(value));
            return uuid;
        }

        private static String text(String value) {
            require(!value.isEmpty() && value.length() <= LONGEST_VALUE);
            return StorableText.of(value);
        }

        private static int limit(String value) {
            int limit = Integer.parseInt(value);
            require(limit >= 1 && limit <= LARGEST_LIMIT);
            return limit;
        }

        private static Instant start(String value) {
            LocalDateTime start =
                    isDate(value) ? LocalDate.parse(value).atStartOfDay() : second(value);
            return instant(start);
        }

        /** What is named is included: the whole day, the whole second. */
        private static Instant end(String value) {
            LocalDateTime end =
                    isDate(value)
                            ? LocalDate.parse(value).plusDays(1).atStartOfDay()
                            : second(value).plusSeconds(1);
            return instant(end);
        }

        private static boolean isDate(String value) {
            return value.length() == "YYYY-MM-DD".length();
        }

        private static LocalDateTime second(String value) {
            require(value.length() == "YYYY-MM-DD HH:MM:SS".length());
            return LocalDateTime.parse(value, SECONDS);
        }

        private static Instant instant(LocalDateTime time) {
            require(time.getYear() >= FIRST_YEAR);
            return time.toInstant(ZoneOffset.UTC);
        }

        private static void require(boolean fits) {
            if (!fits) {
                throw new IllegalArgumentException();
            }
        }
    }
}
