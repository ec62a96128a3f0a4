package dev.sluice.providers.responses;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.ResponseFacts;

import java.util.Optional;

/** Makes a response of a chat's plain answer. */
public final class ServedAnswer {

    private ServedAnswer() {}

    /** The response; empty if the bytes are no chat completion. */
    public static Optional<byte[]> response(byte[] completion, ResponseFrame frame) {
        return JsonTrees.object(completion, 0, completion.length)
                .filter(tree -> tree.at("/choices/0").isObject())
                .map(tree -> JsonTrees.bytes(response(completion, tree, frame)));
    }

    private static ObjectNode response(byte[] completion, ObjectNode tree, ResponseFrame frame) {
        var events = new ServedEvents(frame, new EventLog(/* isHeard= */ false));
        events.take(tree, ResponseFacts.of(completion, completion.length).usage(), "message");
        events.end();
        return events.response();
    }
}
