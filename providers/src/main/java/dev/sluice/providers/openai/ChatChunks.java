package dev.sluice.providers.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

/**
 * Writes a chat answer as OpenAI's stream: each piece is a {@code chat.completion.chunk} event.
 * What was told is taken with {@link #take}; only that is kept.
 *
 * <p>The usage goes out as an event of its own before {@code [DONE]}, as with {@code
 * stream_options.include_usage}; whether the caller sees it is decided by who relays.
 */
public final class ChatChunks implements ChatSink {

    private final StringBuilder out = new StringBuilder(512);
    private final String fallbackId;
    private final String fallbackModel;
    private final long createdSeconds;
    private String head;
    private boolean hasBegun;
    private boolean hasRole;
    private boolean hasFinished;
    private @Nullable String serviceTier;
    private @Nullable Usage usage;

    /**
     * A stream.
     *
     * @param fallbackId the answer's id where the provider has none
     * @param fallbackModel the model where the provider does not name it
     * @param createdSeconds since 1970
     */
    public ChatChunks(String fallbackId, String fallbackModel, long createdSeconds) {
        this.fallbackId = fallbackId;
        this.fallbackModel = fallbackModel;
        this.createdSeconds = createdSeconds;
        this.head = head(fallbackId, fallbackModel, createdSeconds);
    }

    private static String head(String id, String model, long createdSeconds) {
        var json = new StringBuilder(160).append("data: {\"id\":");
        JsonText.append(json, id);
        json.append(",\"object\":\"chat.completion.chunk\",\"created\":")
                .append(createdSeconds)
                .append(",\"model\":");
        JsonText.append(json, model);
        return json.toString();
    }

    @Override
    public void begin(@Nullable String id, @Nullable String model) {
        if (!hasBegun) {
            hasBegun = true;
            head =
                    head(
                            id == null ? fallbackId : id,
                            model == null ? fallbackModel : model,
                            createdSeconds);
        }
    }

    @Override
    public void text(String piece) {
        member("content", piece);
    }

    @Override
    public void reasoning(String piece) {
        member("reasoning_content", piece);
    }

    @Override
    public void refusal(String piece) {
        member("refusal", piece);
    }

    @Override
    public void toolCall(int index, String id, String name) {
        delta();
        out.append("\"tool_calls\":[{\"index\":").append(index).append(",\"id\":");
        JsonText.append(out, id);
        out.append(",\"type\":\"function\",\"function\":{\"name\":");
        JsonText.append(out, name);
        out.append(",\"arguments\":\"\"}}]");
        endDelta(null);
    }

    @Override
    public void arguments(int index, String piece) {
        if (piece.isEmpty()) {
            return;
        }
        delta();
        out.append("\"tool_calls\":[{\"index\":")
                .append(index)
                .append(",\"function\":{\"arguments\":");
        JsonText.append(out, piece);
        out.append("}}]");
        endDelta(null);
    }

    @Override
    public void extension(String name, String json) {
        delta();
        JsonText.append(out, name);
        out.append(':').append(json);
        endDelta(null);
    }

    @Override
    public void finish(String reason) {
        if (!hasFinished) {
            hasFinished = true;
            delta();
            endDelta(reason);
        }
    }

    @Override
    public void serviceTier(String tier) {
        serviceTier = tier;
    }

    @Override
    public void usage(Usage usage) {
        this.usage = usage;
    }

    /** Whether the answer's end was told. */
    public boolean hasFinished() {
        return hasFinished;
    }

    /** The end: usage, if it was told, and {@code [DONE]}. */
    public void done() {
        tellUsage();
        out.append("data: [DONE]\n\n");
    }

    /**
     * An error instead of the end. What was used until then is told before it, so that it can be
     * billed.
     */
    public void error(ErrorBody error) {
        tellUsage();
        out.append(new String(error.event(), UTF_8));
    }

    private void tellUsage() {
        Usage used = usage;
        if (used != null) {
            out.append(head);
            if (serviceTier != null) {
                out.append(",\"service_tier\":");
                JsonText.append(out, serviceTier);
            }
            out.append(",\"choices\":[],\"usage\":");
            UsageJson.append(out, used).append("}\n\n");
        }
    }

    /** Whether there is anything to take. */
    public boolean isEmpty() {
        return out.isEmpty();
    }

    /** The events since the last time. */
    public byte[] take() {
        byte[] bytes = out.toString().getBytes(UTF_8);
        out.setLength(0);
        return bytes;
    }

    private void member(String name, String piece) {
        if (piece.isEmpty()) {
            return;
        }
        delta();
        out.append('"').append(name).append("\":");
        JsonText.append(out, piece);
        endDelta(null);
    }

    /** OpenAI's first chunk of a choice names the role. */
    private void delta() {
        out.append(head).append(",\"choices\":[{\"index\":0,\"delta\":{");
        if (!hasRole) {
            hasRole = true;
            out.append("\"role\":\"assistant\",");
        }
    }

    private void endDelta(@Nullable String reason) {
        if (out.charAt(out.length() - 1) == ',') {
            out.setLength(out.length() - 1);
        }
        out.append("},\"finish_reason\":");
        JsonText.append(out, reason);
        out.append("}]}\n\n");
    }
}
