package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.accounts.TestingAccounts;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Retries and fallbacks as callers see them. Tests named after a row (f9) are that row of LiteLLM's
 * own suite.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FallbacksIT {

    private static final String MODELS =
            """
              - model_name: first
                litellm_params: {model: openai/m, api_base: SIMULATOR/d/first/v1, api_key: k}
                model_info: {id: first}
              - model_name: second
                litellm_params: {model: openai/m, api_base: SIMULATOR/d/second/v1, api_key: k}
                model_info: {id: second}
              - model_name: third
                litellm_params: {model: openai/m, api_base: SIMULATOR/d/third/v1, api_key: k}
                model_info: {id: third}
              - model_name: long
                litellm_params: {model: openai/m, api_base: SIMULATOR/d/long/v1, api_key: k}
                model_info: {id: long}
              - model_name: lenient
                litellm_params: {model: openai/m, api_base: SIMULATOR/d/lenient/v1, api_key: k}
                model_info: {id: lenient}
              - model_name: anthropic/claude
                litellm_params: {model: openai/m, api_base: SIMULATOR/d/claude/v1, api_key: k}
                model_info: {id: claude}
              - model_name: lonely
                litellm_params: {model: openai/m, api_base: SIMULATOR/d/lonely/v1, api_key: k}
                model_info: {id: lonely}
              - model_name: twins
                litellm_params: {model: openai/m, api_base: SIMULATOR/d/twin-1/v1, api_key: k}
                model_info: {id: twin-1}
              - model_name: twins
                litellm_params: {model: openai/m, api_base: SIMULATOR/d/twin-2/v1, api_key: k}
                model_info: {id: twin-2}
              - model_name: slow
                litellm_params: {model: openai/m, api_base: SIMULATOR/d/slow/v1, api_key: k, timeout: 5}
                model_info: {id: slow}
              - model_name: hasty
                litellm_params: {model: openai/m, api_base: SIMULATOR/d/hasty/v1, api_key: k, timeout: "1"}
                model_info: {id: hasty}
            router_settings:
              num_retries: 2
              timeout: 20
              retry_policy: {InternalServerErrorRetries: 1}
              fallbacks: [{first: [second, third]}, {second: [first]}, {claude: [third]}]
              context_window_fallbacks: [{first: [long]}]
              content_policy_fallbacks: [{first: [lenient]}]
              default_fallbacks: [third]
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

    private void fail(String deployment, String fault) {
        gateway.scenario(
                "{\"match\": {\"deployment\": \"%s\"}, \"profile\": \"instant\", \"fault\": {%s}}"
                        .formatted(deployment, fault));
    }

    private HttpResponse<String> chat(String model, String fields, String... headers) {
        return gateway.post(
                "/v1/chat/completions",
                "{\"model\":\"%s\",%s\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
                        .formatted(model, fields.replace('\'', '"')),
                headers);
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue("x-litellm-" + name).orElse("");
    }

    @Test
    void aStandInAnswersWhenAllAttemptsFailed() {
        fail("first", "\"status\": 500");

        HttpResponse<String> plain = chat("first", "");
        HttpResponse<String> stream = chat("first", "'stream':true,");

        for (HttpResponse<String> answer : java.util.List.of(plain, stream)) {
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(header(answer, "model-id")).isEqualTo("second");
            assertThat(header(answer, "model-group")).isEqualTo("second");
            assertThat(header(answer, "attempted-fallbacks")).isEqualTo("1");
            assertThat(header(answer, "attempted-retries")).isEqualTo("0");
        }
        assertThat(stream.body()).endsWith("data: [DONE]\n\n");
    }

    @Test
    void theNextStandInAnswersWhenTheFirstFailsToo() {
        fail("first", "\"status\": 500");
        fail("second", "\"status\": 500");

        HttpResponse<String> answer = chat("first", "");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "model-id")).isEqualTo("third");
        assertThat(header(answer, "attempted-fallbacks")).isEqualTo("2");
    }

    @Test
    void f18CirclesEndWithTheFirstError() {
        fail("first", "\"status\": 401, \"message\": \"bad key\"");
        fail("second", "\"status\": 500");
        fail("third", "\"status\": 503");

        HttpResponse<String> answer = chat("first", "");

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).contains("authentication_error");
        assertThat(header(answer, "attempted-fallbacks")).isEqualTo("2");
    }

    @Test
    void aPromptThatIsTooLongGoesToItsOwnStandIn() {
        fail("first", "\"status\": 400, \"code\": \"context_length_exceeded\"");

        assertThat(header(chat("first", ""), "model-id")).isEqualTo("long");
        assertThat(header(chat("second", "'mock_testing_context_fallbacks':true,"), "model-id"))
                .isIn("first", "long");
    }

    @Test
    void refusedContentGoesToItsOwnStandIn() {
        fail("first", "\"status\": 400, \"code\": \"content_filter\"");

        assertThat(header(chat("first", ""), "model-id")).isEqualTo("lenient");
        heal();
        assertThat(
                        header(
                                chat("first", "'mock_testing_content_policy_fallbacks':true,"),
                                "model-id"))
                .isEqualTo("lenient");
    }

    @Test
    void aPretendedFailureShowsTheStandInWithoutAskingTheProvider() {
        HttpResponse<String> answer = chat("first", "'mock_testing_fallbacks':true,");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "model-id")).isEqualTo("second");
        HttpResponse<String> refused =
                chat("first", "'mock_testing_fallbacks':true,'disable_fallbacks':true,");
        assertThat(refused.statusCode()).isEqualTo(500);
        assertThat(refused.body()).contains("mock exception");
    }

    @Test
    void theCallersOwnStandInsComeFirst() {
        fail("first", "\"status\": 500");

        HttpResponse<String> answer = chat("first", "'fallbacks':['single',{'model':'third'}],");

        assertThat(header(answer, "model-id")).isEqualTo("single");
    }

    @Test
    void f15AStandInThatTheKeyMayNotUseIsDenied() {
        gateway.apply(TestingAccounts.key("sk-first-only").models("first").build());

        HttpResponse<String> denied =
                chat("first", "'fallbacks':['second'],", "Authorization", "Bearer sk-first-only");
        fail("first", "\"status\": 500");
        HttpResponse<String> failed = chat("first", "", "Authorization", "Bearer sk-first-only");

        assertThat(denied.statusCode()).isEqualTo(401);
        assertThat(denied.body()).contains("key_model_access_denied");
        assertThat(failed.statusCode()).isEqualTo(500);
        assertThat(header(failed, "attempted-fallbacks")).isEqualTo("0");
    }

    @Test
    void aKeyWhoseMetadataDisableFallbacksHasNone() {
        gateway.apply(TestingAccounts.key("sk-as-asked").withoutFallbacks().build());
        fail("first", "\"status\": 500, \"message\": \"the original\"");
        String[] key = {"Authorization", "Bearer sk-as-asked"};

        HttpResponse<String> bounded = chat("first", "", key);
        HttpResponse<String> insisting =
                chat("first", "'fallbacks':['second'],'disable_fallbacks':false,", key);
        HttpResponse<String> other = chat("first", "");

        assertThat(bounded.statusCode()).isEqualTo(500);
        assertThat(bounded.body()).contains("the original");
        assertThat(insisting.statusCode()).isEqualTo(500);
        assertThat(other.statusCode()).isEqualTo(200);
    }

    @Test
    void f17DisabledFallbacksLeaveTheError() {
        fail("first", "\"status\": 500, \"message\": \"the original\"");

        HttpResponse<String> answer = chat("first", "'disable_fallbacks':true,");

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).contains("the original");
    }

    @Test
    void f20AnUnknownModelGoesToTheDefault() {
        HttpResponse<String> answer = chat("no-such-model", "");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "model-id")).isEqualTo("third");
    }

    @Test
    void f21AFallbackIsFoundWithoutTheProvidersPrefix() {
        fail("claude", "\"status\": 500");

        assertThat(header(chat("anthropic/claude", ""), "model-id")).isEqualTo("third");
    }

    @Test
    void f9WrongCredentialsOfASingleDeploymentAreNotTriedAgain() {
        fail("lonely", "\"status\": 401");
        HttpResponse<String> wrongKey = chat("lonely", "'disable_fallbacks':true,");
        fail("lonely", "\"status\": 429, \"retry_after\": 1");
        HttpResponse<String> tooMany = chat("lonely", "'disable_fallbacks':true,'num_retries':1,");
        fail("lonely", "\"status\": 500");
        HttpResponse<String> failing = chat("lonely", "'disable_fallbacks':true,");

        assertThat(header(wrongKey, "attempted-retries")).isEqualTo("0");
        assertThat(header(tooMany, "attempted-retries")).isEqualTo("1");
        // The policy for this kind of failure knows better than num_retries.
        assertThat(header(failing, "attempted-retries")).isEqualTo("1");
    }

    @Test
    void f11ARetryWaitsOnlyWhereNobodyElseCanBeAskedAndA404IsNone() {
        fail("twin-1", "\"status\": 429, \"retry_after\": 1, \"count\": 1");
        fail("twin-2", "\"status\": 429, \"retry_after\": 1, \"count\": 1");
        long begun = System.nanoTime();
        // Both refuse: the retry goes to the other at once.
        HttpResponse<String> twins = chat("twins", "'disable_fallbacks':true,'num_retries':1,");
        Duration elsewhere = Duration.ofNanos(System.nanoTime() - begun);
        fail("lonely", "\"status\": 429, \"retry_after\": 1, \"count\": 1");
        begun = System.nanoTime();
        HttpResponse<String> alone = chat("lonely", "'disable_fallbacks':true,'num_retries':1,");
        Duration waited = Duration.ofNanos(System.nanoTime() - begun);
        fail("lonely", "\"status\": 404");
        HttpResponse<String> absent = chat("lonely", "'disable_fallbacks':true,");

        assertThat(header(twins, "attempted-retries")).isEqualTo("1");
        assertThat(twins.statusCode()).isEqualTo(429);
        assertThat(elsewhere).isLessThan(Duration.ofSeconds(1));
        assertThat(alone.statusCode()).isEqualTo(200);
        assertThat(waited).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        assertThat(absent.statusCode()).isEqualTo(404);
        assertThat(header(absent, "attempted-retries")).isEqualTo("0");
    }

    @Test
    void f12TheHeadersCountRetries() {
        fail("lonely", "\"status\": 429, \"retry_after\": 1, \"count\": 1");

        HttpResponse<String> answer =
                chat("lonely", "'disable_fallbacks':true,", "x-litellm-num-retries", "50");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "attempted-retries")).isEqualTo("1");
        assertThat(header(answer, "max-retries")).isEqualTo("50");
    }

    @Test
    void f14TheCallersTimeoutHoldsAndIsToldAsPythonWritesIt() {
        gateway.scenario("{\"match\": {\"deployment\": \"slow\"}, \"profile\": \"fixed-100ms\"}");

        HttpResponse<String> late =
                chat(
                        "slow",
                        "'disable_fallbacks':true,'num_retries':0,",
                        "x-litellm-timeout",
                        "0.01");
        HttpResponse<String> inTime = chat("slow", "'timeout':1,");

        assertThat(late.statusCode()).isEqualTo(408);
        assertThat(header(late, "timeout")).isEqualTo("0.01");
        assertThat(inTime.statusCode()).isEqualTo(200);
        assertThat(header(inTime, "timeout")).isEqualTo("1.0");
    }

    /** What Python's float() reads. */
    @Test
    void timesInHeadersMayBeWrittenInEveryForm() {
        for (String written : java.util.List.of("1", "1.0", "1.", " 1 ", "1e0", "+1.00")) {
            HttpResponse<String> answer = chat("second", "", "x-litellm-timeout", written);

            assertThat(answer.statusCode()).as(written).isEqualTo(200);
            assertThat(header(answer, "timeout")).as(written).isEqualTo("1.0");
        }
        for (String wrong : java.util.List.of("0", "-1", "nan", "inf", "86401", "1s", "1,5")) {
            assertThat(chat("second", "", "x-litellm-timeout", wrong).statusCode())
                    .as(wrong)
                    .isEqualTo(400);
        }
    }

    @Test
    void aStreamsTimeoutIsForStreamsOnly() {
        fail("hasty", "\"stall_after_bytes\": 0, \"stall_ms\": 600");
        String fields = "'disable_fallbacks':true,'num_retries':0,'stream_timeout':'0.2',";

        HttpResponse<String> late = chat("hasty", "'stream':true," + fields);
        HttpResponse<String> inTime = chat("hasty", fields);
        HttpResponse<String> byHeader =
                chat("hasty", "'stream':true,", "x-litellm-stream-timeout", "0.9");

        assertThat(late.statusCode()).isEqualTo(408);
        assertThat(header(late, "timeout")).isEqualTo("0.2");
        assertThat(inTime.statusCode()).isEqualTo(200);
        assertThat(byHeader.statusCode()).isEqualTo(200);
        assertThat(header(byHeader, "timeout")).isEqualTo("0.9");
    }

    @Test
    void f14TheDeploymentsOwnTimeoutIsToldWithItsError() {
        fail("hasty", "\"black_hole\": true");

        HttpResponse<String> late = chat("hasty", "'disable_fallbacks':true,'num_retries':0,");

        assertThat(late.statusCode()).isEqualTo(408);
        assertThat(header(late, "timeout")).isEqualTo("1.0");
    }

    @Test
    void headersThatCannotBeFollowedAreNamed() {
        for (String header :
                java.util.List.of(
                        "x-litellm-num-retries", "x-litellm-timeout", "x-litellm-stream-timeout")) {
            HttpResponse<String> answer = chat("first", "", header, "soon");

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains(header);
        }
    }
}
