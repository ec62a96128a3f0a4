package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.standalone.Fleet.Server;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * The rows of LiteLLM's own suite about keys, rights and limits, under their numbers, over two
 * ingresses, the aggregator and the router worker.
 *
 * <p>Rows that one service decides alone are also tested there: A3, A4, A7, A12, A16, A18, A19, A22
 * over HTTP in {@code AccessIT} of ingress, A13 and A19 only there and in {@code AuthenticatorTest}
 * and {@code RequestRulesTest}, because they need settings; A1, A4, A9, A10, A16 in {@code
 * KeyRoutesIT} and {@code KeyRightsIT} of spend-aggregator; the end of the window of L1 and L2, and
 * L4, in {@code AccountLimiterTest}, which turns the clock.
 *
 * <p>Not built: A21 ({@code /model/new}, {@code /model/delete}) answers 501, and so does A15's
 * route to who may call it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LiteLlmRowsIT {

    private static final String LARGE = "gpt-4o";
    private static final String SMALL = "gpt-4o-mini";
    private static final Duration SOON = Duration.ofSeconds(1);

    private Fleet fleet;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        fleet = Fleet.start(folder, 2);
        await().atMost(Duration.ofSeconds(60)).until(fleet::isReady);
    }

    @AfterAll
    void stop() throws Exception {
        fleet.close();
    }

    @Test
    void a1MakesAKeyWhoseTokenIsItsHashAndThatServes() throws Exception {
        JsonNode made = fleet.manage("/key/generate", "{}");

        String key = made.path("key").asText();
        assertThat(key).startsWith("sk-");
        assertThat(made.path("token").asText()).isNotEqualTo(key).isEqualTo(sha256(key));
        assertThat(made.path("token_id").asText()).isNotEmpty();
        for (int i = 0; i < 2; i++) {
            assertThat(chat(i, key, SMALL).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void a3RefusesAModelOutsideTheKeysListBeforeAnyProviderHearsOfIt() {
        String key = fleet.newKey("{\"models\": [\"gpt-4o-mini\"]}");
        assertThat(chat(0, key, SMALL).statusCode()).isEqualTo(200);
        int calls = providerCalls();

        for (int i = 0; i < 2; i++) {
            JsonNode error = error(chat(i, key, LARGE), 401);
            assertThat(error.path("type").asText()).isEqualTo("key_model_access_denied");
            assertThat(error.path("param").asText()).isEqualTo("model");
        }
        assertThat(providerCalls()).isEqualTo(calls);
    }

    @Test
    void a4RefusesAKeyThatLivesForNoTime() {
        String key = fleet.newKey("{\"duration\": \"0s\"}");

        for (int i = 0; i < 2; i++) {
            assertThat(error(chat(i, key, SMALL), 400).path("type").asText())
                    .isEqualTo("expired_key");
        }
    }

    @Test
    void a6RefusesEverythingWhereNoRequestMayBeOpen() {
        String key = fleet.newKey("{\"max_parallel_requests\": 0}");

        for (int i = 0; i < 2; i++) {
            HttpResponse<String> refused = chat(i, key, SMALL);
            assertThat(error(refused, 429).path("message").asText())
                    .contains("Limit type: max_parallel_requests");
            assertThat(refused.headers().firstValue("rate_limit_type"))
                    .contains("max_parallel_requests");
        }
    }

    @Test
    void a7NamesTheModelThatItDoesNotKnow() {
        String key = fleet.newKey("{}");

        assertThat(error(chat(0, key, "nobody"), 400).path("message").asText())
                .isEqualTo(
                        "{'error': '/chat/completions: Invalid model name passed in model=nobody."
                                + " Call `/v1/models` to view available models for your key.'}");
    }

    @Test
    void a9DeletesAKeyForGoodAndKnowsNoOther() {
        String user = newUser("a9", "internal_user");
        String own = fleet.newKey("{\"user_id\": \"a9\"}");
        String body = "{\"keys\": [\"%s\"]}";

        error(fleet.post(0, user, "/key/delete", body.formatted("sk-nobody-has-this-key")), 404);
        HttpResponse<String> deleted = fleet.post(0, user, "/key/delete", body.formatted(own));

        assertThat(deleted.statusCode()).isEqualTo(200);
        assertThat(Fleet.json(deleted).path("deleted_keys").get(0).asText()).isEqualTo(sha256(own));
        assertThat(chat(0, own, SMALL).statusCode()).isEqualTo(401);
        await().atMost(SOON).until(() -> chat(1, own, SMALL).statusCode() == 401);
        error(fleet.post(0, user, "/key/delete", body.formatted(own)), 404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"internal_user", "internal_user_viewer", ""})
    void a10RefusesTheRowOfAnotherUser(String role) {
        String caller = role.isEmpty() ? fleet.newKey("{}") : newUser("a10-" + role, role);
        String foreign =
                fleet.newKey(
                        "{\"key_alias\": \"secret-alias-%s\", \"metadata\": {\"secret\": 1}}"
                                .formatted(role));

        for (String name : List.of(foreign, sha256(foreign))) {
            HttpResponse<String> refused = fleet.fetch(0, caller, "/key/info?key=" + name);
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).doesNotContain("secret", foreign, sha256(foreign));
        }
        assertThat(fleet.fetch(0, caller, "/key/info").statusCode()).isEqualTo(200);
    }

    @Test
    void a12RefusesTheHashOfAKeyAsAKey() {
        String key = fleet.newKey("{}");

        assertThat(error(chat(0, sha256(key), SMALL), 401).path("message").asText())
                .contains("expected to start with 'sk-'")
                .doesNotContain(sha256(key));
    }

    @Test
    void a15LeavesTheResetOfAllSpendToTheMasterKey() {
        String admin = newUser("a15", "proxy_admin");
        assertThat(fleet.fetch(0, admin, "/user/list").statusCode()).isEqualTo(200);

        error(fleet.post(0, admin, "/global/spend/reset", "{}"), 403);
        error(fleet.post(0, fleet.newKey("{}"), "/global/spend/reset", "{}"), 403);
        error(fleet.post(0, Fleet.MASTER_KEY, "/global/spend/reset", "{}"), 501);
        assertThat(fleet.call(0, "POST", null, "/global/spend/reset", "{}").statusCode())
                .isEqualTo(401);
    }

    @Test
    void a16BlocksAndUnblocksAKey() {
        String key = fleet.newKey("{}");
        String body = "{\"key\": \"%s\"}".formatted(key);

        fleet.manage("/key/block", body);
        assertThat(error(chat(0, key, SMALL), 401).path("type").asText()).isEqualTo("auth_error");
        await().atMost(SOON).until(() -> chat(1, key, SMALL).statusCode() == 401);

        fleet.manage("/key/unblock", body);
        assertThat(chat(0, key, SMALL).statusCode()).isEqualTo(200);
        await().atMost(SOON).until(() -> chat(1, key, SMALL).statusCode() == 200);
    }

    @Test
    void a18ServesAnAliasOfTheKeyAndOfNoOther() {
        String key = fleet.newKey("{\"aliases\": {\"mistral-7b\": \"gpt-4o\"}}");

        HttpResponse<String> served = chat(1, key, "mistral-7b");

        assertThat(served.statusCode()).isEqualTo(200);
        assertThat(served.headers().firstValue("x-litellm-model-group")).contains(LARGE);
        error(chat(1, fleet.newKey("{}"), "mistral-7b"), 400);
    }

    @Test
    void a21SaysThatModelsCannotBeAddedYet() {
        String model =
                "{\"model_name\": \"added\", \"litellm_params\": {\"model\": \"openai/gpt-4o\"}}";

        error(fleet.post(0, Fleet.MASTER_KEY, "/model/new", model), 501);
        error(fleet.post(0, Fleet.MASTER_KEY, "/model/delete", "{\"id\": \"added\"}"), 501);
        assertThat(fleet.fetch(0, Fleet.MASTER_KEY, "/v1/models").body()).doesNotContain("added");
    }

    @Test
    void a22RefusesARouteOutsideTheKeysList() {
        String key = fleet.newKey("{\"allowed_routes\": [\"/chat/completions\"]}");

        assertThat(chat(1, key, SMALL).statusCode()).isEqualTo(200);
        for (String path : List.of("/embeddings", "/v1/embeddings")) {
            error(embed(1, key, path), 403);
        }
        assertThat(embed(1, fleet.newKey("{}"), "/embeddings").statusCode()).isEqualTo(200);
    }

    @Test
    void c14RefusesACacheControlThatTheKeyMayNotSet() {
        String key = fleet.newKey("{\"allowed_cache_controls\": [\"no-cache\"]}");

        assertThat(error(cached(key, "no-store"), 403).path("message").asText())
                .startsWith("Not allowed to set no-store as a cache control");
        assertThat(cached(key, "no-cache").statusCode()).isEqualTo(200);
        assertThat(cached(fleet.newKey("{}"), "no-store").statusCode()).isEqualTo(200);
    }

    @Test
    void l1RefusesTheFourthOfThreeRequestsAMinute() {
        String key = fleet.newKey("{\"rpm_limit\": 3, \"tpm_limit\": 100000, \"max_budget\": 7}");
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> served = chat(i % 2, key, SMALL);
            assertThat(served.statusCode()).isEqualTo(200);
            assertHeader(served, "x-litellm-key-rpm-limit", "3");
            assertHeader(served, "x-litellm-key-tpm-limit", "100000");
            assertHeader(served, "x-litellm-key-max-budget", "7");
            assertHeader(served, "x-ratelimit-api_key-limit-requests", "3");
            assertThat(served.headers().firstValue("x-litellm-key-spend")).isPresent();
            assertThat(served.headers().firstValueAsLong("x-ratelimit-api_key-remaining-requests"))
                    .isPresent();
        }

        HttpResponse<String> refused = chat(1, key, SMALL);

        assertThat(error(refused, 429).path("message").asText())
                .startsWith("Rate limit exceeded for api_key: ")
                .contains("Limit type: requests. Current limit: 3, Remaining: 0.")
                .doesNotContain(key);
        assertHeader(refused, "rate_limit_type", "requests");
        assertThat(refused.headers().firstValueAsLong("retry-after").orElse(0)).isBetween(1L, 60L);
        assertThat(refused.headers().firstValue("reset_at")).isPresent();
        assertThat(chat(0, key, SMALL).statusCode()).isEqualTo(429);
    }

    @Test
    void l2RefusesTheCallAfterOneBigAnswer() {
        String key = fleet.newKey("{\"tpm_limit\": 20}");
        HttpResponse<String> served =
                fleet.post(
                        0,
                        key,
                        "/v1/chat/completions",
                        body(SMALL)
                                .replace(
                                        "{\"model\"",
                                        "{\"metadata\":{\"sim_output_tokens\":\"200\"},\"model\""));
        assertThat(served.statusCode()).isEqualTo(200);
        assertThat(Fleet.json(served).at("/usage/completion_tokens").asInt()).isEqualTo(200);

        for (int i = 1; i >= 0; i--) {
            HttpResponse<String> refused = chat(i, key, SMALL);
            assertThat(error(refused, 429).path("message").asText()).contains("Limit type: tokens");
            assertHeader(refused, "rate_limit_type", "tokens");
        }
    }

    @Test
    void l4TouchesTheLimitersStoreForNoKeyWithoutLimits() throws Exception {
        String limited = fleet.newKey("{\"rpm_limit\": 100}");
        String unlimited = fleet.newKey("{}");

        for (int i = 0; i < 3; i++) {
            assertThat(chat(i % 2, limited, SMALL).statusCode()).isEqualTo(200);
            HttpResponse<String> served = chat(i % 2, unlimited, SMALL);
            assertThat(served.statusCode()).isEqualTo(200);
            assertThat(served.headers().map().keySet())
                    .noneMatch(name -> name.startsWith("x-ratelimit-api_key"));
        }

        assertThat(redisKeys(sha256(limited))).isNotEmpty();
        assertThat(redisKeys(sha256(unlimited))).isEmpty();
    }

    @Test
    void l5LimitsOneModelOfAKeyAndNoOther() {
        String key = fleet.newKey("{\"model_rpm_limit\": {\"gpt-4o\": 1}}");
        assertThat(chat(0, key, LARGE).statusCode()).isEqualTo(200);

        assertThat(error(chat(1, key, LARGE), 429).path("message").asText())
                .contains("model_per_key");
        for (int i = 0; i < 2; i++) {
            assertThat(chat(i, key, SMALL).statusCode()).isEqualTo(200);
        }
    }

    /** 5.6 of the reference: the headers name the end user, too. */
    @ParameterizedTest
    @ValueSource(strings = {"x-litellm-customer-id", "x-litellm-end-user-id"})
    void anEndUserInAHeaderSpendsAndIsRefusedAsOneInTheBody(String header) {
        String customer = "rich-" + header;
        fleet.manage(
                "/customer/new",
                "{\"user_id\": \"%s\", \"max_budget\": 0.000001}".formatted(customer));
        String key = fleet.newKey("{}");

        await().atMost(Duration.ofSeconds(20))
                .until(() -> named(0, key, header, customer).statusCode() == 400);

        assertThat(error(named(0, key, header, customer), 400).path("type").asText())
                .isEqualTo("budget_exceeded");
        assertThat(inBody(0, key, customer).statusCode()).isEqualTo(400);
        await().atMost(Duration.ofSeconds(10))
                .until(() -> named(1, key, header, customer).statusCode() == 400);
        assertThat(chat(0, key, SMALL).statusCode()).isEqualTo(200);
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> {
                    JsonNode info =
                            Fleet.json(
                                    fleet.fetch(
                                            0,
                                            Fleet.MASTER_KEY,
                                            "/customer/info?end_user_id=" + customer));
                    assertThat(info.path("spend").decimalValue()).isPositive();
                    assertThat(
                                    fleet.fetch(
                                                    0,
                                                    Fleet.MASTER_KEY,
                                                    "/spend/logs?api_key=" + sha256(key))
                                            .body())
                            .contains("\"end_user\":\"" + customer + "\"");
                });

        fleet.manage("/customer/block", "{\"user_ids\": [\"x-%s\"]}".formatted(customer));
        assertThat(error(named(0, key, header, "x-" + customer), 400).path("param").asText())
                .isEqualTo("user");
    }

    private HttpResponse<String> named(int ingress, String key, String header, String user) {
        return fleet.call(ingress, "POST", key, "/v1/chat/completions", body(SMALL), header, user);
    }

    private HttpResponse<String> inBody(int ingress, String key, String user) {
        return fleet.post(
                ingress,
                key,
                "/v1/chat/completions",
                body(SMALL).replace("{\"model\"", "{\"user\":\"%s\",\"model\"".formatted(user)));
    }

    private HttpResponse<String> cached(String key, String control) {
        return fleet.post(
                0,
                key,
                "/v1/chat/completions",
                body(SMALL)
                        .replace(
                                "{\"model\"",
                                "{\"cache\":{\"%s\":true},\"model\"".formatted(control)));
    }

    private HttpResponse<String> embed(int ingress, String key, String path) {
        return fleet.post(
                ingress, key, path, "{\"model\":\"text-embedding-3-small\",\"input\":\"x\"}");
    }

    private HttpResponse<String> chat(int ingress, String key, String model) {
        return fleet.post(ingress, key, "/v1/chat/completions", body(model));
    }

    private static String body(String model) {
        return "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
                .formatted(model);
    }

    private String newUser(String id, String role) {
        return fleet.manage(
                        "/user/new",
                        "{\"user_id\": \"%s\", \"user_role\": \"%s\"}".formatted(id, role))
                .path("key")
                .asText();
    }

    private int providerCalls() {
        return fleet.ledger().at("/totals/calls").asInt();
    }

    /** The names in Redis that have a text in them; nothing else of Redis is of interest here. */
    private Set<String> redisKeys(String part) throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), fleet.port(Server.REDIS))) {
            socket.setSoTimeout(5_000);
            socket.getOutputStream().write("KEYS *%s*\r\nQUIT\r\n".formatted(part).getBytes(UTF_8));
            socket.getOutputStream().flush();
            String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
            return answer.lines()
                    .filter(line -> line.contains(part))
                    .collect(java.util.stream.Collectors.toSet());
        }
    }

    private static JsonNode error(HttpResponse<String> answer, int status) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        JsonNode error = Fleet.json(answer).path("error");
        assertThat(error.path("code").asText()).isEqualTo(Integer.toString(status));
        return error;
    }

    private static void assertHeader(HttpResponse<String> answer, String name, String value) {
        assertThat(answer.headers().firstValue(name)).as(name).contains(value);
    }

    static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
