package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import java.util.List;

/** Calls completions of a text. */
final class CompletionsForm implements CallForm {

    @Override
    public String path() {
        return "/v1/completions";
    }

    @Override
    public ObjectNode request(Recording recording) {
        ObjectNode request =
                recording.request().path("body") instanceof ObjectNode recorded
                        ? recorded.deepCopy()
                        : JsonTrees.MAPPER.createObjectNode().put("prompt", "Once");
        if (recording.isStream()) {
            request.putObject("stream_options").put("include_usage", true);
        }
        return request;
    }

    @Override
    public ObjectNode expected(Recording recording) {
        return TextFacts.expected(recording);
    }

    @Override
    public ObjectNode found(Answer answer, boolean isStream) {
        List<JsonNode> parts = isStream ? answer.events() : List.of(answer.json());
        ObjectNode found = TextFacts.found(answer, parts, isStream);
        var text = new StringBuilder();
        for (JsonNode part : parts) {
            text.append(part.at("/choices/0/text").asText());
        }
        return found.put("text", text.toString());
    }
}
