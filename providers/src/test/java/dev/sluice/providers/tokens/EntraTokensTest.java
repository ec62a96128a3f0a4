package dev.sluice.providers.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpHeaders;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;

import dev.sluice.schemas.config.Secret;

import org.junit.jupiter.api.Test;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** An application's secret, or a machine's identity, buys Entra ID's tokens. */
class EntraTokensTest {

    private static final String TENANT = "11111111-2222-3333-4444-555555555555";
    private static final Map<String, Object> APPLICATION =
            Map.of("tenant_id", TENANT, "client_id", "an-app", "client_secret", "hush-hush");

    private final Issuer issuer = new Issuer();
    private final ProviderTokens tokens =
            new ProviderTokens(TokenWatcher.NONE, RenewedTokens.Timing.USUAL, () -> issuer);

    @Test
    void anApplicationsSecretBuysATokenForCognitiveServices() {
        var entra = tokens.entra(GoogleTokensTest.settings("azure", APPLICATION));
        assertThat(issuer.asked).isEmpty();

        assertThat(entra.current()).contains(new Secret("of-the-app"));
        assertThat(entra.current()).contains(new Secret("of-the-app"));

        assertThat(issuer.asked)
                .filteredOn(url -> url.contains("/oauth2/v2.0/token"))
                .singleElement()
                .asString()
                .startsWith("https://login.microsoftonline.com/" + TENANT)
                .contains("grant_type=client_credentials")
                .contains("client_id=an-app")
                .contains("client_secret=hush-hush")
                .contains("https://cognitiveservices.azure.com/.default");
    }

    @Test
    void aRefusedSecretIsNoTokenNow() {
        issuer.status = 401;

        assertThat(tokens.entra(GoogleTokensTest.settings("azure", APPLICATION)).current())
                .isEmpty();
    }

    @Test
    void aRefusalIsToldByItsCodeAlone() {
        issuer.status = 401;
        var fetch =
                new EntraTokens(
                        new EntraTokens.Application(TENANT, "an-app", new Secret("hush-hush")),
                        "https://cognitiveservices.azure.com/.default",
                        () -> issuer,
                        InstantSource.system());

        assertThatThrownBy(fetch::fetch)
                .satisfies(failure ->
                        assertThat(FailureWords.of(failure))
                                .contains("AADSTS7000215")
                                .doesNotContain("hush", "an-app", TENANT));
    }

    @Test
    void withoutASecretTheMachinesIdentityIsTaken() {
        var entra = tokens.entra(GoogleTokensTest.settings("azure", Map.of()));

        assertThat(entra.current()).contains(new Secret("of-the-machine"));
    }

    @Test
    void aSecretWithoutItsApplicationIsRefused() {
        assertThatThrownBy(() ->
                        tokens.entra(
                                GoogleTokensTest.settings(
                                        "azure", Map.of("client_secret", "hush-hush"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("hush");
    }

    /** Entra ID, and the address at which machines ask for their identity. */
    private static final class Issuer implements HttpClient {

        final List<String> asked = Collections.synchronizedList(new ArrayList<>());
        volatile int status = 200;

        @Override
        public Mono<HttpResponse> send(HttpRequest request) {
            return Mono.fromSupplier(() -> answer(request));
        }

        private HttpResponse answer(HttpRequest request) {
            byte[] body =
                    request.getBodyAsBinaryData() == null
                            ? new byte[0]
                            : request.getBodyAsBinaryData().toBytes();
            String url = request.getUrl().toString();
            asked.add(url + " " + URLDecoder.decode(new String(body, UTF_8), UTF_8));
            if (url.contains("/discovery/instance")) {
                return new Answered(
                        request,
                        200,
                        """
                        {"tenant_discovery_endpoint":"https://login.microsoftonline.com/t/v2.0/.well-known/openid-configuration",
                         "metadata":[{"preferred_network":"login.microsoftonline.com",
                          "preferred_cache":"login.windows.net","aliases":["login.microsoftonline.com"]}]}\
                        """);
            }
            if (url.contains("169.254.169.254")) {
                return new Answered(
                        request,
                        200,
                        """
                        {"access_token":"of-the-machine","expires_in":"3599","expires_on":"%d",
                         "resource":"https://cognitiveservices.azure.com","token_type":"Bearer"}\
                        """
                                .formatted(System.currentTimeMillis() / 1000 + 3599));
            }
            return status == 200
                    ? new Answered(
                            request,
                            200,
                            """
                            {"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"of-the-app"}\
                            """)
                    : new Answered(
                            request,
                            status,
                            """
                            {"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.",
                             "error_codes":[7000215]}\
                            """);
        }
    }

    private static final class Answered extends HttpResponse {

        private final int status;
        private final byte[] body;

        Answered(HttpRequest request, int status, String body) {
            super(request);
            this.status = status;
            this.body = body.getBytes(UTF_8);
        }

        @Override
        public int getStatusCode() {
            return status;
        }

        @Override
        @Deprecated
        @SuppressWarnings("InlineMeSuggester") // the library asks for it
        public String getHeaderValue(String name) {
            return getHeaders().getValue(HttpHeaderName.fromString(name));
        }

        @Override
        public HttpHeaders getHeaders() {
            return new HttpHeaders().set(HttpHeaderName.CONTENT_TYPE, "application/json");
        }

        @Override
        public Flux<ByteBuffer> getBody() {
            return Flux.just(ByteBuffer.wrap(body));
        }

        @Override
        public Mono<byte[]> getBodyAsByteArray() {
            return Mono.just(body);
        }

        @Override
        public Mono<String> getBodyAsString() {
            return Mono.just(new String(body, UTF_8));
        }

        @Override
        public Mono<String> getBodyAsString(Charset charset) {
            return Mono.just(new String(body, charset));
        }
    }
}
