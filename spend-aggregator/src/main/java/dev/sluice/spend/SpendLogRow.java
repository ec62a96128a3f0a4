package dev.sluice.spend;

import com.fasterxml.jackson.core.JsonGenerator;

import dev.sluice.schemas.Rfc3339;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.spend.db.tables.records.SpendRequestsRecord;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Locale;

/** A request as LiteLLM shows one, and what it cost in picodollars. */
final class SpendLogRow {

    private static final int PICO_DIGITS = 12;
    private static final String SUCCESS = lower(SpendEvent.Status.SUCCESS);
    private static final String CACHE_HIT = lower(SpendEvent.Kind.CACHE_HIT);

    private SpendLogRow() {}

    static void write(JsonGenerator json, SpendRequestsRecord row) throws IOException {
        json.writeStartObject();
        json.writeStringField("request_id", row.getRequestId().toString());
        json.writeStringField("call_type", row.getCallType());
        json.writeStringField("api_key", row.getKeyHash());
        json.writeNumberField("spend", usd(row.getSpendPico()));
        json.writeNumberField("spend_pico", row.getSpendPico().toBigIntegerExact());
        writeTokens(json, row);
        time(json, "startTime", row.getStartedAt());
        time(json, "endTime", row.getEndedAt());
        time(json, "completionStartTime", row.getCompletionStartedAt());
        json.writeStringField("model", row.getModel());
        json.writeStringField("model_id", row.getDeploymentId());
        json.writeStringField("model_group", row.getModelGroup());
        json.writeStringField("custom_llm_provider", row.getProvider());
        json.writeNullField("api_base");
        json.writeStringField("user", orEmpty(row.getUserId()));
        writeMetadata(json, row);
        json.writeStringField("cache_hit", row.getKind().equals(CACHE_HIT) ? "True" : "False");
        String cacheKey = row.getCacheKey();
        json.writeStringField("cache_key", cacheKey == null ? "Cache OFF" : cacheKey);
        json.writeArrayFieldStart("request_tags");
        for (String tag : row.getTags()) {
            json.writeString(tag);
        }
        json.writeEndArray();
        json.writeStringField("team_id", row.getTeamId());
        json.writeStringField("organization_id", row.getOrgId());
        json.writeStringField("end_user", orEmpty(row.getEndUser()));
        json.writeStringField("status", row.getStatus().equals(SUCCESS) ? "success" : "failure");
        writeNeverKept(json);
        json.writeEndObject();
    }

    private static void writeTokens(JsonGenerator json, SpendRequestsRecord row)
            throws IOException {
        BigDecimal prompt = row.getPromptTokens();
        BigDecimal completion = row.getCompletionTokens();
        json.writeNumberField("total_tokens", prompt.add(completion).toBigIntegerExact());
        json.writeNumberField("prompt_tokens", prompt.toBigIntegerExact());
        json.writeNumberField("completion_tokens", completion.toBigIntegerExact());
    }

    /** What LiteLLM has no column for. */
    private static void writeMetadata(JsonGenerator json, SpendRequestsRecord row)
            throws IOException {
        json.writeObjectFieldStart("metadata");
        json.writeStringField("status", row.getStatus());
        json.writeStringField("kind", row.getKind());
        json.writeNumberField("attempts", row.getAttempts());
        json.writeBooleanField("final", row.getFinal());
        json.writeStringField("error_class", row.getErrorClass());
        json.writeStringField("provider_response_id", row.getProviderResponseId());
        json.writeStringField("batch_id", row.getBatchId());
        json.writeObjectFieldStart("usage");
        json.writeNumberField("cached_read_tokens", row.getCachedReadTokens().toBigIntegerExact());
        json.writeNumberField("cache_write_tokens", row.getCacheWriteTokens().toBigIntegerExact());
        json.writeNumberField("reasoning_tokens", row.getReasoningTokens().toBigIntegerExact());
        json.writeEndObject();
        json.writeEndObject();
    }

    /** Columns that readers of LiteLLM expect and we hold nothing for: prompts, addresses. */
    private static void writeNeverKept(JsonGenerator json) throws IOException {
        json.writeNullField("requester_ip_address");
        json.writeNullField("session_id");
        json.writeNullField("mcp_namespaced_tool_name");
        json.writeNullField("agent_id");
        for (String name : new String[] {"messages", "response", "proxy_server_request"}) {
            json.writeObjectFieldStart(name);
            json.writeEndObject();
        }
    }

    /** Exact, as short as it can be written. */
    static BigDecimal usd(BigDecimal pico) {
        BigDecimal usd = pico.movePointLeft(PICO_DIGITS).stripTrailingZeros();
        return usd.scale() < 0 ? usd.setScale(0) : usd;
    }

    private static void time(JsonGenerator json, String name, Instant instant) throws IOException {
        json.writeStringField(name, Rfc3339.format(instant));
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
