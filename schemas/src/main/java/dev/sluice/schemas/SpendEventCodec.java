package dev.sluice.schemas;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
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

    @Override
    public byte[] encode(SpendEvent event) {
        var out = new ByteArrayBuilder(USUAL_BYTES);
        try (JsonGenerator json = JSON.createGenerator(out)) {
            write(event, json);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return out.toByteArray();
    }

    private static void write(SpendEvent event, JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeNumberField("v", VERSION);
        json.writeStringField("event_id", event.eventId().toString());
        json.writeObjectFieldStart("journal");
        json.writeStringField("id", event.journal().id());
        json.writeNumberField("seq", event.journal().seq());
        json.writeEndObject();
        json.writeStringField("request_id", event.requestId().toString());
        json.writeNumberField("attempt", event.attempt());
        json.writeBooleanField("final", event.isFinal());
        json.writeStringField("kind", lower(event.kind()));
        json.writeStringField("started_at", Rfc3339.format(event.startedAt()));
        json.writeStringField("ended_at", Rfc3339.format(event.endedAt()));
        writeOwner(event.owner(), json);
        json.writeStringField("call_type", event.callType());
        json.writeStringField("model_group", event.target().modelGroup());
        optional(json, "deployment_id", event.target().deploymentId());
        optional(json, "provider", event.target().provider());
        json.writeStringField("model", event.target().model());
        optional(json, "region", event.target().region());
        optional(json, "provider_response_id", event.providerResponseId());
        json.writeStringField("status", lower(event.status()));
        optional(json, "error_class", event.errorClass());
        json.writeBooleanField("stream", event.stream());
        if (event.ttftMicros() >= 0) {
            json.writeNumberField("ttft_us", event.ttftMicros());
        }
        writeUsage(event.usage(), json);
        json.writeNumberField("cost_pico", event.costPico());
        optional(json, "price_version", event.priceVersion());
        SpendEvent.CacheUse cache = event.cache();
        if (cache != null) {
            json.writeObjectFieldStart("cache");
            json.writeStringField("kind", cache.kind());
            json.writeStringField("key", cache.key());
            json.writeNumberField("saved_pico", cache.savedPico());
            json.writeEndObject();
        }
        SpendEvent.BatchLine batch = event.batch();
        if (batch != null) {
            json.writeObjectFieldStart("batch");
            json.writeStringField("id", batch.id());
            json.writeNumberField("line", batch.line());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void writeOwner(SpendEvent.Owner owner, JsonGenerator json) throws IOException {
        json.writeStringField("key_hash", owner.keyHash());
        optional(json, "user_id", owner.userId());
        optional(json, "team_id", owner.teamId());
        optional(json, "org_id", owner.orgId());
        optional(json, "end_user", owner.endUser());
        if (!owner.tags().isEmpty()) {
            json.writeArrayFieldStart("tags");
            for (String tag : owner.tags()) {
                json.writeString(tag);
            }
            json.writeEndArray();
        }
    }

    /** Classes without tokens are left out: most events have two. */
    private static void writeUsage(Usage usage, JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("usage");
        json.writeNumberField("input", usage.input());
        nonZero(json, "cached_read", usage.cachedRead());
        nonZero(json, "cache_write_5m", usage.cacheWrite5m());
        nonZero(json, "cache_write_1h", usage.cacheWrite1h());
        json.writeNumberField("output", usage.output());
        nonZero(json, "reasoning", usage.reasoning());
        nonZero(json, "audio_input", usage.audioInput());
        nonZero(json, "audio_output", usage.audioOutput());
        nonZero(json, "image", usage.image());
        json.writeEndObject();
    }

    private static void optional(JsonGenerator json, String name, @Nullable String value)
            throws IOException {
        if (value != null) {
            json.writeStringField(name, value);
        }
    }

    private static void nonZero(JsonGenerator json, String name, long value) throws IOException {
        if (value != 0) {
            json.writeNumberField(name, value);
        }
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public SpendEvent decode(byte[] bytes) throws NewerVersionException, UnreadableRecordException {
        try (JsonParser json = JSON.createParser(bytes)) {
            var fields = new Fields();
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new UnreadableRecordException("a spend event is not an object", null);
            }
            fields.read(json, "");
            int version = (int) fields.number("v", 0);
            if (version > VERSION) {
                throw new NewerVersionException("SpendEvent", version, VERSION);
            }
            if (version < 1) {
                throw new UnreadableRecordException("a spend event has no version", null);
            }
            return fields.event();
        } catch (IOException | IllegalArgumentException | java.time.DateTimeException e) {
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

        SpendEvent event() {
            return new SpendEvent(
                    UUID.fromString(text("event_id")),
                    new SpendEvent.JournalPosition(text("journal.id"), number("journal.seq", 0)),
                    UUID.fromString(text("request_id")),
                    Math.toIntExact(number("attempt", -1)),
                    number("final", 0) == 1,
                    SpendEvent.Kind.valueOf(upper("kind")),
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
                            : null);
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

        private String text(String name) {
            String text = texts.get(name);
            if (text == null) {
                throw new IllegalArgumentException(name + " is missing");
            }
            return text;
        }

        private String upper(String name) {
            return text(name).toUpperCase(Locale.ROOT);
        }

        long number(String name, long absent) {
            return requireNonNullElse(numbers.get(name), absent);
        }
    }
}
