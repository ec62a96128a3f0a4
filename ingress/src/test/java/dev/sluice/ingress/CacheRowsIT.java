package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.ingress.accounts.TestingAccounts;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Path;

/**
 * LiteLLM's own expectations of a cache, under the numbers that they have in its suite. The cache
 * is what {@link #params} says: a subclass may put another one behind.
 */
class CacheRowsIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CHAT = "/v1/chat/completions";
    private static final String EMBED = "/v1/embeddings";

    @TempDir private Path data;
    private @Nullable EchoProvider startedProvider;
    private @Nullable GatewayUnderTest startedGateway;

    /** The lines of {@code cache_params}. */
    protected String params() {
        return "{type: local}";
    }

    private void start(String params) throws Exception {
        EchoProvider provider = new EchoProvider();
        startedProvider = provider;
        startedGateway =
                GatewayUnderTest.withTwoDeployments(
                        data,
                        """
                          - model_name: chat
                            litellm_params: {model: openai/m, api_base: PROVIDER/a/v1, api_key: k}
                          - model_name: chat
                            litellm_params: {model: openai/m, api_base: PROVIDER/b/v1, api_key: k}
                          - model_name: other
                            litellm_params: {model: openai/m, api_base: PROVIDER/c/v1, api_key: k}
                          - model_name: vectors
                            litellm_params: {model: openai/e, api_base: PROVIDER/e/v1, api_key: k}
                        litellm_settings: {cache: true, cache_params: PARAMS}
                        router_settings: {routing_strategy: simple-shuffle}
                        """
                                .replace("PROVIDER", provider.url())
                                .replace("PARAMS", params));
    }

    @AfterEach
    void stop() throws Exception {
        gateway().close();
        provider().close();
    }

    @Test
    void c1GivesTheSameAnswerForTheSameChatAtNoCost() throws Exception {
        start(params());

        HttpResponse<String> first = chat("chat", "hello", "");
        HttpResponse<String> second = chat("chat", "hello", "");

        assertThat(id(second)).isEqualTo(id(first));
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(header(second, "x-litellm-response-cost")).isEqualTo("0");
        assertThat(header(first, "x-litellm-cache-key"))
                .isEqualTo(header(second, "x-litellm-cache-key"))
                .hasSize(64);
        assertThat(Integer.parseInt(header(second, "Age"))).isBetween(0, 60);
        assertThat(first.headers().firstValue("Age")).isEmpty();
    }

    @Test
    void c2MissesForAnotherModel() throws Exception {
        start(params());

        assertThat(id(chat("chat", "hello", ""))).isNotEqualTo(id(chat("other", "hello", "")));
    }

    @Test
    void c4KeepsNothingForNoTime() throws Exception {
        start(params());
        String never = ", \"cache\": {\"ttl\": 0}";

        assertThat(id(chat("chat", "hello", never))).isNotEqualTo(id(chat("chat", "hello", never)));
    }

    @Test
    void c5GivesOnlyWhatIsYoungEnough() throws Exception {
        start(params());
        String first = id(chat("chat", "hello", ", \"cache\": {\"ttl\": 3}"));

        assertThat(id(chat("chat", "hello", ", \"cache\": {\"s-maxage\": 3}"))).isEqualTo(first);
        Awaitility.await().pollDelay(1200, MILLISECONDS).until(() -> true);
        assertThat(id(chat("chat", "hello", ", \"cache\": {\"s-maxage\": 1, \"no-store\": true}")))
                .isNotEqualTo(first);
        assertThat(id(chat("chat", "hello", ""))).isEqualTo(first);
        Awaitility.await().pollDelay(2, SECONDS).until(() -> true);
        assertThat(id(chat("chat", "hello", ""))).isNotEqualTo(first);
    }

    @Test
    void c7DoesNotKeepWhatMustNotBeStored() throws Exception {
        start(params());

        String first = id(chat("chat", "hello", ", \"cache\": {\"no-store\": true}"));

        assertThat(id(chat("chat", "hello", ""))).isNotEqualTo(first);
        assertThat(provider().calls()).isEqualTo(2);
    }

    @Test
    void c8KeepsOnlyWhatAsksForItWhereThatIsTheMode() throws Exception {
        start(params().replace("}", ", mode: default_off}"));
        String use = ", \"cache\": {\"use-cache\": true}";

        assertThat(id(chat("chat", "a", ""))).isNotEqualTo(id(chat("chat", "a", "")));
        assertThat(id(chat("chat", "b", use))).isEqualTo(id(chat("chat", "b", use)));
    }

    @Test
    void c10PutsAListTogetherOfWhatIsKnown() throws Exception {
        start(params());
        JsonNode a = embed("\"aa\"");
        JsonNode b = embed("\"bbb\"");

        JsonNode both = embed("[\"aa\", \"bbb\"]");

        assertThat(provider().calls()).isEqualTo(2);
        assertThat(vector(both, 0)).isEqualTo(vector(a, 0));
        assertThat(vector(both, 1)).isEqualTo(vector(b, 0));
        assertThat(both.at("/data/0/index").asInt()).isZero();
        assertThat(both.at("/data/1/index").asInt()).isEqualTo(1);
        assertThat(both.at("/usage/prompt_tokens").asInt()).isEqualTo(5);
        assertThat(both.at("/usage/total_tokens").asInt()).isEqualTo(5);
    }

    @Test
    void c11AsksOnlyForWhatIsMissing() throws Exception {
        start(params());
        JsonNode a = embed("[\"a\"]");

        JsonNode all = embed("[\"bb\", \"a\", \"cccc\"]");

        assertThat(provider().last().path("input")).isEqualTo(JSON.readTree("[\"bb\",\"cccc\"]"));
        assertThat(vector(all, 1)).isEqualTo(vector(a, 0));
        assertThat(vector(all, 0).get(0).asInt()).isEqualTo("\"bb\"".hashCode());
        assertThat(vector(all, 2).get(0).asInt()).isEqualTo("\"cccc\"".hashCode());
        for (int i = 0; i < 3; i++) {
            assertThat(all.path("data").get(i).path("index").asInt()).isEqualTo(i);
        }
        assertThat(all.at("/usage/prompt_tokens").asInt()).isEqualTo(7);
    }

    @Test
    void c13HitsWhicheverDeploymentAnswered() throws Exception {
        start(params());
        String first = id(chat("chat", "hello", ""));

        for (int i = 0; i < 5; i++) {
            assertThat(id(chat("chat", "hello", ""))).isEqualTo(first);
        }
        assertThat(provider().calls()).isEqualTo(1);
    }

    @Test
    void c14RefusesAControlThatTheKeyMayNotSet() throws Exception {
        start(params());
        gateway().apply(TestingAccounts.key("sk-few").cacheControls("no-cache").build());

        HttpResponse<String> refused =
                gateway()
                        .post(
                                CHAT,
                                body("chat", "hello", ", \"cache\": {\"no-store\": true}"),
                                "Authorization",
                                "Bearer sk-few");

        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("Not allowed to set no-store as a cache control");
    }

    @Test
    void c16ServesWhereRedisCannotBeReached() throws Exception {
        start("{type: redis, host: 127.0.0.1, port: 1}");

        HttpResponse<String> first = chat("chat", "hello", "");

        assertThat(id(chat("chat", "hello", ""))).isEqualTo(id(first));
        assertThat(embed("[\"a\", \"bb\"]").path("data")).hasSize(2);
    }

    private EchoProvider provider() {
        return requireNonNull(startedProvider, "not started");
    }

    private GatewayUnderTest gateway() {
        return requireNonNull(startedGateway, "not started");
    }

    private HttpResponse<String> chat(String model, String text, String more) {
        HttpResponse<String> answer = gateway().post(CHAT, body(model, text, more));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer;
    }

    private static String body(String model, String text, String more) {
        return "{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]%s}"
                .formatted(model, text, more);
    }

    private JsonNode embed(String input) throws Exception {
        HttpResponse<String> answer =
                gateway().post(EMBED, "{\"model\": \"vectors\", \"input\": %s}".formatted(input));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static JsonNode vector(JsonNode answer, int place) {
        return answer.path("data").get(place).path("embedding");
    }

    private static String id(HttpResponse<String> answer) throws Exception {
        return JSON.readTree(answer.body()).path("id").asText();
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }
}
