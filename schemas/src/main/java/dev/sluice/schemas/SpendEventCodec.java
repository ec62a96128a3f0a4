package dev.sluice.schemas;

import static dev.sluice.schemas.JsonBytes.ascii;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.Units;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/**
 * Spend events as flat JSON, written and read without a tree: this is on the request path.
 *
 * <p>The pinned form is {@code spend-event-v1.json} among the tests.
 */
public final class SpendEventCodec implements Codec<SpendEvent> {

    /** The schema version that is written. */
    public static final int VERSION = 1;

    private static final int USUAL_BYTES = 1024;
    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .recyclerPool(JsonRecyclerPools.sharedConcurrentDequePool())
                    .build();

    private static final Map<SpendEvent.Kind, byte[]> KINDS = words(SpendEvent.Kind.class);
    private static final Map<SpendEvent.Status, byte[]> STATUSES = words(SpendEvent.Status.class);

    @Override
    public byte[] encode(SpendEvent event) {
        var json = new JsonBytes(0, USUAL_BYTES);
        encode(event, json);
        return json.text();
    }

    /** Writes the event where its reader wants it. */
    public void encode(SpendEvent event, JsonBytes json) {
        json.raw(Names.VERSION);
        json.number(VERSION);
        json.raw(Names.EVENT_ID);
        json.uuid(event.eventId());
        json.raw(Names.JOURNAL_ID);
        json.string(event.journal().id());
        json.raw(Names.JOURNAL_SEQ);
        json.number(event.journal().seq());
        json.raw(Names.REQUEST_ID);
        json.uuid(event.requestId());
        json.raw(Names.ATTEMPT);
        json.number(event.attempt());
        json.raw(event.isFinal() ? Names.FINAL : Names.NOT_FINAL);
        json.raw(Names.KIND);
        json.raw(requireNonNull(KINDS.get(event.kind())));
        json.raw(Names.STARTED_AT);
        json.instant(event.startedAt());
        json.raw(Names.ENDED_AT);
        json.instant(event.endedAt());
        owner(json, event.owner());
        target(json, event);
        outcome(json, event);
        usage(json, event.usage());
        units(json, event.units());
        json.raw(Names.COST_PICO);
        json.number(event.costPico());
        optional(json, Names.PRICE_VERSION, event.priceVersion());
        cache(json, event.cache());
        batch(json, event.batch());
        json.raw(Names.END_OBJECT);
    }

    private static void owner(JsonBytes json, SpendEvent.Owner owner) {
        json.raw(Names.KEY_HASH);
        json.string(owner.keyHash());
        optional(json, Names.USER_ID, owner.userId());
        optional(json, Names.TEAM_ID, owner.teamId());
        optional(json, Names.ORG_ID, owner.orgId());
        optional(json, Names.END_USER, owner.endUser());
        List<String> tags = owner.tags();
        for (int i = 0; i < tags.size(); i++) {
            json.raw(i == 0 ? Names.TAGS : Names.COMMA);
            json.string(tags.get(i));
        }
        if (!tags.isEmpty()) {
            json.raw(Names.END_ARRAY);
        }
    }

    private static void target(JsonBytes json, SpendEvent event) {
        json.raw(Names.CALL_TYPE);
        json.string(event.callType());
        SpendEvent.Target target = event.target();
        json.raw(Names.MODEL_GROUP);
        json.string(target.modelGroup());
        optional(json, Names.DEPLOYMENT_ID, target.deploymentId());
        optional(json, Names.PROVIDER, target.provider());
        json.raw(Names.MODEL);
        json.string(target.model());
        optional(json, Names.REGION, target.region());
    }

    private static void outcome(JsonBytes json, SpendEvent event) {
        optional(json, Names.PROVIDER_RESPONSE_ID, event.providerResponseId());
        json.raw(Names.STATUS);
        json.raw(requireNonNull(STATUSES.get(event.status())));
        optional(json, Names.ERROR_CLASS, event.errorClass());
        json.raw(event.stream() ? Names.STREAM : Names.NO_STREAM);
        if (event.ttftMicros() >= 0) {
            json.raw(Names.TTFT_US);
            json.number(event.ttftMicros());
        }
    }

    /** Classes without tokens are left out: most events have two. */
    private static void usage(JsonBytes json, Usage usage) {
        json.raw(Names.USAGE_INPUT);
        json.number(usage.input());
        nonZero(json, Names.CACHED_READ, usage.cachedRead());
        nonZero(json, Names.CACHE_WRITE_5M, usage.cacheWrite5m());
        nonZero(json, Names.CACHE_WRITE_1H, usage.cacheWrite1h());
        json.raw(Names.OUTPUT);
        json.number(usage.output());
        nonZero(json, Names.REASONING, usage.reasoning());
        nonZero(json, Names.AUDIO_INPUT, usage.audioInput());
        nonZero(json, Names.AUDIO_OUTPUT, usage.audioOutput());
        nonZero(json, Names.IMAGE, usage.image());
        json.raw(Names.END_OBJECT);
    }

    /** Most events have none. */
    private static void units(JsonBytes json, Units units) {
        if (units.isNone()) {
            return;
        }
        json.raw(Names.UNITS);
        json.number(units.queries());
        nonZero(json, Names.OUTPUT_IMAGES, units.outputImages());
        nonZero(json, Names.OUTPUT_IMAGE_TOKENS, units.outputImageTokens());
        nonZero(json, Names.INPUT_CHARACTERS, units.inputCharacters());
        nonZero(json, Names.INPUT_MS, units.inputMillis());
        nonZero(json, Names.OUTPUT_MS, units.outputMillis());
        json.raw(Names.END_OBJECT);
    }

    private static void cache(JsonBytes json, SpendEvent.@Nullable CacheUse cache) {
        if (cache != null) {
            json.raw(Names.CACHE_KIND);
            json.string(cache.kind());
            json.raw(Names.CACHE_KEY);
            json.string(cache.key());
            json.raw(Names.CACHE_SAVED);
            json.number(cache.savedPico());
            json.raw(Names.END_OBJECT);
        }
    }

    private static void batch(JsonBytes json, SpendEvent.@Nullable BatchLine batch) {
        if (batch != null) {
            json.raw(Names.BATCH_ID);
            json.string(batch.id());
            json.raw(Names.BATCH_LINE);
            json.number(batch.line());
            json.raw(Names.END_OBJECT);
        }
    }

    private static void optional(JsonBytes json, byte[] name, @Nullable String value) {
        if (value != null) {
            json.raw(name);
            json.string(value);
        }
    }

    private static void nonZero(JsonBytes json, byte[] name, long value) {
        if (value != 0) {
            json.raw(name);
            json.number(value);
        }
    }

    private static <E extends Enum<E>> Map<E, byte[]> words(Class<E> type) {
        Map<E, byte[]> words = new EnumMap<>(type);
        for (E value : type.getEnumConstants()) {
            words.put(value, ascii("\"" + value.name().toLowerCase(Locale.ROOT) + "\""));
        }
        return words;
    }

    /** Every name as it stands in the text, with the punctuation around it. */
    private static final class Names {

        static final byte[] VERSION = ascii("{\"v\":");
        static final byte[] EVENT_ID = name("event_id");
        static final byte[] JOURNAL_ID = ascii(",\"journal\":{\"id\":");
        static final byte[] JOURNAL_SEQ = name("seq");
        static final byte[] REQUEST_ID = ascii("},\"request_id\":");
        static final byte[] ATTEMPT = name("attempt");
        static final byte[] FINAL = ascii(",\"final\":true");
        static final byte[] NOT_FINAL = ascii(",\"final\":false");
        static final byte[] KIND = name("kind");
        static final byte[] STARTED_AT = name("started_at");
        static final byte[] ENDED_AT = name("ended_at");
        static final byte[] KEY_HASH = name("key_hash");
        static final byte[] USER_ID = name("user_id");
        static final byte[] TEAM_ID = name("team_id");
        static final byte[] ORG_ID = name("org_id");
        static final byte[] END_USER = name("end_user");
        static final byte[] TAGS = ascii(",\"tags\":[");
        static final byte[] COMMA = ascii(",");
        static final byte[] END_ARRAY = ascii("]");
        static final byte[] CALL_TYPE = name("call_type");
        static final byte[] MODEL_GROUP = name("model_group");
        static final byte[] DEPLOYMENT_ID = name("deployment_id");
        static final byte[] PROVIDER = name("provider");
        static final byte[] MODEL = name("model");
        static final byte[] REGION = name("region");
        static final byte[] PROVIDER_RESPONSE_ID = name("provider_response_id");
        static final byte[] STATUS = name("status");
        static final byte[] ERROR_CLASS = name("error_class");
        static final byte[] STREAM = ascii(",\"stream\":true");
        static final byte[] NO_STREAM = ascii(",\"stream\":false");
        static final byte[] TTFT_US = name("ttft_us");
        static final byte[] USAGE_INPUT = ascii(",\"usage\":{\"input\":");
        static final byte[] CACHED_READ = name("cached_read");
        static final byte[] CACHE_WRITE_5M = name("cache_write_5m");
        static final byte[] CACHE_WRITE_1H = name("cache_write_1h");
        static final byte[] OUTPUT = name("output");
        static final byte[] REASONING = name("reasoning");
        static final byte[] AUDIO_INPUT = name("audio_input");
        static final byte[] AUDIO_OUTPUT = name("audio_output");
        static final byte[] IMAGE = name("image");
        static final byte[] UNITS = ascii(",\"units\":{\"queries\":");
        static final byte[] OUTPUT_IMAGES = name("output_images");
        static final byte[] OUTPUT_IMAGE_TOKENS = name("output_image_tokens");
        static final byte[] INPUT_CHARACTERS = name("input_characters");
        static final byte[] INPUT_MS = name("input_ms");
        static final byte[] OUTPUT_MS = name("output_ms");
        static final byte[] COST_PICO = name("cost_pico");
        static final byte[] PRICE_VERSION = name("price_version");
        static final byte[] CACHE_KIND = ascii(",\"cache\":{\"kind\":");
        static final byte[] CACHE_KEY = name("key");
        static final byte[] CACHE_SAVED = name("saved_pico");
        static final byte[] BATCH_ID = ascii(",\"batch\":{\"id\":");
        static final byte[] BATCH_LINE = name("line");
        static final byte[] END_OBJECT = ascii("}");

        private Names() {}

        private static byte[] name(String name) {
            return ascii(",\"" + name + "\":");
        }
    }

    @Override
    public SpendEvent decode(byte[] bytes) throws NewerVersionException, UnreadableRecordException {
        try (JsonParser json = JSON.createParser(bytes)) {
            var fields = new Fields();
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new UnreadableRecordException("a spend event is not an object", null);
            }
            fields.read(json, "");
            long version = fields.number("v", 0);
            if (version > VERSION) {
                throw new NewerVersionException(
                        "SpendEvent", (int) Math.min(version, Integer.MAX_VALUE), VERSION);
            }
            if (version < 1) {
                throw new UnreadableRecordException("a spend event has no version", null);
            }
            return fields.event();
        } catch (IOException
                | IllegalArgumentException
                | ArithmeticException
                | java.time.DateTimeException e) {
            throw new UnreadableRecordException("a spend event is damaged", e);
        }
    }

    /** The scalars of one event by path, as the parser meets them. */
    private static final class Fields {

        private final Map<String, String> texts = new HashMap<>();
        private final Map<String, Long> numbers = new HashMap<>();
        private final List<String> tags = new ArrayList<>();

        void read(JsonParser json, String prefix) throws IOException {
            for (JsonToken token = json.nextToken();
                    token != null && token != JsonToken.END_OBJECT;
                    token = json.nextToken()) {
                String name = prefix + json.currentName();
                switch (json.nextToken()) {
                    case START_OBJECT -> read(json, name + ".");
                    case START_ARRAY -> readArray(json, name);
                    case VALUE_NUMBER_INT -> numbers.put(name, json.getLongValue());
                    case VALUE_TRUE -> numbers.put(name, 1L);
                    case VALUE_FALSE -> numbers.put(name, 0L);
                    case VALUE_STRING -> texts.put(name, json.getText());
                    default -> json.skipChildren();
                }
            }
        }

        private void readArray(JsonParser json, String name) throws IOException {
            for (JsonToken token = json.nextToken();
                    token != JsonToken.END_ARRAY;
                    token = json.nextToken()) {
                if (name.equals("tags") && token == JsonToken.VALUE_STRING) {
                    tags.add(json.getText());
                } else {
                    json.skipChildren();
                }
            }
        }

        SpendEvent event() throws UnreadableRecordException {
            return new SpendEvent(
                    UUID.fromString(text("event_id")),
                    new SpendEvent.JournalPosition(text("journal.id"), number("journal.seq", 0)),
                    UUID.fromString(text("request_id")),
                    Math.toIntExact(number("attempt", -1)),
                    number("final", 0) == 1,
                    kind(),
                    Rfc3339.parse(text("started_at")),
                    Rfc3339.parse(text("ended_at")),
                    new SpendEvent.Owner(
                            text("key_hash"),
                            texts.get("user_id"),
                            texts.get("team_id"),
                            texts.get("org_id"),
                            texts.get("end_user"),
                            tags),
                    text("call_type"),
                    new SpendEvent.Target(
                            text("model_group"),
                            texts.get("deployment_id"),
                            texts.get("provider"),
                            text("model"),
                            texts.get("region")),
                    texts.get("provider_response_id"),
                    SpendEvent.Status.valueOf(upper("status")),
                    texts.get("error_class"),
                    number("stream", 0) == 1,
                    number("ttft_us", -1),
                    usage(),
                    number("cost_pico", 0),
                    texts.get("price_version"),
                    texts.containsKey("cache.key")
                            ? new SpendEvent.CacheUse(
                                    text("cache.kind"),
                                    text("cache.key"),
                                    number("cache.saved_pico", 0))
                            : null,
                    texts.containsKey("batch.id")
                            ? new SpendEvent.BatchLine(text("batch.id"), number("batch.line", 0))
                            : null,
                    units());
        }

        private Units units() {
            return new Units(
                    number("units.output_images", 0),
                    number("units.output_image_tokens", 0),
                    number("units.input_characters", 0),
                    number("units.input_ms", 0),
                    number("units.output_ms", 0),
                    number("units.queries", 0));
        }

        private Usage usage() {
            return new Usage(
                    number("usage.input", 0),
                    number("usage.cached_read", 0),
                    number("usage.cache_write_5m", 0),
                    number("usage.cache_write_1h", 0),
                    number("usage.output", 0),
                    number("usage.reasoning", 0),
                    number("usage.audio_input", 0),
                    number("usage.audio_output", 0),
                    number("usage.image", 0));
        }

        private SpendEvent.Kind kind() throws UnreadableRecordException {
            try {
                return SpendEvent.Kind.valueOf(upper("kind"));
            } catch (IllegalArgumentException e) {
                throw new UnreadableRecordException("a spend event is of an unknown kind", e);
            }
        }

        private String text(String name) throws UnreadableRecordException {
            String text = texts.get(name);
            if (text == null) {
                throw new UnreadableRecordException("a spend event lacks a field", null);
            }
            return text;
        }

        private String upper(String name) throws UnreadableRecordException {
            return text(name).toUpperCase(Locale.ROOT);
        }

        long number(String name, long absent) {
            return requireNonNullElse(numbers.get(name), absent);
        }
    }
}
