package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Path;

/** Which deployments are asked, through the gateway; rows R and F of LiteLLM's own suite. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CandidatesIT {

    private static final String MODELS =
            """
              - model_name: openai/*
                litellm_params: {model: openai/*, api_base: SIMULATOR/d/openai/v1, api_key: k}
                model_info: {id: openai}
              - model_name: "*"
                litellm_params: {model: openai/*, api_base: SIMULATOR/d/any/v1, api_key: k}
                model_info: {id: any}
              - model_name: llmengine/*
                litellm_params: {model: openai/*, api_base: SIMULATOR/d/engine/v1, api_key: k}
                model_info: {id: engine}
              - model_name: tagged
                litellm_params: {model: m, api_base: SIMULATOR/d/free/v1, api_key: k, tags: [free]}
                model_info: {id: free}
              - model_name: tagged
                litellm_params: {model: m, api_base: SIMULATOR/d/paid/v1, api_key: k, tags: [paid]}
                model_info: {id: paid}
              - model_name: general
                litellm_params: {model: m, api_base: SIMULATOR/d/vip/v1, api_key: k, tags: [vip]}
                model_info: {id: vip}
              - model_name: general
                litellm_params: {model: m, api_base: SIMULATOR/d/default/v1, api_key: k, tags: [default]}
                model_info: {id: default}
              - model_name: tiers
                litellm_params: {model: m, api_base: SIMULATOR/d/second/v1, api_key: k, order: 2}
                model_info: {id: second}
              - model_name: tiers
                litellm_params: {model: m, api_base: SIMULATOR/d/first/v1, api_key: k, order: 1}
                model_info: {id: first}
              - model_name: bounded
                litellm_params: {model: m, api_base: SIMULATOR/d/short/v1, api_key: k}
                model_info: {id: short, max_input_tokens: 30}
              - model_name: bounded
                litellm_params: {model: m, api_base: SIMULATOR/d/longer/v1, api_key: k}
                model_info: {id: longer, max_input_tokens: 300}
              - model_name: pair
                litellm_params: {model: m, api_base: SIMULATOR/d/bad/v1, api_key: k, cooldown_time: 600}
                model_info: {id: bad}
              - model_name: pair
                litellm_params: {model: m, api_base: SIMULATOR/d/good/v1, api_key: k}
                model_info: {id: good}
              - model_name: gpt-3.5-turbo
                litellm_params: {model: m, api_base: SIMULATOR/d/turbo/v1, api_key: k}
                model_info: {id: turbo}
              - model_name: gpt-4
                litellm_params: {model: m, api_base: SIMULATOR/d/four/v1, api_key: k}
                model_info: {id: four}
              - model_name: organized
                litellm_params: {model: m, api_base: SIMULATOR/d/org/v1, api_key: k, organization: [o1, o2]}
              - model_name: forms
                litellm_params: {model: m, api_base: SIMULATOR/d/free-form/v1, api_key: k, order: 1}
                model_info: {id: free-form, supports_response_schema: false}
              - model_name: forms
                litellm_params: {model: m, api_base: SIMULATOR/d/formed/v1, api_key: k, order: 2}
                model_info: {id: formed, supports_response_schema: true}
              - model_name: formless
                litellm_params: {model: m, api_base: SIMULATOR/d/formless/v1, api_key: k}
                model_info: {supports_response_schema: false}
            router_settings:
              enable_tag_filtering: true
              enable_pre_call_checks: true
              model_group_alias: {gpt-4: gpt-3.5-turbo, secret: {model: gpt-3.5-turbo, hidden: true}}
            """;

    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) {
        gateway = GatewayUnderTest.withTwoDeployments(data, MODELS);
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
    void r11AsksTheProviderForWhatTheStarStandsFor() {
        HttpResponse<String> answer = chat("openai/gpt-foo", "Hi", "");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(deployment(answer)).isEqualTo("openai");
        assertThat(header(answer, "model-group")).isEqualTo("openai/gpt-foo");
        assertThat(gateway.truth()).contains("\"gpt-foo\"");
    }

    @Test
    void r12PrefersTheMostSpecificPattern() {
        assertThat(deployment(chat("llmengine/x", "Hi", ""))).isEqualTo("engine");
        assertThat(deployment(chat("something-else", "Hi", ""))).isEqualTo("any");
        assertThat(deployment(chat("gpt-4o", "Hi", ""))).isIn("a", "b");
        assertThat(gateway.truth()).contains("\"x\"").contains("\"something-else\"");
    }

    @Test
    void anyNameThatCallersInventLetsAPatternsDeploymentServeOn() {
        fail("openai", "\"status\": 404");
        assertThat(chat("openai/none-such", "Hi", "").statusCode()).isEqualTo(404);
        heal();

        assertThat(chat("openai/gpt-foo", "Hi", "").statusCode()).isEqualTo(200);
        assertThat(chat("openai/../x", "Hi", "").statusCode()).isEqualTo(400);
    }

    @Test
    void whoWantsASchemaIsSentToWhoTakesOne() {
        String schema =
                "'response_format':{'type':'json_schema','json_schema':{'name':'n','schema':{}}},"
                        .replace('\'', '"');

        assertThat(deployment(chat("forms", "Hi", schema))).isEqualTo("formed");
        assertThat(deployment(chat("forms", "Hi", ""))).isEqualTo("free-form");
        HttpResponse<String> refused = chat("formless", "Hi", schema);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("\"response_format\"");
    }

    @Test
    void r14SendsTaggedRequestsToTheirDeployments() {
        for (int i = 0; i < 10; i++) {
            for (String tag : new String[] {"free", "paid"}) {
                String tags = "'tags':['%s'],".formatted(tag);
                assertThat(deployment(chat("tagged", "Hi", tags))).isEqualTo(tag);
                assertThat(
                                deployment(
                                        chat(
                                                "tagged",
                                                "Hi",
                                                "'metadata':{%s'a':'b'},".formatted(tags))))
                        .isEqualTo(tag);
            }
        }
        assertThat(deployment(chat("tagged", "Hi", "", "x-litellm-tags", "paid")))
                .isEqualTo("paid");
        assertThat(deployment(post("/v1/embeddings", "tagged", "'tags':['free'],'input':'x'")))
                .isEqualTo("free");
        assertThat(deployment(post("/v1/responses", "tagged", "'tags':['paid'],'input':'x'")))
                .isEqualTo("paid");
    }

    @Test
    void r15SendsOthersToTheDefault() {
        for (int i = 0; i < 10; i++) {
            assertThat(deployment(chat("general", "Hi", ""))).isEqualTo("default");
            assertThat(deployment(chat("general", "Hi", "'tags':['who'],"))).isEqualTo("default");
        }
        HttpResponse<String> refused = chat("tagged", "Hi", "'tags':['who'],");

        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.body())
                .contains("Not allowed to access model due to tags configuration");
    }

    @Test
    void r17FollowsAnAlias() {
        for (int i = 0; i < 20; i++) {
            assertThat(deployment(chat("gpt-4", "Hi", ""))).isEqualTo("turbo");
        }
        assertThat(deployment(chat("secret", "Hi", ""))).isEqualTo("turbo");
        assertThat(gateway.get("/v1/models").body()).contains("gpt-4").doesNotContain("secret");
    }

    @Test
    void r18MakesADeploymentOfEachOrganization() {
        assertThat(gateway.get("/model/info").body().split("\"organized\"", -1)).hasSize(3);
    }

    @Test
    void asksTheNextOrderOnlyWhenTheFirstHasFailed() {
        for (int i = 0; i < 10; i++) {
            assertThat(deployment(chat("tiers", "Hi", ""))).isEqualTo("first");
        }
        fail("first", "\"status\": 500, \"count\": 1");
        HttpResponse<String> answer = chat("tiers", "Hi", "");

        assertThat(deployment(answer)).isEqualTo("second");
        assertThat(header(answer, "attempted-retries")).isEqualTo("1");
        assertThat(deployment(chat("tiers", "Hi", ""))).isEqualTo("first");
    }

    @Test
    void asksOnlyWhoTakesAPromptOfThatLength() {
        for (int i = 0; i < 10; i++) {
            assertThat(deployment(chat("bounded", "word ".repeat(100), ""))).isEqualTo("longer");
        }
        HttpResponse<String> refused = chat("bounded", "word ".repeat(2_000), "");

        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("\"context_length_exceeded\"");
    }

    /** All calls succeed, by retries first; then the bad one rests and is left alone. */
    @Test
    void f23LeavesABadDeploymentAlone() {
        fail("bad", "\"status\": 500");
        int asked = 0;
        for (int i = 0; i < 100; i++) {
            HttpResponse<String> answer = chat("pair", "Hi", "");
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(deployment(answer)).isEqualTo("good");
            asked += Integer.parseInt(header(answer, "attempted-retries"));
        }

        assertThat(asked).isEqualTo(5);
    }

    private void fail(String deployment, String fault) {
        gateway.scenario(
                "{\"match\": {\"deployment\": \"%s\"}, \"profile\": \"instant\", \"fault\": {%s}}"
                        .formatted(deployment, fault));
    }

    private HttpResponse<String> chat(
            String model, String content, String fields, String... headers) {
        return gateway.post(
                "/v1/chat/completions",
                "{\"model\":\"%s\",%s\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                        .formatted(model, fields.replace('\'', '"'), content),
                headers);
    }

    private HttpResponse<String> post(String path, String model, String fields) {
        return gateway.post(
                path, "{\"model\":\"%s\",%s}".formatted(model, fields.replace('\'', '"')));
    }

    private static String deployment(HttpResponse<String> answer) {
        return header(answer, "model-id");
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue("x-litellm-" + name).orElse("");
    }
}
