package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

/** Calls moderation, which is OpenAI's alone: its results are the caller's as they are. */
final class ModerationsForm implements CallForm {

    @Override
    public String path() {
        return "/v1/moderations";
    }

    @Override
    public ObjectNode request(Recording recording) {
        JsonNode input = recording.request().at("/body/input");
        ObjectNode request = JsonTrees.MAPPER.createObjectNode();
        return input.isMissingNode() || recording.isError()
                ? request.put("input", "Hello")
                : request.set("input", input);
    }

    @Override
    public ObjectNode expected(Recording recording) {
        ObjectNode expected = JsonTrees.MAPPER.createObjectNode();
        // Facts say nothing of them.
        expected.set("results", recording.response().at("/body/results"));
        return expected.put("metered.status", "success");
    }

    @Override
    public ObjectNode found(Answer answer, boolean isStream) {
        ObjectNode found = JsonTrees.MAPPER.createObjectNode();
        found.set("results", answer.json().path("results"));
        return found;
    }
}
