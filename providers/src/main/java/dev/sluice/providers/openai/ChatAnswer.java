package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** Gathers a chat answer and writes it as OpenAI's {@code chat.completion}. */
public final class ChatAnswer implements ChatSink {

    private final long createdSeconds;
    private String id;
    private String model;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final StringBuilder refusal = new StringBuilder();
    private final Map<Integer, ToolCall> toolCalls = new TreeMap<>();
    private final Map<String, String> extensions = new LinkedHashMap<>();
    private boolean hasText;
    private @Nullable String finishReason;
    private @Nullable String serviceTier;
    private @Nullable Usage usage;

    private record ToolCall(String id, String name, StringBuilder arguments) {}

    /**
     * An empty answer.
     *
     * @param fallbackId the answer's id where the provider has none
     * @param fallbackModel the model where the provider does not name it
     * @param createdSeconds since 1970
     */
    public ChatAnswer(String fallbackId, String fallbackModel, long createdSeconds) {
        this.id = fallbackId;
        this.model = fallbackModel;
        this.createdSeconds = createdSeconds;
    }

    @Override
    public void begin(@Nullable String answerId, @Nullable String answerModel) {
        id = answerId == null ? id : answerId;
        model = answerModel == null ? model : answerModel;
    }

    @Override
    public void text(String piece) {
        hasText = true;
        text.append(piece);
    }

    @Override
    public void reasoning(String piece) {
        reasoning.append(piece);
    }

    @Override
    public void refusal(String piece) {
        refusal.append(piece);
    }

    @Override
    public void toolCall(int index, String callId, String name) {
        toolCalls.put(index, new ToolCall(callId, name, new StringBuilder()));
    }

    @Override
    public void arguments(int index, String piece) {
        ToolCall call = toolCalls.get(index);
        if (call == null) {
            throw new IllegalStateException("arguments of tool call " + index + " before its name");
        }
        call.arguments.append(piece);
    }

    @Override
    public void extension(String name, String json) {
        extensions.put(name, json);
    }

    @Override
    public void finish(String reason) {
        finishReason = reason;
    }

    @Override
    public void serviceTier(String tier) {
        serviceTier = tier;
    }

    @Override
    public void usage(Usage used) {
        usage = used;
    }

    /** The JSON of the answer. */
    public byte[] json() {
        var json = new StringBuilder(512 + text.length() + reasoning.length()).append("{\"id\":");
        JsonText.append(json, id);
        json.append(",\"object\":\"chat.completion\",\"created\":")
                .append(createdSeconds)
                .append(",\"model\":");
        JsonText.append(json, model);
        if (serviceTier != null) {
            json.append(",\"service_tier\":");
            JsonText.append(json, serviceTier);
        }
        json.append(",\"choices\":[{\"index\":0,\"message\":");
        message(json);
        json.append(",\"logprobs\":null,\"finish_reason\":");
        JsonText.append(json, finishReason == null ? "stop" : finishReason);
        json.append("}]");
        Usage used = usage;
        if (used != null) {
            json.append(",\"usage\":");
            UsageJson.append(json, used);
        }
        return json.append('}').toString().getBytes(UTF_8);
    }

    private void message(StringBuilder json) {
        json.append("{\"role\":\"assistant\",\"content\":");
        boolean isEmpty = !hasText && (!toolCalls.isEmpty() || !refusal.isEmpty());
        JsonText.append(json, isEmpty ? null : text.toString());
        json.append(",\"refusal\":");
        JsonText.append(json, refusal.isEmpty() ? null : refusal.toString());
        if (!reasoning.isEmpty()) {
            json.append(",\"reasoning_content\":");
            JsonText.append(json, reasoning.toString());
        }
        if (!toolCalls.isEmpty()) {
            json.append(",\"tool_calls\":[");
            toolCalls
                    .values()
                    .forEach(call -> {
                        json.append("{\"id\":");
                        JsonText.append(json, call.id);
                        json.append(",\"type\":\"function\",\"function\":{\"name\":");
                        JsonText.append(json, call.name);
                        json.append(",\"arguments\":");
                        JsonText.append(json, call.arguments.toString());
                        json.append("}},");
                    });
            json.setCharAt(json.length() - 1, ']');
        }
        extensions.forEach((name, value) -> {
            json.append(',');
            JsonText.append(json, name);
            json.append(':').append(value);
        });
        json.append('}');
    }
}
