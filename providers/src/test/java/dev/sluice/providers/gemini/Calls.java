package dev.sluice.providers.gemini;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.OutputCap;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.protocol.GeminiProtocol;
import dev.sluice.providers.protocol.ModelCall;
import dev.sluice.providers.protocol.Preparation;
import dev.sluice.providers.protocol.Protocol;
import dev.sluice.providers.protocol.ProtocolSettings;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Calls of a deployment, up to what would be sent. */
final class Calls {

    private Calls() {}

    static ProtocolSettings settings(
            String model, @Nullable String base, ProtocolSettings.Parameters parameters) {
        return new ProtocolSettings(
                "gemini",
                model,
                new Secret("test-key"),
                base,
                null,
                null,
                parameters,
                Map.of("x-extra", new Secret("extra")),
                Map.of(),
                Map.of("vertex_project", "test-project", "vertex_location", "europe-west4"),
                _ -> null);
    }

    static Protocol studio(String model) {
        return GeminiProtocol.studio(settings(model, null, ProtocolSettings.Parameters.STRICT));
    }

    static Protocol vertex(String model) {
        return GeminiProtocol.vertex(
                settings(model, null, ProtocolSettings.Parameters.STRICT),
                () -> Optional.of(new Secret("token")));
    }

    static Preparation prepare(Protocol protocol, Endpoint endpoint, String request) {
        return prepare(protocol, endpoint, request, null);
    }

    static Preparation prepare(
            Protocol protocol, Endpoint endpoint, String request, @Nullable OutputCap cap) {
        byte[] body = request.getBytes(UTF_8);
        RequestPeek peek = RequestPeek.of(endpoint, body, body.length, false);
        if (peek instanceof RequestPeek.Facts facts) {
            return protocol.prepare(new ModelCall(endpoint, body, body.length, facts, cap));
        }
        throw new AssertionError("not a request: " + peek);
    }

    static Preparation.Ready ready(Protocol protocol, String request) {
        return ready(prepare(protocol, Endpoint.CHAT_COMPLETIONS, request));
    }

    static Preparation.Ready ready(Preparation preparation) {
        if (preparation instanceof Preparation.Ready ready) {
            return ready;
        }
        throw new AssertionError("not ready: " + preparation);
    }

    static JsonNode body(Preparation.Ready ready) {
        var out = new ByteArrayOutputStream();
        ready.body().forEach(slice -> out.write(slice.array(), slice.offset(), slice.length()));
        return tree(out.toByteArray());
    }

    /** The body that a chat with these members makes. */
    static JsonNode chat(String model, String members) {
        return body(ready(studio(model), "{\"model\":\"m\"," + members + "}"));
    }

    static Preparation.Unsupported refused(Protocol protocol, String members) {
        Preparation preparation =
                prepare(protocol, Endpoint.CHAT_COMPLETIONS, "{\"model\":\"m\"," + members + "}");
        if (preparation instanceof Preparation.Unsupported unsupported) {
            return unsupported;
        }
        throw new AssertionError("not refused: " + preparation);
    }

    static JsonNode tree(byte[] json) {
        try {
            return JsonTrees.MAPPER.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode tree(String json) {
        return tree(json.getBytes(UTF_8));
    }

    static List<String> texts(JsonNode list, String name) {
        return list.valueStream().map(one -> one.path(name).asText()).toList();
    }
}
