package dev.sluice.ingress;

import static dev.sluice.ingress.accounts.TestingAccounts.key;
import static dev.sluice.ingress.accounts.TestingAccounts.team;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Limits;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Virtual keys over HTTP: what they may call, and how they are refused. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String RULES =
            """
            router_settings:
              model_group_alias:
                alias: single
                hidden: {model: single, hidden: true}
            general_settings:
              litellm_key_header_name: x-my-key
              reject_clientside_metadata_tags: true
              user_header_name: X-My-User
            """;

    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) {
        gateway = GatewayUnderTest.with(data, RULES, null);
        gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
    }

    @Test
    void a13ServesAVirtualKeyWhereverItsKeyIsRead() {
        gateway.apply(key("sk-good").build());

        assertThat(chat("sk-good", "single").statusCode()).isEqualTo(200);
        for (String header :
                List.of("x-my-key", "x-litellm-api-key", "api-key", "x-goog-api-key")) {
            HttpResponse<String> answer =
                    gateway.post(
                            "/v1/chat/completions",
                            body("single"),
                            "Authorization",
                            "",
                            header,
                            "sk-good");
            boolean isBeforeAuthorization = header.equals("x-my-key") || header.contains("litellm");
            assertThat(answer.statusCode()).as(header).isEqualTo(isBeforeAuthorization ? 200 : 401);
        }
    }

    @Test
    void a3RefusesAModelThatIsNotAllowedBeforeSayingWhetherItExists() throws Exception {
        gateway.apply(key("sk-a3").models("gpt-4o").build());

        for (String model : List.of("single", "no-such-model")) {
            JsonNode error = error(chat("sk-a3", model), 401);
            assertThat(error.at("/type").asText()).isEqualTo("key_model_access_denied");
            assertThat(error.at("/param").asText()).isEqualTo("model");
            assertThat(error.at("/code").asText()).isEqualTo("401");
        }
        assertThat(chat("sk-a3", "gpt-4o").statusCode()).isEqualTo(200);
    }

    @Test
    void a4RefusesAnExpiredKey() throws Exception {
        gateway.apply(key("sk-a4").expires(Instant.now()).build());

        assertThat(error(chat("sk-a4", "single"), 400).at("/type").asText())
                .isEqualTo("expired_key");
    }

    @Test
    void a7RefusesAnUnknownModel() throws Exception {
        gateway.apply(key("sk-a7").build());

        assertThat(error(chat("sk-a7", "nobody"), 400).at("/message").asText())
                .contains("Invalid model name passed in model=nobody");
        assertThat(error(chat("sk-a7", "sk a\\\"<b>"), 400).at("/message").asText())
                .contains("model=***");
    }

    @Test
    void a12RefusesAHashAsKey() throws Exception {
        var key = key("sk-a12").build();
        gateway.apply(key);

        assertThat(error(chat(key.id(), "single"), 401).at("/message").asText())
                .contains("expected to start with 'sk-'")
                .doesNotContain(key.id());
    }

    @Test
    void a16BlocksAndUnblocksAKeyAtOnce() throws Exception {
        gateway.apply(key("sk-a16").version(1).build());
        assertThat(chat("sk-a16", "single").statusCode()).isEqualTo(200);

        gateway.apply(key("sk-a16").version(2).blocked().build());
        assertThat(error(chat("sk-a16", "single"), 401).at("/type").asText())
                .isEqualTo("auth_error");

        gateway.apply(key("sk-a16").version(3).build());
        assertThat(chat("sk-a16", "single").statusCode()).isEqualTo(200);
    }

    @Test
    void a18ServesAnAliasOfTheKeyAndOneOfTheRouter() {
        gateway.apply(key("sk-a18").alias("mistral-7b", "single").build());

        HttpResponse<String> own = chat("sk-a18", "mistral-7b");
        HttpResponse<String> routers = chat("sk-a18", "hidden");

        for (HttpResponse<String> answer : List.of(own, routers)) {
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("x-litellm-model-group")).contains("single");
        }
    }

    @Test
    void a19RefusesClientsideTags() throws Exception {
        gateway.apply(key("sk-a19").build());
        String body =
                body("single").replace("{\"model\"", "{\"metadata\":{\"tags\":[\"x\"]},\"model\"");

        assertThat(error(post("sk-a19", "/v1/chat/completions", body), 400).at("/message").asText())
                .contains("metadata.tags");
    }

    @Test
    void a22RefusesARouteThatTheKeyMayNotCall() throws Exception {
        gateway.apply(key("sk-a22").routes("/chat/completions").build());

        assertThat(chat("sk-a22", "single").statusCode()).isEqualTo(200);
        HttpResponse<String> refused =
                post("sk-a22", "/embeddings", "{\"model\":\"embedder\",\"input\":\"x\"}");
        assertThat(error(refused, 403).at("/type").asText()).isEqualTo("auth_error");
    }

    @Test
    void refusesABlockedEndUser() throws Exception {
        gateway.apply(
                key("sk-user").build(),
                new Account.Customer("bad", 1, true, Limits.NONE, null, null, null));
        String body = body("single").replace("{\"model\"", "{\"user\":\"bad\",\"model\"");

        assertThat(error(post("sk-user", "/v1/chat/completions", body), 400).at("/param").asText())
                .isEqualTo("user");
    }

    @Test
    void refusesABlockedEndUserWhoIsNamedInAHeader() {
        gateway.apply(
                key("sk-header").build(),
                new Account.Customer("evil", 1, true, Limits.NONE, null, null, null));

        for (String header :
                List.of("x-litellm-customer-id", "X-LiteLLM-End-User-Id", "x-my-user")) {
            for (String name : List.of("evil", " evil ")) {
                HttpResponse<String> answer =
                        gateway.post(
                                "/v1/chat/completions",
                                body("single")
                                        .replace("{\"model\"", "{\"user\":\"good\",\"model\""),
                                "Authorization",
                                "Bearer sk-header",
                                header,
                                name);
                assertThat(answer.statusCode()).as(header + name).isEqualTo(400);
            }
        }
        HttpResponse<String> good =
                gateway.post(
                        "/v1/chat/completions",
                        body("single"),
                        "Authorization",
                        "Bearer sk-header",
                        "x-litellm-customer-id",
                        "good");
        assertThat(good.statusCode()).isEqualTo(200);
    }

    @Test
    void servesOnlyCallersFromWhereTheOperatorAllows(@TempDir Path data) throws Exception {
        try (var fenced =
                GatewayUnderTest.with(
                        data,
                        """
                        general_settings:
                          allowed_ips: [192.0.2.0/24]
                          use_x_forwarded_for: true
                        """,
                        null)) {
            String from = "X-Forwarded-For";
            assertThat(fenced.get("/v1/models", from, "192.0.2.7").statusCode()).isEqualTo(200);
            assertThat(fenced.get("/v1/models", from, "192.0.2.7:99").statusCode()).isEqualTo(200);
            for (String address :
                    List.of("198.51.100.1", "192.0.2.7, 198.51.100.1", "192.0.2.7,", "unknown")) {
                assertThat(error(fenced.get("/v1/models", from, address), 403).at("/type").asText())
                        .isEqualTo("auth_error");
            }
            assertThat(fenced.get("/v1/models").statusCode()).isEqualTo(403);
            assertThat(fenced.post("/key/generate", "{}").statusCode()).isEqualTo(403);
            assertThat(fenced.post("/v1/chat/completions", body("single")).statusCode())
                    .isEqualTo(403);
            assertThat(fenced.get("/health/liveliness").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void refusesAKeyWhoseTeamIsNotKnownYet() throws Exception {
        gateway.apply(key("sk-orphan").team("later").build());
        assertThat(error(chat("sk-orphan", "single"), 503).at("/type").asText())
                .isEqualTo("service_unavailable_error");

        gateway.apply(team("later", List.of("embedder")));
        assertThat(error(chat("sk-orphan", "single"), 401).at("/type").asText())
                .isEqualTo("team_model_access_denied");
    }

    @Test
    void listsOnlyTheModelsThatTheKeyMayUse() throws Exception {
        gateway.apply(key("sk-list").models("single", "vectors").build(), key("sk-all").build());

        assertThat(models("sk-list")).containsExactlyInAnyOrder("single", "embedder", "alias");
        assertThat(models("sk-all"))
                .contains("gpt-4o", "single", "embedder", "alias")
                .doesNotContain("hidden");
        assertThat(get("sk-list", "/v1/models/gpt-4o").statusCode()).isEqualTo(404);
        assertThat(get("sk-list", "/v1/models/single").statusCode()).isEqualTo(200);
        assertThat(get("sk-list", "/v1/models/no/such").body()).contains("model_not_found");
        assertThat(get("sk-list", "/v1/models/no%2Fsuch").body()).contains("model_not_found");
    }

    @Test
    void tellsOfModelsWithoutSecretsAndAddresses() throws Exception {
        gateway.apply(key("sk-info").models("gpt-4o").build());

        JsonNode info = JSON.readTree(get("sk-info", "/model/info").body());
        JsonNode one = JSON.readTree(get("sk-info", "/v1/model/info?litellm_model_id=b").body());
        JsonNode groups = JSON.readTree(get("sk-info", "/model_group/info").body());

        assertThat(info.at("/data")).hasSize(2);
        assertThat(info.at("/data/0/model_name").asText()).isEqualTo("gpt-4o");
        assertThat(info.at("/data/0/model_info/id").asText()).isEqualTo("a");
        assertThat(info.at("/data/0/model_info/db_model").asBoolean(true)).isFalse();
        assertThat(info.at("/data/0/litellm_params/model").asText()).isEqualTo("openai/gpt-4o");
        assertThat(one.at("/data")).hasSize(1);
        assertThat(groups.at("/data")).hasSize(1);
        assertThat(groups.at("/data/0/model_group").asText()).isEqualTo("gpt-4o");
        assertThat(groups.at("/data/0/providers/0").asText()).isEqualTo("openai");
        String everything =
                gateway.get("/model/info").body() + gateway.get("/model_group/info").body();
        assertThat(everything).doesNotContain("key-", "api_key", "api_base", "127.0.0.1");
    }

    private List<String> models(String key) throws Exception {
        List<String> names = new ArrayList<>();
        JSON.readTree(get(key, "/v1/models").body())
                .at("/data")
                .forEach(model -> names.add(model.at("/id").asText()));
        return names;
    }

    private static JsonNode error(HttpResponse<String> answer, int status) throws Exception {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("x-litellm-call-id")).isPresent();
        return JSON.readTree(answer.body()).at("/error");
    }

    private HttpResponse<String> chat(String key, String model) {
        return post(key, "/v1/chat/completions", body(model));
    }

    private HttpResponse<String> post(String key, String path, String body) {
        return gateway.post(path, body, "Authorization", "Bearer " + key);
    }

    private HttpResponse<String> get(String key, String path) {
        return gateway.get(path, "Authorization", "Bearer " + key);
    }

    private static String body(String model) {
        return "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"max_tokens\":3}"
                .formatted(model);
    }
}
