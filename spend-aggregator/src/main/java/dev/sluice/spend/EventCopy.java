package dev.sluice.spend;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyManager;

import java.sql.SQLException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/**
 * Events as rows of PostgreSQL's binary COPY: nothing is turned into text and parsed again.
 *
 * <p>Rows are written to the server while the next ones are made, so that a batch needs no more
 * memory here than one buffer.
 */
final class EventCopy {

    /** The columns of {@code spend_events} in the order in which they are written. */
    static final String COLUMNS =
            """
            event_id, started_at, ended_at, journal_id, journal_seq, request_id, attempt, final,
            kind, key_hash, user_id, team_id, org_id, end_user, tags, call_type, model_group,
            deployment_id, provider, model, region, provider_response_id, status, error_class,
            stream, ttft_us, input_tokens, cached_read_tokens, cache_write_5m_tokens,
            cache_write_1h_tokens, output_tokens, reasoning_tokens, audio_input_tokens,
            audio_output_tokens, image_tokens, cost_pico, price_version, cache_kind, cache_key,
            cache_saved_pico, batch_id, batch_line\
            """;

    private static final short COLUMN_COUNT = 42;

    /** Signature, no flags, no extension. */
    private static final byte[] HEADER = {
        'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xff, '\r', '\n', 0, 0, 0, 0, 0, 0, 0, 0, 0
    };

    private static final int CHUNK_BYTES = 64 * 1024;
    private static final int TEXT_OID = 25;
    private static final long POSTGRES_EPOCH_SECOND = 946_684_800;
    private static final Map<SpendEvent.Kind, byte[]> KINDS = words(SpendEvent.Kind.class);
    private static final Map<SpendEvent.Status, byte[]> STATUSES = words(SpendEvent.Status.class);

    private final BinaryBuffer row = new BinaryBuffer(2 * CHUNK_BYTES);

    private EventCopy() {}

    /** Copies events into a table that has {@link #COLUMNS}. */
    static void into(CopyManager manager, String table, List<Delivery> deliveries)
            throws SQLException {
        CopyIn copy = manager.copyIn("copy %s (%s) from stdin binary".formatted(table, COLUMNS));
        try {
            new EventCopy().write(copy, deliveries);
            copy.endCopy();
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
    }

    private void write(CopyIn copy, List<Delivery> deliveries) throws SQLException {
        row.bytes(HEADER);
        for (Delivery delivery : deliveries) {
            write(delivery.event());
            if (row.length() >= CHUNK_BYTES) {
                flush(copy);
            }
        }
        row.int2((short) -1);
        flush(copy);
    }

    private void flush(CopyIn copy) throws SQLException {
        copy.writeToCopy(row.array(), 0, row.length());
        row.clear();
    }

    private void write(SpendEvent event) {
        row.int2(COLUMN_COUNT);
        uuid(event.eventId());
        time(event.startedAt());
        time(event.endedAt());
        text(event.journal().id());
        number(event.journal().seq());
        uuid(event.requestId());
        row.int4(Integer.BYTES);
        row.int4(event.attempt());
        flag(event.isFinal());
        word(KINDS.get(event.kind()));
        owner(event.owner());
        text(event.callType());
        target(event.target());
        text(event.providerResponseId());
        word(STATUSES.get(event.status()));
        text(event.errorClass());
        flag(event.stream());
        if (event.ttftMicros() >= 0) {
            number(event.ttftMicros());
        } else {
            nothing();
        }
        usage(event.usage());
        number(event.costPico());
        text(event.priceVersion());
        cache(event.cache());
        batch(event.batch());
    }

    private void owner(SpendEvent.Owner owner) {
        text(owner.keyHash());
        text(owner.userId());
        text(owner.teamId());
        text(owner.orgId());
        text(owner.endUser());
        texts(owner.tags());
    }

    private void target(SpendEvent.Target target) {
        text(target.modelGroup());
        text(target.deploymentId());
        text(target.provider());
        text(target.model());
        text(target.region());
    }

    private void usage(Usage usage) {
        number(usage.input());
        number(usage.cachedRead());
        number(usage.cacheWrite5m());
        number(usage.cacheWrite1h());
        number(usage.output());
        number(usage.reasoning());
        number(usage.audioInput());
        number(usage.audioOutput());
        number(usage.image());
    }

    private void cache(SpendEvent.@Nullable CacheUse cache) {
        if (cache == null) {
            nothing();
            nothing();
            nothing();
        } else {
            text(cache.kind());
            text(cache.key());
            number(cache.savedPico());
        }
    }

    private void batch(SpendEvent.@Nullable BatchLine batch) {
        if (batch == null) {
            nothing();
            nothing();
        } else {
            text(batch.id());
            number(batch.line());
        }
    }

    private void nothing() {
        row.int4(-1);
    }

    private void number(long value) {
        row.int4(Long.BYTES);
        row.int8(value);
    }

    private void flag(boolean value) {
        row.int4(1);
        row.int1(value ? (byte) 1 : 0);
    }

    private void uuid(UUID id) {
        row.int4(2 * Long.BYTES);
        row.int8(id.getMostSignificantBits());
        row.int8(id.getLeastSignificantBits());
    }

    /** Microseconds since 2000; {@link EventChecks} keeps out what does not fit. */
    private void time(Instant instant) {
        long seconds = instant.getEpochSecond() - POSTGRES_EPOCH_SECOND;
        number(Math.addExact(Math.multiplyExact(seconds, 1_000_000L), instant.getNano() / 1_000));
    }

    private void word(byte @Nullable [] word) {
        if (word == null) {
            throw new IllegalStateException("a kind or status without a word");
        }
        row.int4(word.length);
        row.bytes(word);
    }

    private void text(@Nullable String value) {
        if (value == null) {
            nothing();
        } else {
            row.text(StorableText.of(value));
        }
    }

    private void texts(List<String> values) {
        int length = row.placeOfLength();
        row.int4(values.isEmpty() ? 0 : 1);
        row.int4(0);
        row.int4(TEXT_OID);
        if (!values.isEmpty()) {
            row.int4(values.size());
            row.int4(1);
            values.forEach(this::text);
        }
        row.putLength(length);
    }

    private static <E extends Enum<E>> Map<E, byte[]> words(Class<E> type) {
        Map<E, byte[]> words = new EnumMap<>(type);
        for (E value : type.getEnumConstants()) {
            words.put(value, value.name().toLowerCase(Locale.ROOT).getBytes(UTF_8));
        }
        return words;
    }
}
