package dev.sluice.providers.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.openai.TopLevelFields;
import dev.sluice.providers.openai.UnsupportedRequestException;
import dev.sluice.providers.protocol.CompatibleProvider.Quirks;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Changes requests of OpenAI's wire where the config or a provider's quirk asks for it. All others
 * pass as the bytes that they are: only a request that has one of the fields in question is parsed.
 */
final class Reshaping {

    /** Not for {@code extra_body}: the gateway itself must know how it asked. */
    private static final Set<String> FIXED = Set.of("model", "stream");

    private final ProtocolSettings settings;
    private final Quirks quirks;
    private final Set<String> dropped;
    private final ObjectNode extraBody;
    private final TopLevelFields concerned;

    Reshaping(ProtocolSettings settings, Quirks quirks) {
        this.settings = settings;
        this.quirks = quirks;
        ProtocolSettings.Parameters parameters = settings.parameters();
        this.dropped = Set.copyOf(parameters.alsoDrop());
        this.extraBody = JsonTrees.MAPPER.valueToTree(settings.extraBody());
        extraBody.remove(FIXED);
        Set<String> names = new HashSet<>(quirks.lacks());
        parameters.allow().forEach(names::remove);
        names.addAll(quirks.names().keySet());
        names.addAll(dropped);
        if (!quirks.streamOptions()) {
            names.add("stream_options");
        }
        this.concerned = new TopLevelFields(names);
    }

    /**
     * The call as this provider takes it.
     *
     * @throws UnsupportedRequestException if it asks for what the provider lacks
     */
    ModelCall apply(ModelCall call) throws UnsupportedRequestException {
        if (call.peek().form() != null) {
            return call; // A form's fields are not JSON's: they all pass.
        }
        if (extraBody.isEmpty() && !concerned.anyIn(call.body(), call.length())) {
            return call;
        }
        ObjectNode request =
                JsonTrees.object(call.body(), 0, call.length())
                        .orElseThrow(() ->
                                new UnsupportedRequestException(
                                        "The request is not a JSON object.", null));
        request.remove(dropped);
        if (!quirks.streamOptions()) {
            request.remove("stream_options");
        }
        dropWhatIsLacking(request);
        rename(request);
        request.setAll(extraBody);
        byte[] body = JsonTrees.bytes(request);
        return switch (RequestPeek.of(
                call.endpoint(), body, body.length, false, call.peek().model())) {
            case RequestPeek.Facts facts ->
                    new ModelCall(call.endpoint(), body, body.length, facts, call.cap());
            case RequestPeek.Malformed(var message, var param) ->
                    throw new UnsupportedRequestException(message, param);
        };
    }

    private void dropWhatIsLacking(ObjectNode request) throws UnsupportedRequestException {
        ProtocolSettings.Parameters parameters = settings.parameters();
        for (String name : List.copyOf(quirks.lacks())) {
            JsonNode value = request.get(name);
            if (value == null || parameters.allow().contains(name)) {
                continue;
            }
            if (parameters.drop() || ParameterRules.isNeutral(name, value)) {
                request.remove(name);
            } else if (!quirks.refusesItself()) {
                throw new UnsupportedRequestException(
                        ParameterRules.unsupported(settings, List.of(name)), name);
            }
        }
    }

    private void rename(ObjectNode request) {
        for (Map.Entry<String, String> name : quirks.names().entrySet()) {
            JsonNode value = request.remove(name.getKey());
            if (value != null && !request.has(name.getValue())) {
                request.set(name.getValue(), value);
            }
        }
    }
}
