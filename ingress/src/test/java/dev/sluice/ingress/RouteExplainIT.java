package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Limits;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** What is told of a call is what becomes of it, and telling it does nothing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RouteExplainIT {

    private static final JsonMapper JSON = new JsonMapper();

    private static final String MODELS =
            """
              - model_name: mixed
                litellm_params: {model: m, api_base: SIMULATOR/d/near/v1, api_key: k, region_name: us-east, tags: [paid]}
                model_info: {id: near, max_input_tokens: 1000}
              - model_name: mixed
                litellm_params: {model: m, api_base: SIMULATOR/d/far/v1, api_key: k, region_name: eu-west, tags: [paid]}
                model_info: {id: far}
              - model_name: mixed
                litellm_params: {model: m, api_base: SIMULATOR/d/free/v1, api_key: k, region_name: us-east, tags: [free]}
                model_info: {id: free}
              - model_name: mixed
                litellm_params: {model: m, api_base: SIMULATOR/d/short/v1, api_key: k, region_name: us-east, tags: [paid]}
                model_info: {id: short, max_input_tokens: 5}
              - model_name: resting
                litellm_params: {model: m, api_base: SIMULATOR/d/bad/v1, api_key: k, order: 1, cooldown_time: 60}
                model_info: {id: bad}
              - model_name: resting
                litellm_params: {model: m, api_base: SIMULATOR/d/good/v1, api_key: k, order: 2}
                model_info: {id: good}
              - model_name: bounded
                litellm_params: {model: m, api_base: SIMULATOR/d/bounded/v1, api_key: k, rpm: 2}
                model_info: {id: bounded}
              - model_name: "any/*"
                litellm_params: {model: openai/*, api_base: SIMULATOR/d/any/v1, api_key: k}
                model_info: {id: any}
            router_settings:
              routing_strategy: adaptive
              num_retries: 3
              enable_tag_filtering: true
              enable_pre_call_checks: true
              retry_policy: {RateLimitErrorRetries: 1}
              model_group_alias: {alias: mixed}
              fallbacks: [{mixed: [resting, bounded]}, {resting: [gpt-4o]}]
              context_window_fallbacks: [{mixed: [single]}]
            sluice: {region: us-east}
            """;

    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) {
        gateway = GatewayUnderTest.withTwoDeployments(data, MODELS);
        gateway.apply(new Account.Customer("european", 1, false, Limits.NONE, null, "eu", null));
        heal();
    }

    @AfterEach
    void heal() {
        gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
    }

    @Test
    void tellsWhoIsLeftOutByWhatAndInWhichOrderTheOthersCome() {
        JsonNode answer = explain("alias", "\"tags\":[\"paid\"],");
        JsonNode group = answer.path("groups").path(0);

        assertThat(answer.path("model").asText()).isEqualTo("alias");
        assertThat(answer.path("model_group").asText()).isEqualTo("mixed");
        assertThat(answer.path("strategy").asText()).isEqualTo("adaptive");
        assertThat(answer.path("request").path("tags").path(0).asText()).isEqualTo("paid");
        assertThat(texts(group.path("order"))).containsExactly("near", "far");
        assertThat(candidate(group, "free").path("left_out").asText()).isEqualTo("tags");
        assertThat(candidate(group, "short").path("left_out").asText())
                .isEqualTo("prompt_too_long");
        assertThat(candidate(group, "near").path("left_out").isNull()).isTrue();
        assertThat(candidate(group, "near").path("tier").asInt()).isZero();
        assertThat(candidate(group, "near").path("chance").asDouble()).isEqualTo(1);
        assertThat(candidate(group, "far").path("tier").asInt()).isEqualTo(1);
        assertThat(candidate(group, "far").path("distance_ms").asInt()).isEqualTo(90);
        assertThat(candidate(group, "far").path("chance").asDouble()).isZero();
        assertThat(candidate(group, "far").path("position").asInt()).isEqualTo(1);
        assertThat(group.path("retries").path("server").asInt()).isEqualTo(3);
        assertThat(group.path("retries").path("rate_limit").asInt()).isEqualTo(1);
        assertThat(group.path("retries").path("not_found").asInt()).isZero();
        assertThat(served("alias", "\"tags\":[\"paid\"],")).isEqualTo("near");
    }

    @Test
    void tellsWhoStandsIn() {
        JsonNode answer = explain("mixed", "\"tags\":[\"paid\"],");

        assertThat(answer.path("groups").findValuesAsText("model_group"))
                .as("a stand-in's own come before the others")
                .containsExactly("mixed", "resting", "gpt-4o", "bounded");
        assertThat(texts(answer.path("other_fallbacks").path("context_window")))
                .containsExactly("single");
        JsonNode alone = explain("mixed", "\"disable_fallbacks\":true,\"tags\":[\"paid\"],");
        assertThat(alone.path("groups")).hasSize(1);
        JsonNode own = explain("mixed", "\"fallbacks\":[\"single\"],\"tags\":[\"paid\"],");
        assertThat(own.path("groups").findValuesAsText("model_group"))
                .containsExactly("mixed", "single");
    }

    @Test
    void tellsWhyNobodyWouldBeAsked() {
        JsonNode tags = explain("mixed", "\"tags\":[\"none\"],").path("groups").path(0);
        assertThat(tags.path("refusal").path("status").asInt()).isEqualTo(401);
        assertThat(texts(tags.path("order"))).isEmpty();

        JsonNode region = explain("bounded", "\"user\":\"european\",").path("groups").path(0);
        assertThat(region.path("refusal").path("why").asText()).isEqualTo("region");
        assertThat(candidate(region, "bounded").path("left_out").asText()).isEqualTo("region");
    }

    @Test
    void tellsHowLongOneRests() {
        gateway.scenario(
                "{\"match\": {\"deployment\": \"bad\"}, \"profile\": \"instant\", \"fault\": {\"status\": 429}}");
        JsonNode before = explain("resting", "").path("groups").path(0);
        assertThat(texts(before.path("order"))).containsExactly("bad", "good");
        assertThat(served("resting", "")).isEqualTo("good");

        JsonNode group = explain("resting", "").path("groups").path(0);
        JsonNode bore = candidate(before, "bad").path("concurrency");
        assertThat(bore.path("open").asInt(-1)).isZero();
        assertThat(bore.path("limit").asInt()).isEqualTo(200);
        assertThat(bore.path("binds").asBoolean(true)).isFalse();
        JsonNode bears = candidate(group, "bad").path("concurrency");
        assertThat(bears.path("limit").asInt()).as("it refused").isEqualTo(4);
        assertThat(bears.path("binds").asBoolean()).isTrue();
        assertThat(bears.path("is_full").asBoolean(true)).isFalse();
        assertThat(candidate(group, "bad").path("left_out").asText()).isEqualTo("rest");
        assertThat(candidate(group, "bad").path("rests_seconds").asDouble())
                .isCloseTo(60, within(20.0));
        assertThat(texts(group.path("order"))).containsExactly("good");
    }

    @Test
    void tellsWhatIsLeftOfLimitsAndTakesNothingOfThem() {
        for (int i = 0; i < 5; i++) {
            JsonNode limit = limit();
            assertThat(limit.path("limit").asText()).isEqualTo("requests");
            assertThat(limit.path("left").asInt()).isEqualTo(2);
            assertThat(limit.path("is_enough").asBoolean()).isTrue();
        }
        assertThat(served("bounded", "")).isEqualTo("bounded");
        assertThat(limit().path("left").asInt()).isEqualTo(1);
        assertThat(served("bounded", "")).isEqualTo("bounded");
        assertThat(limit().path("is_enough").asBoolean()).isFalse();
        assertThat(limit().path("resets_seconds").asDouble()).isBetween(1.0, 60.0);
        assertThat(chat("bounded", "").statusCode()).isEqualTo(429);
    }

    @Test
    void asksNobodyAndBooksNothing() {
        served("gpt-4o", "");
        String before = gateway.truth();
        String started = counted("litellm_requests_total");
        assertThat(started).isNotEmpty();
        for (String model : new String[] {"gpt-4o", "single", "any/thing"}) {
            JsonNode group = explain(model, "").path("groups").path(0);
            assertThat(texts(group.path("order"))).isNotEmpty();
            assertThat(group.path("candidates").path(0).path("figures").path("in_flight_here"))
                    .isEqualTo(JSON.getNodeFactory().numberNode(0));
        }
        assertThat(gateway.truth()).isEqualTo(before);
        assertThat(counted("litellm_requests_total")).isEqualTo(started);
    }

    @Test
    void explainsOtherEndpoints() {
        JsonNode embeddings =
                post("{\"endpoint\":\"/v1/embeddings\",\"model\":\"gpt-4o\",\"input\":\"x\"}", 200);
        assertThat(embeddings.path("request").path("endpoint").asText()).isEqualTo("/embeddings");
        JsonNode messages =
                post(
                        "{\"endpoint\":\"/v1/messages\",\"model\":\"gpt-4o\",\"max_tokens\":5,"
                                + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
                        200);
        assertThat(texts(messages.path("groups").path(0).path("order")))
                .containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void refusesWhatItCannotExplainInOpenAisForm() {
        for (String body :
                new String[] {
                    "no json",
                    "{\"messages\":[]}",
                    "{\"model\":\"none-such\",\"messages\":[]}",
                    "{\"model\":\"gpt-4o\",\"endpoint\":\"/moon\",\"messages\":[]}",
                    "{\"model\":\"gpt-4o\",\"endpoint\":\"/audio/transcriptions\"}",
                    "{\"model\":\"gpt-4o\",\"endpoint\":7,\"messages\":[]}"
                }) {
            assertThat(post(body, 400).path("error").path("message").asText())
                    .as(body)
                    .isNotEmpty();
        }
        HttpResponse<String> stranger =
                gateway.post(
                        "/v1/route/explain", "{\"model\":\"gpt-4o\"}", "Authorization", "Bearer x");
        assertThat(stranger.statusCode()).isEqualTo(401);
    }

    private JsonNode limit() {
        return explain("bounded", "")
                .path("groups")
                .path(0)
                .path("candidates")
                .path(0)
                .path("limits")
                .path(0);
    }

    private String counted(String metric) {
        return String.join(
                "\n", gateway.metrics().lines().filter(line -> line.startsWith(metric)).toList());
    }

    private static JsonNode candidate(JsonNode group, String id) {
        return StreamSupport.stream(group.path("candidates").spliterator(), false)
                .filter(each -> each.path("deployment_id").asText().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(each -> texts.add(each.asText()));
        return texts;
    }

    private JsonNode explain(String model, String fields) {
        return post(body(model, fields), 200);
    }

    private JsonNode post(String body, int status) {
        HttpResponse<String> answer = gateway.post("/v1/route/explain", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        try {
            return JSON.readTree(answer.body());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private String served(String model, String fields) {
        return chat(model, fields).headers().firstValue("x-litellm-model-id").orElse("");
    }

    private HttpResponse<String> chat(String model, String fields) {
        return gateway.post("/v1/chat/completions", body(model, fields));
    }

    private static String body(String model, String fields) {
        return "{\"model\":\"%s\",%s\"messages\":[{\"role\":\"user\",\"content\":\"Hi there, how are you?\"}]}"
                .formatted(model, fields);
    }
}
