package dev.sluice.providers.bedrock;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.ChatSink;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.usage.ConverseUsage;

/** Tells a plain answer of Converse. */
public final class ConverseAnswers {

    static final String THINKING_BLOCKS = "thinking_blocks";

    private ConverseAnswers() {}

    /**
     * Tells the answer.
     *
     * @return false if this is no answer of Converse
     */
    public static boolean tell(JsonNode answer, ChatSink sink) {
        JsonNode content = answer.at("/output/message/content");
        if (!content.isArray()) {
            return false;
        }
        sink.begin(null, null);
        ArrayNode thinking = JsonTrees.MAPPER.createArrayNode();
        int calls = 0;
        for (JsonNode block : content) {
            if (block.path("text").isTextual()) {
                sink.text(block.path("text").asText());
            }
            for (JsonNode cited : block.at("/citationsContent/content")) {
                sink.text(cited.path("text").asText());
            }
            JsonNode reasoning = block.path("reasoningContent");
            if (reasoning.isObject()) {
                sink.reasoning(reasoning.at("/reasoningText/text").asText());
                thinking.add(thinkingBlock(reasoning));
            }
            JsonNode use = block.path("toolUse");
            if (isCall(use)) {
                sink.toolCall(calls, use.path("toolUseId").asText(), use.path("name").asText());
                JsonNode input = use.path("input");
                sink.arguments(
                        calls,
                        input.isContainerNode() ? new String(JsonTrees.bytes(input), UTF_8) : "{}");
                calls++;
            }
        }
        if (!thinking.isEmpty()) {
            sink.extension(THINKING_BLOCKS, thinking.toString());
        }
        sink.finish(finish(answer.path("stopReason").asText()));
        if (answer.path("usage").isObject()) {
            sink.usage(ConverseUsage.of(answer.path("usage")));
        }
        return true;
    }

    /** Tools that Bedrock runs by itself are not the caller's to run. */
    static boolean isCall(JsonNode use) {
        return use.isObject() && !use.path("type").asText().equals("server_tool_use");
    }

    private static ObjectNode thinkingBlock(JsonNode reasoning) {
        ObjectNode block = JsonTrees.MAPPER.createObjectNode();
        if (reasoning.has("redactedContent")) {
            return block.put("type", "redacted_thinking")
                    .put("data", reasoning.path("redactedContent").asText());
        }
        return thinkingBlock(
                reasoning.at("/reasoningText/text").asText(),
                reasoning.at("/reasoningText/signature").asText());
    }

    static ObjectNode thinkingBlock(String text, String signature) {
        ObjectNode block = JsonTrees.MAPPER.createObjectNode();
        return block.put("type", "thinking").put("thinking", text).put("signature", signature);
    }

    /** OpenAI's word for why an answer ended. */
    static String finish(String stopReason) {
        return switch (stopReason) {
            case "tool_use" -> "tool_calls";
            case "max_tokens", "model_context_window_exceeded" -> "length";
            case "guardrail_intervened", "content_filtered" -> "content_filter";
            default -> "stop";
        };
    }
}
