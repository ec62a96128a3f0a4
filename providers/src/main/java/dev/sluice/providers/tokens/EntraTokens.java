package dev.sluice.providers.tokens;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.core.http.HttpClient;
import com.azure.identity.ClientSecretCredentialBuilder;
import com.azure.identity.DefaultAzureCredentialBuilder;

import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * Microsoft Entra ID's tokens: of an application with a secret, else of what the place has (a
 * workload's or a machine's identity, a login).
 */
final class EntraTokens implements TokenFetch {

    private final Supplier<TokenCredential> made;
    private final TokenRequestContext request;
    private final InstantSource clock;
    private @Nullable TokenCredential credential;

    /**
     * Whose tokens.
     *
     * @param tenant null for the place's own
     * @param client null for the place's own
     * @param secret of the client; null for none, and then the place's identity is taken
     */
    record Application(@Nullable String tenant, @Nullable String client, @Nullable Secret secret) {}

    /** Fetches nothing yet, and does not load Microsoft's library either. */
    EntraTokens(
            Application application, String scope, Supplier<HttpClient> http, InstantSource clock) {
        this.made = () -> credential(application, http.get());
        this.request = new TokenRequestContext().addScopes(scope);
        this.clock = clock;
    }

    private static TokenCredential credential(Application application, HttpClient http) {
        if (application.secret() != null) {
            return new ClientSecretCredentialBuilder()
                    .tenantId(application.tenant())
                    .clientId(application.client())
                    .clientSecret(application.secret().reveal())
                    .httpClient(http)
                    .build();
        }
        var builder = new DefaultAzureCredentialBuilder().httpClient(http);
        if (application.tenant() != null) {
            builder.tenantId(application.tenant());
        }
        if (application.client() != null) {
            builder.managedIdentityClientId(application.client())
                    .workloadIdentityClientId(application.client());
        }
        return builder.build();
    }

    /** Called by one thread at a time. */
    @Override
    public Fetched fetch() throws IOException {
        TokenCredential whose = credential;
        if (whose == null) {
            whose = made.get();
            credential = whose;
        }
        AccessToken token = whose.getTokenSync(request);
        if (token == null) {
            throw new IOException("no token");
        }
        return new Fetched(
                new Secret(token.getToken()),
                Duration.between(clock.instant(), token.getExpiresAt().toInstant()));
    }
}
