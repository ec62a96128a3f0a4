package dev.sluice.providers.protocol;

import dev.sluice.providers.openai.ByteSource;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.ErrorBody;
import dev.sluice.providers.openai.JsonText;
import dev.sluice.providers.openai.ResponseFacts;
import dev.sluice.providers.openai.Splice;
import dev.sluice.providers.openai.UnsupportedRequestException;
import dev.sluice.providers.protocol.CompatibleProvider.Quirks;
import dev.sluice.providers.transport.UpstreamTarget;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * OpenAI's own wire, which most providers speak: the caller's bytes go on as they are, but for the
 * model's name and what stays here; answers come back untouched.
 */
public final class OpenAiProtocol implements Protocol {

    private static final Translation IDENTITY = new Identity();

    private final byte[] modelJson;
    private final Map<Endpoint, UpstreamTarget> targets;
    private final Reshaping reshaping;
    private final boolean streamOptions;
    private final @Nullable AccessTokens tokens;
    private final String home;

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
        this.reshaping = new Reshaping(settings, quirks);
        this.streamOptions = quirks.streamOptions();
        this.tokens = tokens;
        List<Map.Entry<String, String>> all = new ArrayList<>(headers);
        settings.extraHeaders()
                .forEach((name, value) -> {
                    all.removeIf(header -> header.getKey().equalsIgnoreCase(name));
                    all.add(Map.entry(name, value.reveal()));
                });
        this.targets = new EnumMap<>(Endpoint.class);
        urls.forEach((endpoint, url) -> targets.put(endpoint, UpstreamTarget.of(url, all)));
        this.home = targets.values().stream().map(UpstreamTarget::toString).findFirst().orElse("");
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
        ModelCall call;
        try {
            call = reshaping.apply(asked);
        } catch (UnsupportedRequestException e) {
            return new Preparation.Unsupported(e.problem(), e.param());
        }
        List<Map.Entry<String, String>> headers = List.of();
        if (tokens != null) {
            Optional<Secret> token = tokens.current();
            if (token.isEmpty()) {
                return new Preparation.NotNow("There is no access token for the provider now.");
            }
            headers = List.of(Map.entry("Authorization", "Bearer " + token.get().reveal()));
        }
        boolean askForUsage = streamOptions && call.peek().stream() && !call.peek().includeUsage();
        return new Preparation.Ready(
                target,
                headers,
                Splice.splice(
                        call.body(),
                        call.length(),
                        call.peek(),
                        modelJson,
                        askForUsage,
                        call.endpoint().hasOutput() ? call.cap() : null),
                IDENTITY);
    }

    private static final class Identity implements Translation {

        @Override
        public boolean isIdentity() {
            return true;
        }

        @Override
        public byte[] answer(byte[] body) {
            return body;
        }

        @Override
        public ByteSource stream(ByteSource source) {
            return source;
        }

        @Override
        public ProviderFailure failure(int status, HeaderLookup header, byte[] body) {
            int answered = status >= 400 ? status : 502;
            byte[] error =
                    ResponseFacts.of(body, body.length).error() != null
                            ? body
                            : new ErrorBody(
                                            "The provider answered %d.".formatted(answered),
                                            "api_error",
                                            null,
                                            Integer.toString(answered))
                                    .json();
            return new ProviderFailure(answered, error, RetryAfter.seconds(header));
        }
    }
}
