package dev.sluice.providers.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.cohere.Rerank;
import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.FormBody;
import dev.sluice.providers.openai.JsonText;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.openai.OutputCap;
import dev.sluice.providers.openai.Splice;
import dev.sluice.providers.openai.UnsupportedRequestException;
import dev.sluice.providers.protocol.CompatibleProvider.Quirks;
import dev.sluice.providers.transport.UpstreamTarget;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * OpenAI's own wire, which most providers speak: the caller's bytes go on as they are, but for the
 * model's name and what stays here; answers come back untouched, but for words of a provider's own.
 */
public final class OpenAiProtocol implements Protocol {

    private static final String CONTENT_TYPE = "Content-Type";
    private static final Translation IDENTITY = new Identity();
    private static final Translation RERANK = new RerankAnswers();
    private static final Preparation NO_TOKEN =
            new Preparation.NotNow("There is no access token for the provider now.");

    /** Whose answers are OpenAI's by definition. */
    private static final Set<String> OWN = Set.of("openai", "text-completion-openai", "azure");

    private final byte[] modelJson;
    private final byte[] modelText;
    private final long fileBytesMax;
    private final Map<Endpoint, UpstreamTarget> targets;
    private final Reshaping reshaping;
    private final boolean streamOptions;
    private final @Nullable AccessTokens tokens;
    private final String home;
    private final Translation translation;

    /**
     * A deployment.
     *
     * @param model as the provider is told it
     * @param urls of the endpoints that the provider has
     * @param tokens renewed ones, shown as {@code Authorization: Bearer}; null where the headers
     *     hold all
     * @throws IllegalArgumentException if an address or a header cannot be sent
     */
    OpenAiProtocol(
            ProtocolSettings settings,
            String model,
            Quirks quirks,
            Map<Endpoint, URI> urls,
            List<Map.Entry<String, String>> headers,
            @Nullable AccessTokens tokens) {
        this.modelJson = JsonText.quote(model);
        this.modelText = model.getBytes(UTF_8);
        this.fileBytesMax = fileBytesMax(settings);
        this.reshaping = new Reshaping(settings, quirks);
        this.streamOptions = quirks.streamOptions();
        this.translation = OWN.contains(settings.provider()) ? IDENTITY : new CompatibleAnswers();
        this.tokens = tokens;
        List<Map.Entry<String, String>> all = new ArrayList<>(headers);
        settings.extraHeaders()
                .forEach((name, value) -> {
                    all.removeIf(header -> header.getKey().equalsIgnoreCase(name));
                    all.add(Map.entry(name, value.reveal()));
                });
        this.targets = new EnumMap<>(Endpoint.class);
        List<Map.Entry<String, String>> ofForms = new ArrayList<>(all);
        ofForms.removeIf(header -> header.getKey().equalsIgnoreCase(CONTENT_TYPE));
        urls.forEach((endpoint, url) ->
                targets.put(endpoint, UpstreamTarget.of(url, endpoint.isForm() ? ofForms : all)));
        this.home = targets.values().stream().map(UpstreamTarget::toString).findFirst().orElse("");
    }

    /** LiteLLM's {@code max_file_size_mb}; without one the gateway's own bound holds. */
    private static long fileBytesMax(ProtocolSettings settings) {
        return settings.extra().get("max_file_size_mb") instanceof BigDecimal megabytes
                ? megabytes.multiply(BigDecimal.valueOf(1024 * 1024)).longValue()
                : Long.MAX_VALUE;
    }

    @Override
    public String home() {
        return home;
    }

    @Override
    public boolean serves(Endpoint endpoint) {
        return targets.containsKey(endpoint);
    }

    @Override
    public Preparation prepare(ModelCall asked) {
        UpstreamTarget target = targets.get(asked.endpoint());
        if (target == null) {
            return new Preparation.Unsupported(
                    "The provider has no " + asked.endpoint().path() + ".", null);
        }
        FormBody form = asked.peek().form();
        if (form != null && form.fileBytes() > fileBytesMax) {
            return new Preparation.Unsupported(
                    "The file is larger than %d bytes.".formatted(fileBytesMax), "file");
        }
        ModelCall call;
        try {
            call = reshaping.apply(asked);
        } catch (UnsupportedRequestException e) {
            return new Preparation.Unsupported(e.problem(), e.param());
        }
        Optional<List<Map.Entry<String, String>>> headers = headers();
        if (headers.isEmpty()) {
            return NO_TOKEN;
        }
        List<Map.Entry<String, String>> all = headers.get();
        if (form != null) {
            all = new ArrayList<>(all);
            all.add(Map.entry(CONTENT_TYPE, form.contentType()));
        }
        boolean askForUsage =
                streamOptions
                        && call.endpoint().hasOutput()
                        && call.endpoint() != Endpoint.RESPONSES // they tell it unasked
                        && call.peek().stream()
                        && !call.peek().includeUsage();
        OutputCap cap = call.cap();
        return new Preparation.Ready(
                target,
                all,
                Splice.splice(
                        call.body(),
                        call.length(),
                        call.peek(),
                        form == null ? modelJson : modelText,
                        askForUsage,
                        cap != null && call.endpoint().hasOutput()
                                ? cap.in(call.endpoint())
                                : null),
                translation(call.endpoint()));
    }

    @Override
    public Preparation kept(String id) {
        UpstreamTarget target = targets.get(Endpoint.RESPONSES);
        if (target == null) {
            return Protocol.super.kept(id);
        }
        return headers()
                .<Preparation>map(headers ->
                        new Preparation.Ready(target.below(id), headers, List.of(), IDENTITY))
                .orElse(NO_TOKEN);
    }

    /** Those of one call; empty for want of a token. */
    private Optional<List<Map.Entry<String, String>>> headers() {
        return tokens == null
                ? Optional.of(List.of())
                : tokens.current()
                        .map(token ->
                                List.of(Map.entry("Authorization", "Bearer " + token.reveal())));
    }

    private Translation translation(Endpoint endpoint) {
        return switch (endpoint) {
            case CHAT_COMPLETIONS, COMPLETIONS -> translation;
            case RERANK -> RERANK;
            default -> IDENTITY;
        };
    }

    /** Servers have taken over Cohere's shape but for a little. */
    private static final class RerankAnswers extends Identity {

        @Override
        public boolean isIdentity() {
            return false;
        }

        @Override
        public byte[] answer(byte[] body) throws UnreadableAnswerException {
            return JsonTrees.object(body, 0, body.length)
                    .flatMap(answer -> Rerank.completed(answer, "rerank-" + UUID.randomUUID()))
                    .map(JsonTrees::bytes)
                    .orElseThrow(() -> new UnreadableAnswerException("the answer has no results"));
        }
    }

    private static class Identity implements Translation {

        @Override
        public boolean isIdentity() {
            return true;
        }

        @Override
        public byte[] answer(byte[] body) throws UnreadableAnswerException {
            return body;
        }

        @Override
        public ByteSource stream(ByteSource source) {
            return source;
        }

        @Override
        public ProviderFailure failure(int status, HeaderLookup header, byte[] body) {
            return failed(status, header, body);
        }
    }

    /** An error of anybody who speaks this wire. */
    static ProviderFailure failed(int status, HeaderLookup header, byte[] body) {
        int answered = status >= 400 ? status : 502;
        return new ProviderFailure(
                answered, CompatibleErrors.of(answered, body), RetryAfter.seconds(header));
    }
}
