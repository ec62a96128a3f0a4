package dev.sluice.spend;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.StringWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;

/**
 * Events as one JSON array of rows, named as the columns of {@code spend_events}.
 *
 * <p>PostgreSQL unfolds it with {@code json_populate_recordset}: a batch is one parameter of one
 * statement, whatever its size, and neither the limit on parameters nor a staging table (whose
 * coming and going bloats the catalogue) is met.
 */
final class EventRows {

    private static final JsonFactory JSON = new JsonFactory();
    private static final char REPLACEMENT = '\ufffd';

    private EventRows() {}

    static String json(List<Delivery> deliveries) {
        var text = new StringWriter(deliveries.size() * 1024);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartArray();
            for (Delivery delivery : deliveries) {
                write(json, delivery.event());
            }
            json.writeEndArray();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory failed", e);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, SpendEvent event) throws IOException {
        json.writeStartObject();
        json.writeStringField("event_id", event.eventId().toString());
        json.writeStringField("started_at", time(event.startedAt()));
        json.writeStringField("ended_at", time(event.endedAt()));
        text(json, "journal_id", event.journal().id());
        json.writeNumberField("journal_seq", event.journal().seq());
        json.writeStringField("request_id", event.requestId().toString());
        json.writeNumberField("attempt", event.attempt());
        json.writeBooleanField("final", event.isFinal());
        text(json, "kind", lower(event.kind()));
        writeOwner(json, event.owner());
        text(json, "call_type", event.callType());
        writeTarget(json, event.target());
        text(json, "provider_response_id", event.providerResponseId());
        text(json, "status", lower(event.status()));
        text(json, "error_class", event.errorClass());
        json.writeBooleanField("stream", event.stream());
        if (event.ttftMicros() >= 0) {
            json.writeNumberField("ttft_us", event.ttftMicros());
        }
        writeUsage(json, event.usage());
        json.writeNumberField("cost_pico", event.costPico());
        text(json, "price_version", event.priceVersion());
        SpendEvent.CacheUse cache = event.cache();
        if (cache != null) {
            text(json, "cache_kind", cache.kind());
            text(json, "cache_key", cache.key());
            json.writeNumberField("cache_saved_pico", cache.savedPico());
        }
        SpendEvent.BatchLine batch = event.batch();
        if (batch != null) {
            text(json, "batch_id", batch.id());
            json.writeNumberField("batch_line", batch.line());
        }
        json.writeEndObject();
    }

    private static void writeOwner(JsonGenerator json, SpendEvent.Owner owner) throws IOException {
        text(json, "key_hash", owner.keyHash());
        text(json, "user_id", owner.userId());
        text(json, "team_id", owner.teamId());
        text(json, "org_id", owner.orgId());
        text(json, "end_user", owner.endUser());
        json.writeArrayFieldStart("tags");
        for (String tag : owner.tags()) {
            json.writeString(storable(tag));
        }
        json.writeEndArray();
    }

    private static void writeTarget(JsonGenerator json, SpendEvent.Target target)
            throws IOException {
        text(json, "model_group", target.modelGroup());
        text(json, "deployment_id", target.deploymentId());
        text(json, "provider", target.provider());
        text(json, "model", target.model());
        text(json, "region", target.region());
    }

    private static void writeUsage(JsonGenerator json, Usage usage) throws IOException {
        json.writeNumberField("input_tokens", usage.input());
        json.writeNumberField("cached_read_tokens", usage.cachedRead());
        json.writeNumberField("cache_write_5m_tokens", usage.cacheWrite5m());
        json.writeNumberField("cache_write_1h_tokens", usage.cacheWrite1h());
        json.writeNumberField("output_tokens", usage.output());
        json.writeNumberField("reasoning_tokens", usage.reasoning());
        json.writeNumberField("audio_input_tokens", usage.audioInput());
        json.writeNumberField("audio_output_tokens", usage.audioOutput());
        json.writeNumberField("image_tokens", usage.image());
    }

    private static void text(JsonGenerator json, String name, @Nullable String value)
            throws IOException {
        if (value != null) {
            json.writeStringField(name, storable(value));
        }
    }

    /** Any year: PostgreSQL refuses those that it cannot hold. */
    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MICROS).toString();
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /**
     * The text with what PostgreSQL cannot store (NUL, half a surrogate pair) replaced. Callers
     * choose some of these texts; none of theirs may stop the books.
     */
    static String storable(String text) {
        int at = firstUnstorable(text, 0);
        if (at < 0) {
            return text;
        }
        var clean = new StringBuilder(text);
        for (; at >= 0; at = firstUnstorable(text, at + 1)) {
            clean.setCharAt(at, REPLACEMENT);
        }
        return clean.toString();
    }

    private static int firstUnstorable(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            char character = text.charAt(i);
            if (character == 0) {
                return i;
            }
            if (Character.isSurrogate(character)) {
                if (i + 1 == text.length()
                        || !Character.isSurrogatePair(character, text.charAt(i + 1))) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }
}
