package dev.sluice.providers.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;

import dev.sluice.providers.openai.ChatSink;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.usage.AnthropicUsage;

/** Tells a plain answer. For one answer. */
public final class MessagesAnswer {

    private final boolean answersByTool;
    private final ChatSink sink;
    private final ArrayNode thoughts = JsonTrees.MAPPER.createArrayNode();
    private int calls;

    private MessagesAnswer(boolean answersByTool, ChatSink sink) {
        this.answersByTool = answersByTool;
        this.sink = sink;
    }

    /**
     * Tells the answer.
     *
     * @param answersByTool as {@link MessagesRequest#answersByTool}
     * @return false if it is no answer at all
     */
    public static boolean tell(JsonNode answer, boolean answersByTool, ChatSink sink) {
        if (!answer.path("content").isArray()) {
            return false;
        }
        new MessagesAnswer(answersByTool, sink).tell(answer);
        return true;
    }

    private void tell(JsonNode answer) {
        sink.begin(answer.path("id").textValue(), answer.path("model").textValue());
        answer.path("content").forEach(this::tellBlock);
        if (!thoughts.isEmpty()) {
            sink.extension("thinking_blocks", new String(JsonTrees.bytes(thoughts), UTF_8));
        }
        sink.finish(StopReasons.openAi(answer.path("stop_reason").asText(), calls > 0));
        var usage = new AnthropicUsage();
        usage.add(answer.path("usage"));
        if (usage.isPresent()) {
            sink.usage(usage.usage());
        }
    }

    private void tellBlock(JsonNode block) {
        switch (block.path("type").asText()) {
            case "text" -> sink.text(block.path("text").asText());
            case "thinking" -> {
                sink.reasoning(block.path("thinking").asText());
                thoughts.add(block);
            }
            case "redacted_thinking" -> thoughts.add(block);
            case "tool_use" -> tellCall(block);
            default -> {} // what Anthropic's own tools did
        }
    }

    private void tellCall(JsonNode block) {
        String name = block.path("name").asText();
        JsonNode input = block.path("input");
        String arguments = input.isObject() ? new String(JsonTrees.bytes(input), UTF_8) : "{}";
        if (answersByTool && name.equals(ToolSettings.ANSWER_TOOL)) {
            sink.text(arguments);
            return;
        }
        sink.toolCall(calls, block.path("id").asText(), name);
        sink.arguments(calls, arguments);
        calls++;
    }
}
