package dev.sluice.simulator;

import com.fasterxml.jackson.core.JsonGenerator;

import dev.sluice.simulator.Ledger.Totals;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/** Writes the ledger as JSON. */
final class LedgerWriter {

    private static final DateTimeFormatter RFC_3339_MICROS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSX").withZone(ZoneOffset.UTC);

    private LedgerWriter() {}

    /** Writes all sums and the newest attempts, oldest first. */
    static void write(Ledger.Snapshot ledger, int attemptsMax, OutputStream out)
            throws IOException {
        try (JsonGenerator json = Json.FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeFieldName("totals");
            totals(json, ledger.totals());
            sums(json, "by_key", ledger.byKey());
            sums(json, "by_model", ledger.byModel());
            json.writeNumberField("attempts_dropped", ledger.attemptsDropped());
            json.writeArrayFieldStart("attempts");
            List<Attempt> all = ledger.attempts();
            for (Attempt attempt : all.subList(Math.max(0, all.size() - attemptsMax), all.size())) {
                attempt(json, attempt);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    private static void sums(JsonGenerator json, String name, Map<String, Totals> sums)
            throws IOException {
        json.writeObjectFieldStart(name);
        for (Map.Entry<String, Totals> sum : sums.entrySet()) {
            json.writeFieldName(sum.getKey());
            totals(json, sum.getValue());
        }
        json.writeEndObject();
    }

    private static void totals(JsonGenerator json, Totals totals) throws IOException {
        json.writeStartObject();
        json.writeNumberField("calls", totals.calls());
        usage(json, totals.usage());
        json.writeNumberField("cost_pico", totals.costPico());
        json.writeEndObject();
    }

    private static void attempt(JsonGenerator json, Attempt attempt) throws IOException {
        json.writeStartObject();
        json.writeStringField("at", RFC_3339_MICROS.format(instant(attempt.atMicros())));
        json.writeStringField("request_id", attempt.requestId());
        json.writeStringField("key", attempt.key());
        json.writeStringField("deployment", attempt.deployment());
        json.writeStringField("model", attempt.model());
        json.writeStringField("user", attempt.user());
        json.writeNumberField("status", attempt.status());
        json.writeBooleanField("stream", attempt.stream());
        usage(json, attempt.usage());
        json.writeNumberField("cost_pico", attempt.costPico());
        json.writeStringField("fault", attempt.fault());
        json.writeEndObject();
    }

    private static void usage(JsonGenerator json, Usage usage) throws IOException {
        json.writeNumberField("input_tokens", usage.input());
        json.writeNumberField("cached_tokens", usage.cached());
        json.writeNumberField("output_tokens", usage.output());
        json.writeNumberField("reasoning_tokens", usage.reasoning());
    }

    private static Instant instant(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
    }
}
