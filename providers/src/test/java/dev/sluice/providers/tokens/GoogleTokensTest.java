package dev.sluice.providers.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpServer;

import dev.sluice.providers.protocol.AccessTokens;
import dev.sluice.providers.protocol.ProtocolSettings;
import dev.sluice.schemas.config.Secret;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A service account's key buys tokens from the address that it names. */
class GoogleTokensTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final KeyPair KEYS = keys();

    private final AtomicInteger calls = new AtomicInteger();
    private final ProviderTokens tokens = new ProviderTokens(TokenWatcher.NONE);
    private HttpServer issuer;
    private volatile int status = 200;
    private volatile String asked = "";

    private static KeyPair keys() {
        try {
            return KeyPairGenerator.getInstance("RSA").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void start() throws Exception {
        issuer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        issuer.createContext(
                "/token",
                exchange -> {
                    asked = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
                    String answer =
                            status == 200
                                    ? """
                                    {"access_token":"ya29.%d","expires_in":3599,"token_type":"Bearer"}\
                                    """
                                            .formatted(calls.incrementAndGet())
                                    : "{\"error\":\"invalid_grant\"}";
                    byte[] body = answer.getBytes(UTF_8);
                    exchange.getResponseHeaders().set("Content-Type", "application/json");
                    exchange.sendResponseHeaders(status, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        issuer.start();
    }

    @AfterEach
    void stop() {
        issuer.stop(0);
    }

    private Map<String, Object> account() {
        String pem =
                "-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder().encodeToString(KEYS.getPrivate().getEncoded())
                        + "\n-----END PRIVATE KEY-----\n";
        return new HashMap<>(
                Map.of(
                        "type", "service_account",
                        "project_id", "a-project",
                        "private_key_id", "k1",
                        "private_key", pem,
                        "client_email", "gate@a-project.iam.gserviceaccount.com",
                        "client_id", "1",
                        "token_uri",
                                "http://127.0.0.1:%d/token"
                                        .formatted(issuer.getAddress().getPort())));
    }

    static ProtocolSettings settings(String provider, Map<String, Object> extra) {
        return new ProtocolSettings(
                provider,
                "gemini-2.5-flash",
                null,
                null,
                null,
                null,
                ProtocolSettings.Parameters.STRICT,
                Map.of(),
                Map.of(),
                extra,
                _ -> null);
    }

    private AccessTokens google(Object credentials) {
        return tokens.google(settings("vertex_ai", Map.of("vertex_credentials", credentials)));
    }

    @Test
    void aServiceAccountsKeySignsForAToken() throws Exception {
        AccessTokens google = google(JSON.writeValueAsString(account()));

        assertThat(calls).hasValue(0);
        assertThat(google.project()).contains("a-project");
        assertThat(google.current()).contains(new Secret("ya29.1"));
        assertThat(google.current()).contains(new Secret("ya29.1"));

        JsonNode claims = verified(asked);
        assertThat(claims.path("iss").asText()).isEqualTo("gate@a-project.iam.gserviceaccount.com");
        assertThat(claims.path("scope").asText())
                .isEqualTo("https://www.googleapis.com/auth/cloud-platform");
    }

    private JsonNode verified(String form) throws GeneralSecurityException, IOException {
        assertThat(form).contains("assertion=");
        String jwt = URLDecoder.decode(form.replaceAll("(?s).*assertion=([^&]*).*", "$1"), UTF_8);
        String[] parts = jwt.split("\\.", -1);
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initVerify(KEYS.getPublic());
        signature.update((parts[0] + "." + parts[1]).getBytes(UTF_8));
        assertThat(signature.verify(Base64.getUrlDecoder().decode(parts[2]))).isTrue();
        return JSON.readTree(Base64.getUrlDecoder().decode(parts[1]));
    }

    @Test
    void theKeyMayLieInAFileOrStandInTheConfig(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("key.json");
        Files.writeString(file, JSON.writeValueAsString(account()));

        assertThat(google(file.toString()).current()).contains(new Secret("ya29.1"));
        assertThat(google(account()).current()).contains(new Secret("ya29.2"));
    }

    @Test
    void deploymentsWithTheSameKeyShareAToken() throws Exception {
        String text = JSON.writeValueAsString(account());
        AccessTokens one = google(text);

        assertThat(google(text)).isSameAs(one);
        assertThat(google(text.replace("\"k1\"", "\"k2\""))).isNotSameAs(one);
    }

    @Test
    void aRefusedKeyIsNoTokenNow() throws Exception {
        status = 400;

        assertThat(google(JSON.writeValueAsString(account())).current()).isEmpty();
    }

    @Test
    void whatHoldsNoCredentialsIsRefusedWithoutBeingRepeated() {
        Map<String, Object> broken = account();
        broken.put("private_key", "hush-hush");

        for (Object credentials :
                new Object[] {broken, "{\"type\":\"hush-hush\"}", "/no/such/hush-hush", "{hush"}) {
            assertThatThrownBy(() -> google(credentials))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("vertex_credentials")
                    .hasMessageNotContaining("hush")
                    .hasNoCause();
        }
    }
}
