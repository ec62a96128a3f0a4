package dev.sluice.providers.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.CompletionForms;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.providers.protocol.ProtocolSettings.Parameters;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.Usage;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/** Calls as the ingress would make them, and what came of them. */
final class Calls {

    private Calls() {}

    static ProtocolSettings settings(String provider, String model, Parameters parameters) {
        return new ProtocolSettings(
                provider,
                model,
                new Secret("test-key"),
                null,
                null,
                null,
                parameters,
                Map.of(),
                Map.of(),
                Map.of(),
                _ -> null);
    }

    static ModelCall call(Endpoint endpoint, JsonNode request) {
        byte[] body = JsonTrees.bytes(request);
        RequestPeek peek = RequestPeek.of(endpoint, body, body.length, false);
        assertThat(peek).isInstanceOf(RequestPeek.Facts.class);
        return new ModelCall(endpoint, body, body.length, (RequestPeek.Facts) peek, null);
    }

    static ModelCall chat(String json) {
        return call(Endpoint.CHAT_COMPLETIONS, Exchanges.tree(json.replace('\'', '"')));
    }

    static Preparation.Ready ready(Protocol protocol, ModelCall call) {
        Preparation preparation = protocol.prepare(call);
        assertThat(preparation).isInstanceOf(Preparation.Ready.class);
        return (Preparation.Ready) preparation;
    }

    static Preparation.Unsupported refused(Protocol protocol, ModelCall call) {
        Preparation preparation = protocol.prepare(call);
        assertThat(preparation).isInstanceOf(Preparation.Unsupported.class);
        return (Preparation.Unsupported) preparation;
    }

    /** The provider's request. */
    static JsonNode sent(Protocol protocol, ModelCall call) {
        var slice = ready(protocol, call).body().getFirst();
        return Exchanges.tree(new String(slice.array(), slice.offset(), slice.length(), UTF_8));
    }

    static Translation translation(Protocol protocol) {
        return ready(protocol, chat("{'model':'m','messages':[{'role':'user','content':'Hi'}]}"))
                .translation();
    }

    /** The plain form of a stream's events. */
    static byte[] plain(byte[] events) {
        return CompletionForms.toPlain(events).orElseThrow();
    }

    static @Nullable Usage usage(byte[] answer) {
        return ResponseFacts.of(answer, answer.length).usage();
    }

    /** Compares an answer in OpenAI's wire with what was found in the recording. */
    static void checkAnswer(byte[] answer, JsonNode facts, String finish) {
        String id = facts.path("id").asText();
        JsonNode tree = Exchanges.tree(new String(answer, UTF_8));
        JsonNode message = tree.at("/choices/0/message");
        assertThat(message.path("content").asText("")).as(id).isEqualTo(textOf(facts, "text"));
        assertThat(message.path("reasoning_content").asText(""))
                .as(id)
                .isEqualTo(textOf(facts, "reasoning"));
        assertThat(tree.at("/choices/0/finish_reason").asText()).as(id).isEqualTo(finish);
        List<JsonNode> expected = facts.path("tool_calls").valueStream().toList();
        List<JsonNode> calls =
                message.path("tool_calls")
                        .valueStream()
                        .map(call -> {
                            assertThat(call.path("id").asText()).as(id).isNotEmpty();
                            ObjectNode told = JsonTrees.MAPPER.createObjectNode();
                            told.set("name", call.at("/function/name"));
                            told.set(
                                    "arguments",
                                    Exchanges.tree(call.at("/function/arguments").asText()));
                            return (JsonNode) told;
                        })
                        .toList();
        assertThat(calls).as(id).isEqualTo(expected);
    }

    private static String textOf(JsonNode facts, String name) {
        return facts.path(name).asText("");
    }
}
