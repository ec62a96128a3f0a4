package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.providers.openai.RouterWishes.Pretence;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Reads the fields of a body by which a caller talks to the router; one instance a body. */
final class RouterWishesReader {

    private static final int FALLBACKS_MAX = 20;
    private static final int TAGS_MAX = 50;
    private static final int RETRIES_MAX = 100;
    private static final byte[] TAGS = "tags".getBytes(US_ASCII);
    private static final byte[] MODEL = "model".getBytes(US_ASCII);

    private @Nullable List<String> fallbacks;
    private boolean disableFallbacks;
    private int numRetries = -1;
    private @Nullable Duration timeout;
    private @Nullable Duration streamTimeout;
    private final List<String> tags = new ArrayList<>();
    private @Nullable Pretence pretence;

    RouterWishes wishes() {
        return new RouterWishes(
                fallbacks,
                disableFallbacks,
                numRetries,
                timeout,
                streamTimeout,
                List.copyOf(tags),
                pretence);
    }

    void fallbacks(JsonCursor cursor) throws MalformedException {
        if (cursor.kind() == 'n') {
            cursor.skipScalar();
            return;
        }
        FieldChecks.require(cursor.kind() == '[', "an array", cursor, "fallbacks");
        List<String> models = new ArrayList<>();
        cursor.enterArray();
        while (cursor.nextElement()) {
            if (models.size() >= FALLBACKS_MAX) {
                throw new MalformedException(
                        "Invalid 'fallbacks': more than %d models.".formatted(FALLBACKS_MAX),
                        "fallbacks");
            }
            models.add(cursor.kind() == '{' ? modelOf(cursor) : text(cursor, "fallbacks"));
        }
        fallbacks = List.copyOf(models);
    }

    /** LiteLLM also takes objects; only their model is followed, all else would be dropped. */
    private static String modelOf(JsonCursor cursor) throws MalformedException {
        String model = null;
        cursor.enterObject();
        while (cursor.nextMember()) {
            if (!cursor.nameIs(MODEL) || model != null) {
                throw new MalformedException(
                        "Invalid 'fallbacks': an entry may have nothing but one 'model'.",
                        "fallbacks");
            }
            model = text(cursor, "fallbacks");
        }
        if (model == null) {
            throw new MalformedException(
                    "Invalid 'fallbacks': an entry has no model.", "fallbacks");
        }
        return model;
    }

    void disableFallbacks(JsonCursor cursor) throws MalformedException {
        disableFallbacks = FieldChecks.flag(cursor, "disable_fallbacks");
    }

    void numRetries(JsonCursor cursor) throws MalformedException {
        BigDecimal number = number(cursor, "num_retries", "an integer");
        if (number == null) {
            return;
        }
        if (number.stripTrailingZeros().scale() > 0
                || number.signum() < 0
                || number.compareTo(BigDecimal.valueOf(RETRIES_MAX)) > 0) {
            throw new MalformedException(
                    "Invalid value for 'num_retries': expected a whole number from 0 to %d."
                            .formatted(RETRIES_MAX),
                    "num_retries");
        }
        numRetries = number.intValue();
    }

    void timeout(JsonCursor cursor) throws MalformedException {
        timeout = time(cursor, "timeout");
    }

    void streamTimeout(JsonCursor cursor) throws MalformedException {
        streamTimeout = time(cursor, "stream_timeout");
    }

    /** As LiteLLM does, a number may also be written as a text. */
    private static @Nullable Duration time(JsonCursor cursor, String param)
            throws MalformedException {
        Duration time;
        if (cursor.kind() == '"') {
            time = Seconds.parse(text(cursor, param));
        } else {
            BigDecimal seconds = number(cursor, param, "a number of seconds");
            if (seconds == null) {
                return null;
            }
            time = Seconds.of(seconds);
        }
        if (time == null) {
            throw new MalformedException(
                    "Invalid value for '%s': expected %s.".formatted(param, Seconds.EXPECTED),
                    param);
        }
        return time;
    }

    void tags(JsonCursor cursor, String param) throws MalformedException {
        if (cursor.kind() == 'n') {
            cursor.skipScalar();
            return;
        }
        FieldChecks.require(cursor.kind() == '[', "an array", cursor, param);
        cursor.enterArray();
        while (cursor.nextElement()) {
            if (tags.size() >= TAGS_MAX) {
                throw new MalformedException(
                        "Invalid '%s': more than %d tags.".formatted(param, TAGS_MAX), param);
            }
            String tag = text(cursor, param);
            if (tag.length() > RouterWishes.TAG_CHARACTERS_MAX) {
                throw new MalformedException(
                        "Invalid '%s': a tag is longer than %d characters."
                                .formatted(param, RouterWishes.TAG_CHARACTERS_MAX),
                        param);
            }
            tags.add(tag);
        }
    }

    /** Whether the object ahead has tags: then it is LiteLLM's, and no provider's. */
    boolean metadata(JsonCursor cursor, String param) throws MalformedException {
        if (cursor.kind() != '{') {
            cursor.skipValue();
            return false;
        }
        boolean hasTags = false;
        cursor.enterObject();
        while (cursor.nextMember()) {
            if (cursor.nameIs(TAGS)) {
                if (hasTags) {
                    throw FieldChecks.duplicate(param + ".tags");
                }
                // A text under that name is OpenAI's own kind of metadata.
                hasTags = cursor.kind() == '[';
                if (hasTags) {
                    tags(cursor, param + ".tags");
                    continue;
                }
            }
            cursor.skipValue();
        }
        return hasTags;
    }

    void pretend(JsonCursor cursor, Pretence kind, String param) throws MalformedException {
        if (FieldChecks.flag(cursor, param)) {
            pretence = kind;
        }
    }

    private static @Nullable BigDecimal number(JsonCursor cursor, String param, String expected)
            throws MalformedException {
        byte kind = cursor.kind();
        FieldChecks.require(kind == 'n' || JsonNumbers.isNumber(kind), expected, cursor, param);
        int start = cursor.position();
        cursor.skipScalar();
        if (kind == 'n') {
            return null;
        }
        int length = cursor.position() - start;
        if (length > 30) {
            throw new MalformedException(
                    "Invalid value for '%s': expected %s.".formatted(param, expected), param);
        }
        var number = new BigDecimal(new String(cursor.bytes, start, length, US_ASCII));
        // What a scale beyond this stands for is out of all bounds, and slow to compare.
        if (Math.abs(number.scale()) > 30) {
            throw new MalformedException(
                    "Invalid value for '%s': expected %s.".formatted(param, expected), param);
        }
        return number;
    }

    private static String text(JsonCursor cursor, String param) throws MalformedException {
        FieldChecks.require(cursor.kind() == '"', "a string", cursor, param);
        cursor.skipScalar();
        return FieldChecks.text(cursor, param);
    }
}
