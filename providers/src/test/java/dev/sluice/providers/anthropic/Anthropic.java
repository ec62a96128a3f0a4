package dev.sluice.providers.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.CompletionForms;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.OutputCap;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.protocol.AnthropicProtocol;
import dev.sluice.providers.protocol.ModelCall;
import dev.sluice.providers.protocol.Preparation;
import dev.sluice.providers.protocol.ProtocolSettings;
import dev.sluice.providers.protocol.Translation;
import dev.sluice.providers.transport.Slice;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;

/** Calls the protocol in memory. */
final class Anthropic {

    private Anthropic() {}

    static AnthropicProtocol protocol(String model, ProtocolSettings.Parameters parameters) {
        return new AnthropicProtocol(
                new ProtocolSettings(
                        "anthropic",
                        model,
                        new Secret("sk-test"),
                        null,
                        null,
                        null,
                        parameters,
                        Map.of(),
                        Map.of(),
                        Map.of(),
                        _ -> null));
    }

    static Preparation prepare(AnthropicProtocol protocol, JsonNode request) {
        return prepare(protocol, request, null);
    }

    static Preparation prepare(
            AnthropicProtocol protocol, JsonNode request, @Nullable OutputCap cap) {
        byte[] body = JsonTrees.bytes(request);
        RequestPeek peek = RequestPeek.of(Endpoint.CHAT_COMPLETIONS, body, body.length, false);
        assertThat(peek).isInstanceOf(RequestPeek.Facts.class);
        return protocol.prepare(
                new ModelCall(
                        Endpoint.CHAT_COMPLETIONS,
                        body,
                        body.length,
                        (RequestPeek.Facts) peek,
                        cap));
    }

    static Preparation.Ready ready(String model, JsonNode request) {
        return ready(prepare(protocol(model, ProtocolSettings.Parameters.STRICT), request));
    }

    static Preparation.Ready ready(Preparation preparation) {
        assertThat(preparation).isInstanceOf(Preparation.Ready.class);
        return (Preparation.Ready) preparation;
    }

    static ObjectNode sent(Preparation.Ready ready) {
        Slice slice = ready.body().getFirst();
        return JsonTrees.object(slice.array(), slice.offset(), slice.length()).orElseThrow();
    }

    static ObjectNode sent(String model, String request) {
        return sent(ready(model, Recordings.tree(request)));
    }

    static Translation translation(boolean stream) {
        ObjectNode request = JsonTrees.MAPPER.createObjectNode();
        request.put("model", "m").put("stream", stream);
        request.putArray("messages").addObject().put("role", "user").put("content", "Hi");
        return ready("claude-sonnet-4-5", request).translation();
    }

    /** What the stream comes to as OpenAI's plain answer; empty object if it ends in an error. */
    static JsonNode assembled(byte[] openAiStream) throws IOException {
        return JsonTrees.MAPPER.readTree(
                CompletionForms.toPlain(openAiStream).orElse("{}".getBytes(UTF_8)));
    }

    static byte[] readAll(ByteSource source) throws IOException {
        var out = new ByteArrayOutputStream();
        byte[] some = new byte[4096];
        int count = source.read(some, 0, some.length);
        while (count >= 0) {
            out.write(some, 0, count);
            count = source.read(some, 0, some.length);
        }
        return out.toByteArray();
    }

    /** Hands out at most so many bytes at once. */
    static ByteSource source(byte[] bytes, int end, int pieces) {
        var in = new ByteArrayInputStream(bytes, 0, end);
        return (into, offset, length) -> in.read(into, offset, Math.min(pieces, length));
    }
}
