package dev.sluice.providers.responses;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

/**
 * What a response repeats of its request, and what it is called where the provider has no name for
 * it.
 */
public final class ResponseFrame {

    private final ObjectNode fields;
    private final String fallbackId;
    private final long nowSeconds;
    private final boolean wantsSeals;

    private ResponseFrame(
            ObjectNode fields, String fallbackId, long nowSeconds, boolean wantsSeals) {
        this.fields = fields;
        this.fallbackId = fallbackId;
        this.nowSeconds = nowSeconds;
        this.wantsSeals = wantsSeals;
    }

    static ResponseFrame of(ObjectNode asked, String fallbackId, long nowSeconds) {
        ObjectNode fields = JsonTrees.MAPPER.createObjectNode();
        fields.put("id", "").put("object", "response").put("created_at", nowSeconds);
        fields.put("status", "in_progress").put("background", false);
        fields.putNull("error").putNull("incomplete_details");
        for (String name : new String[] {"instructions", "max_output_tokens", "max_tool_calls"}) {
            copy(asked, fields, name);
        }
        fields.set("model", asked.path("model"));
        fields.putArray("output");
        JsonNode parallel = asked.path("parallel_tool_calls");
        fields.put("parallel_tool_calls", parallel.asBoolean(true));
        fields.putNull("previous_response_id");
        copy(asked, fields, "prompt_cache_key");
        ObjectNode reasoning = fields.putObject("reasoning").putNull("effort").putNull("summary");
        overlay(reasoning, asked.path("reasoning"));
        copy(asked, fields, "safety_identifier");
        fields.put("service_tier", "default").put("store", false);
        copy(asked, fields, "temperature");
        ObjectNode text = fields.putObject("text");
        text.putObject("format").put("type", "text");
        overlay(text, asked.path("text"));
        fields.set("tool_choice", asked.path("tool_choice"));
        if (!asked.hasNonNull("tool_choice")) {
            fields.put("tool_choice", "auto");
        }
        addTools(fields.putArray("tools"), asked.path("tools"));
        fields.put("top_logprobs", 0);
        copy(asked, fields, "top_p");
        fields.put("truncation", "disabled").putNull("usage");
        copy(asked, fields, "user");
        ObjectNode metadata = fields.putObject("metadata");
        overlay(metadata, asked.path("metadata"));
        boolean wantsSeals = false;
        for (JsonNode wish : asked.path("include")) {
            wantsSeals |= wish.asText().equals("reasoning.encrypted_content");
        }
        return new ResponseFrame(fields, fallbackId, nowSeconds, wantsSeals);
    }

    /** A response that has just begun. */
    ObjectNode begun() {
        return fields.deepCopy();
    }

    String fallbackId() {
        return fallbackId;
    }

    long nowSeconds() {
        return nowSeconds;
    }

    /** Whether the caller will give thoughts back. */
    boolean wantsSeals() {
        return wantsSeals;
    }

    /** Clients expect these fields of a tool, whether they were sent or not. */
    private static void addTools(ArrayNode told, JsonNode tools) {
        for (JsonNode tool : tools) {
            ObjectNode one = told.addObject();
            one.setAll((ObjectNode) tool);
            for (String name : new String[] {"description", "parameters"}) {
                if (!one.has(name)) {
                    one.putNull(name);
                }
            }
            if (!one.hasNonNull("strict")) {
                one.put("strict", false);
            }
        }
    }

    private static void copy(JsonNode asked, ObjectNode fields, String name) {
        if (asked.hasNonNull(name)) {
            fields.set(name, asked.get(name));
        } else {
            fields.putNull(name);
        }
    }

    private static void overlay(ObjectNode fields, JsonNode asked) {
        asked.properties()
                .forEach(field -> {
                    if (!field.getValue().isNull()) {
                        fields.set(field.getKey(), field.getValue());
                    }
                });
    }
}
