package dev.sluice.providers.tokens;

import static java.util.Objects.requireNonNullElse;

import com.azure.core.http.HttpClient;
import com.azure.core.http.jdk.httpclient.JdkHttpClientBuilder;
import com.fasterxml.jackson.core.JsonProcessingException;

import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.providers.protocol.AccessTokens;
import dev.sluice.providers.protocol.ProtocolSettings;
import dev.sluice.providers.protocol.TokenSources;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Tokens for the deployments of a config. Deployments with the same credentials share a token, also
 * over a change of the config; one that no deployment holds any more is forgotten.
 */
public final class ProviderTokens implements TokenSources {

    private static final String COGNITIVE_SERVICES = "https://cognitiveservices.azure.com/.default";
    private static final Duration CONNECT_AT_MOST = Duration.ofSeconds(10);

    private final TokenWatcher watcher;
    private final RenewedTokens.Timing timing;
    private final Supplier<HttpClient> http;
    private final Map<Credentials, WeakReference<RenewedTokens>> known = new HashMap<>();

    private record Credentials(String issuer, List<@Nullable Object> named) {}

    /** Fetches nothing before a call asks. */
    public ProviderTokens(TokenWatcher watcher) {
        this(watcher, RenewedTokens.Timing.USUAL, ProviderTokens::jdkClient);
    }

    ProviderTokens(TokenWatcher watcher, RenewedTokens.Timing timing, Supplier<HttpClient> http) {
        this.watcher = watcher;
        this.timing = timing;
        this.http = http;
    }

    private static HttpClient jdkClient() {
        return new JdkHttpClientBuilder().connectionTimeout(CONNECT_AT_MOST).build();
    }

    @Override
    public AccessTokens google(ProtocolSettings settings) {
        String text = text(settings, "vertex_credentials", "VERTEXAI_CREDENTIALS");
        if (text == null) {
            // Google's library would see the process' own alone, not the config's.
            text = text(settings, "vertex_credentials", "GOOGLE_APPLICATION_CREDENTIALS");
        }
        Secret named = text == null ? null : new Secret(text);
        var fetch = new GoogleTokens(named, InstantSource.system());
        return shared(new Credentials("google", Arrays.asList(named)), fetch.project(), fetch);
    }

    @Override
    public AccessTokens entra(ProtocolSettings settings) {
        String tenant = text(settings, "tenant_id", "AZURE_TENANT_ID");
        String client = text(settings, "client_id", "AZURE_CLIENT_ID");
        String secret = text(settings, "client_secret", "AZURE_CLIENT_SECRET");
        if (secret != null && (tenant == null || client == null)) {
            throw new IllegalArgumentException("client_secret needs tenant_id and client_id");
        }
        String scope =
                requireNonNullElse(
                        text(settings, "azure_scope", "AZURE_SCOPE"), COGNITIVE_SERVICES);
        var application =
                new EntraTokens.Application(
                        tenant, client, secret == null ? null : new Secret(secret));
        return shared(
                new Credentials("entra", List.of(application, scope)),
                null,
                new EntraTokens(application, scope, http, InstantSource.system()));
    }

    private synchronized AccessTokens shared(
            Credentials credentials, @Nullable String project, TokenFetch fetch) {
        known.values().removeIf(reference -> reference.get() == null);
        WeakReference<RenewedTokens> reference = known.get(credentials);
        RenewedTokens tokens = reference == null ? null : reference.get();
        if (tokens == null || !Objects.equals(tokens.project().orElse(null), project)) {
            tokens =
                    new RenewedTokens(
                            credentials.issuer(),
                            project,
                            fetch,
                            timing,
                            System::nanoTime,
                            watcher);
            known.put(credentials, new WeakReference<>(tokens));
        }
        return tokens;
    }

    /** A setting, or its variable; null where both are missing or empty. */
    private static @Nullable String text(ProtocolSettings settings, String name, String variable) {
        Object value = settings.extra().get(name);
        if (value instanceof Map<?, ?> map) {
            try {
                return JsonTrees.MAPPER.writeValueAsString(map);
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException(name + " cannot be written as JSON");
            }
        }
        String stated = value instanceof String text ? text : null;
        String found = stated == null ? settings.environment().apply(variable) : stated;
        return found == null || found.isBlank() ? null : found;
    }
}
