package dev.sluice.providers.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.RequestPeek;
import dev.sluice.providers.openai.TopLevelFields;
import dev.sluice.schemas.config.PresetParameters;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A deployment whose config has parameters of its own, such as {@code temperature}, for callers
 * that do not say any, or drops what stands inside a parameter. All others have no such step.
 */
final class PresetProtocol implements Protocol {

    /** What may be preset, by endpoint. */
    static final Map<Endpoint, Set<String>> KNOWN =
            Map.of(
                    Endpoint.CHAT_COMPLETIONS,
                    Set.of(
                            "audio",
                            "chat_template_kwargs",
                            "frequency_penalty",
                            "logit_bias",
                            "logprobs",
                            "max_completion_tokens",
                            "max_tokens",
                            "min_p",
                            "modalities",
                            "n",
                            "parallel_tool_calls",
                            "prediction",
                            "presence_penalty",
                            "reasoning_effort",
                            "repetition_penalty",
                            "response_format",
                            "safety_settings",
                            "seed",
                            "service_tier",
                            "stop",
                            "store",
                            "temperature",
                            "thinking",
                            "tool_choice",
                            "tools",
                            "top_k",
                            "top_logprobs",
                            "top_p",
                            "user",
                            "verbosity",
                            "web_search_options"),
                    Endpoint.COMPLETIONS,
                    Set.of(
                            "best_of",
                            "echo",
                            "frequency_penalty",
                            "logit_bias",
                            "logprobs",
                            "max_tokens",
                            "min_p",
                            "n",
                            "presence_penalty",
                            "repetition_penalty",
                            "seed",
                            "stop",
                            "suffix",
                            "temperature",
                            "top_k",
                            "top_p",
                            "user"),
                    Endpoint.EMBEDDINGS,
                    Set.of("dimensions", "encoding_format", "input_type", "user"),
                    Endpoint.RERANK,
                    Set.of("max_tokens_per_doc", "return_documents", "top_n"),
                    Endpoint.IMAGES,
                    Set.of(
                            "background",
                            "moderation",
                            "n",
                            "output_compression",
                            "output_format",
                            "quality",
                            "response_format",
                            "size",
                            "style",
                            "user"),
                    Endpoint.SPEECH,
                    Set.of("instructions", "response_format", "speed", "voice"));

    /** Two words for one thing: who says one of them has said it. */
    private static final List<Set<String>> SAME =
            List.of(
                    Set.of("max_tokens", "max_completion_tokens"),
                    Set.of("reasoning_effort", "thinking"));

    private final Protocol protocol;
    private final ObjectNode presets;
    private final List<DropPath> drops;
    private final TopLevelFields heads;

    private PresetProtocol(Protocol protocol, ObjectNode presets, List<DropPath> drops) {
        this.protocol = protocol;
        this.presets = presets;
        this.drops = drops;
        this.heads = new TopLevelFields(drops.stream().map(DropPath::head).toList());
    }

    /** The protocol itself where the config has nothing of this kind. */
    static Protocol around(Protocol protocol, ProtocolSettings settings) {
        ObjectNode presets = JsonTrees.MAPPER.createObjectNode();
        for (Map.Entry<String, Object> extra : settings.extra().entrySet()) {
            String name = extra.getKey();
            if (PresetParameters.NAMES.contains(name)) {
                presets.set(name, JsonTrees.MAPPER.<JsonNode>valueToTree(extra.getValue()));
            }
        }
        List<DropPath> drops =
                settings.parameters().alsoDrop().stream()
                        .map(DropPath::of)
                        .flatMap(Optional::stream)
                        .toList();
        return presets.isEmpty() && drops.isEmpty()
                ? protocol
                : new PresetProtocol(protocol, presets, drops);
    }

    @Override
    public String home() {
        return protocol.home();
    }

    @Override
    public boolean serves(Endpoint endpoint) {
        return protocol.serves(endpoint);
    }

    @Override
    public Preparation prepare(ModelCall call) {
        boolean isPreset = !presets.isEmpty() && KNOWN.containsKey(call.endpoint());
        if (call.peek().form() != null || !(isPreset || heads.anyIn(call.body(), call.length()))) {
            return protocol.prepare(call);
        }
        Optional<ObjectNode> read = JsonTrees.object(call.body(), 0, call.length());
        if (read.isEmpty() || !shape(read.get(), call.endpoint())) {
            return protocol.prepare(call);
        }
        byte[] body = JsonTrees.bytes(read.get());
        String model = call.peek().model();
        return switch (RequestPeek.of(call.endpoint(), body, body.length, false, model)) {
            case RequestPeek.Facts facts ->
                    protocol.prepare(
                            new ModelCall(call.endpoint(), body, body.length, facts, call.cap()));
            case RequestPeek.Malformed(var message, var param) ->
                    new Preparation.Unsupported(message, param);
        };
    }

    /** Whether anything has changed. */
    private boolean shape(ObjectNode request, Endpoint endpoint) {
        ObjectNode added = JsonTrees.MAPPER.createObjectNode();
        Set<String> known = KNOWN.getOrDefault(endpoint, Set.of());
        for (Map.Entry<String, JsonNode> preset : presets.properties()) {
            if (known.contains(preset.getKey()) && !isSaid(request, preset.getKey())) {
                // What is dropped below must not be missing in the next call.
                added.set(preset.getKey(), preset.getValue().<JsonNode>deepCopy());
            }
        }
        request.setAll(added);
        boolean isChanged = !added.isEmpty();
        for (DropPath drop : drops) {
            isChanged |= drop.dropFrom(request);
        }
        return isChanged;
    }

    /** A null is said, too: it asks for the provider's own. */
    private static boolean isSaid(ObjectNode request, String name) {
        return request.has(name)
                || SAME.stream()
                        .anyMatch(words ->
                                words.contains(name) && words.stream().anyMatch(request::has));
    }
}
