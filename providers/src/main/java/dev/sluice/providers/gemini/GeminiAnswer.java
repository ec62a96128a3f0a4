package dev.sluice.providers.gemini;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.ChatSink;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.usage.GeminiUsage;

import org.jspecify.annotations.Nullable;

import java.util.UUID;

/**
 * Tells what {@code GenerateContentResponse}s say: a plain answer is one, every event of a stream
 * is one.
 */
public final class GeminiAnswer {

    private final ChatSink sink;
    private boolean hasBegun;
    private boolean hasCandidate;
    private int calls;
    private @Nullable String finish;
    private @Nullable String signature;
    private @Nullable ObjectNode block;

    /** Tells into {@code sink}. */
    public GeminiAnswer(ChatSink sink) {
        this.sink = sink;
    }

    /** Tells one response. */
    public void add(JsonNode response) {
        if (!hasBegun) {
            hasBegun = true;
            sink.begin(
                    response.path("responseId").textValue(),
                    response.path("modelVersion").textValue());
        }
        JsonNode usage = response.path("usageMetadata");
        if (usage.path("promptTokenCount").isNumber() || usage.path("totalTokenCount").isNumber()) {
            sink.usage(GeminiUsage.of(usage));
        }
        String tier = tier(usage);
        if (tier != null) {
            sink.serviceTier(tier);
        }
        block(response.path("promptFeedback"));
        JsonNode candidate = response.path("candidates").path(0);
        hasCandidate |= candidate.isObject();
        ArrayNode images = JsonTrees.MAPPER.createArrayNode();
        for (JsonNode part : candidate.path("content").path("parts")) {
            part(part, images);
        }
        if (!images.isEmpty()) {
            sink.extension("images", Json.write(images));
        }
        JsonNode grounding = candidate.path("groundingMetadata");
        if (grounding.isObject()) {
            sink.extension("vertex_ai_grounding_metadata", "[" + Json.write(grounding) + "]");
        }
        if (candidate.path("finishReason").isTextual()) {
            finish = candidate.path("finishReason").asText();
        }
    }

    /** Whether there was a word about the end. */
    public boolean isComplete() {
        return finish != null;
    }

    /** Whether there was an answer at all. */
    public boolean hasOutput() {
        return isComplete() || hasCandidate;
    }

    /** Tells the end; no response follows. */
    public void end() {
        ObjectNode fields = block == null ? JsonTrees.MAPPER.createObjectNode() : block;
        if (signature != null) {
            fields.putArray("thought_signatures").add(signature);
        }
        if (!fields.isEmpty()) {
            sink.extension("provider_specific_fields", Json.write(fields));
        }
        sink.finish(reason(finish == null ? "STOP" : finish, calls > 0));
    }

    /** AI Studio and Vertex each have their own words. */
    private static @Nullable String tier(JsonNode usage) {
        String stated = usage.path("serviceTier").asText(usage.path("trafficType").asText());
        return switch (stated) {
            case "flex", "FLEX", "ON_DEMAND_FLEX" -> "flex";
            case "priority", "PRIORITY", "ON_DEMAND_PRIORITY" -> "priority";
            case "standard", "STANDARD", "ON_DEMAND" -> "default";
            default -> null;
        };
    }

    /** A prompt that Google would not answer: no candidate comes. */
    private void block(JsonNode feedback) {
        if (feedback.path("blockReason").isTextual()) {
            ObjectNode said = JsonTrees.MAPPER.createObjectNode();
            said.set("block_reason", feedback.get("blockReason"));
            if (feedback.path("blockReasonMessage").isTextual()) {
                said.set("block_reason_message", feedback.get("blockReasonMessage"));
            }
            block = said;
            finish = "SAFETY";
        }
    }

    private void part(JsonNode part, ArrayNode images) {
        if (part.path("functionCall").isObject()) {
            call(part);
            return;
        }
        JsonNode text = part.path("text");
        boolean isThought = part.path("thought").asBoolean();
        if (text.isTextual() && !text.textValue().isEmpty()) {
            if (isThought) {
                sink.reasoning(text.textValue());
            } else {
                sink.text(text.textValue());
            }
        }
        JsonNode data = part.path("inlineData");
        if (data.path("mimeType").asText().startsWith("image/") && !isThought) {
            ObjectNode image = images.addObject().put("type", "image_url");
            image.put("index", images.size() - 1);
            image.putObject("image_url")
                    .put(
                            "url",
                            "data:"
                                    + data.path("mimeType").asText()
                                    + ";base64,"
                                    + data.path("data").asText());
        }
        if (part.path("thoughtSignature").isTextual()) {
            // Of several the last stands for all before it; one is enough to go on from.
            signature = part.path("thoughtSignature").textValue();
        }
    }

    private void call(JsonNode part) {
        JsonNode call = part.get("functionCall");
        JsonNode own = call.path("id");
        String id =
                own.isTextual() && !own.textValue().isEmpty()
                        ? own.textValue()
                        : "call_" + UUID.randomUUID().toString().replace("-", "");
        int index = calls++;
        sink.toolCall(
                index,
                ThoughtSignature.sign(id, part.path("thoughtSignature").textValue()),
                call.path("name").asText());
        JsonNode arguments = call.path("args");
        sink.arguments(index, arguments.isObject() ? Json.write(arguments) : "{}");
    }

    private static String reason(String finish, boolean hasCalls) {
        return switch (finish) {
            case "MAX_TOKENS" -> "length";
            case "SAFETY",
                    "RECITATION",
                    "LANGUAGE",
                    "OTHER",
                    "BLOCKLIST",
                    "PROHIBITED_CONTENT",
                    "SPII",
                    "MODEL_ARMOR",
                    "IMAGE_SAFETY",
                    "IMAGE_PROHIBITED_CONTENT",
                    "IMAGE_RECITATION",
                    "IMAGE_OTHER" ->
                    "content_filter";
            default -> hasCalls ? "tool_calls" : "stop";
        };
    }
}
