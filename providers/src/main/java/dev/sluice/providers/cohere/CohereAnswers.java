package dev.sluice.providers.cohere;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.ChatSink;
import dev.sluice.providers.usage.CohereUsage;

import java.util.Optional;

/** Tells a plain answer of Cohere's chat. */
public final class CohereAnswers {

    private CohereAnswers() {}

    /**
     * Tells the answer.
     *
     * @return false if this is no answer, or one that says that the model failed
     */
    public static boolean tell(JsonNode answer, ChatSink sink) {
        JsonNode message = answer.path("message");
        Optional<String> finish = finish(answer.path("finish_reason").asText());
        if (!message.isObject() || finish.isEmpty()) {
            return false;
        }
        sink.begin(answer.path("id").textValue(), null);
        for (JsonNode part : message.path("content")) {
            switch (part.path("type").asText()) {
                case "text" -> sink.text(part.path("text").asText());
                case "thinking" -> sink.reasoning(part.path("thinking").asText());
                default -> {
                    // a newer kind of part
                }
            }
        }
        int index = 0;
        for (JsonNode call : message.path("tool_calls")) {
            sink.toolCall(index, call.path("id").asText(), call.at("/function/name").asText());
            String arguments = call.at("/function/arguments").asText();
            sink.arguments(index, arguments.isEmpty() ? "{}" : arguments);
            index++;
        }
        for (String name : new String[] {"tool_plan", "citations"}) {
            if (!message.path(name).asText().isEmpty() || !message.path(name).isEmpty()) {
                sink.extension(name, message.path(name).toString());
            }
        }
        sink.finish(finish.get());
        if (answer.path("usage").isObject()) {
            sink.usage(CohereUsage.of(answer.path("usage")));
        }
        return true;
    }

    /** OpenAI's word for why an answer ended; empty if the model failed. */
    static Optional<String> finish(String reason) {
        return switch (reason) {
            case "TOOL_CALL" -> Optional.of("tool_calls");
            case "MAX_TOKENS", "ERROR_LIMIT" -> Optional.of("length");
            case "ERROR_TOXIC" -> Optional.of("content_filter");
            case "ERROR", "TIMEOUT" -> Optional.empty();
            default -> Optional.of("stop");
        };
    }
}
