package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;

/** What an answer says of itself, and what of the provider it does not. */
final class AnswerHeadersIT {

    private static final String CALL =
            """
            {"model":"single","messages":[{"role":"user","content":"hi"}]%s}\
            """;

    private static GatewayUnderTest gateway;

    @BeforeAll
    static void start(@TempDir Path data) {
        gateway = GatewayUnderTest.withTwoDeployments(data, "");
    }

    @AfterAll
    static void stop() throws IOException {
        gateway.close();
    }

    @BeforeEach
    void calm() {
        gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
    }

    @Test
    void saysWhoAnsweredAndAfterHowManyRetries() {
        HttpResponse<String> answer = gateway.post("/v1/chat/completions", CALL.formatted(""));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(header(answer, "x-litellm-model-id")).isEqualTo("single");
        assertThat(header(answer, "x-litellm-model-group")).isEqualTo("single");
        assertThat(header(answer, "x-litellm-model-api-base"))
                .startsWith("http://127.0.0.1:")
                .endsWith("/d/single/v1");
        assertThat(header(answer, "x-litellm-attempted-retries")).isEqualTo("0");
        assertThat(header(answer, "x-litellm-max-retries")).isEqualTo("2");
    }

    @Test
    void passesTheProvidersRequestIdUnderAName() {
        HttpResponse<String> answer = gateway.post("/v1/chat/completions", CALL.formatted(""));

        assertThat(header(answer, "llm_provider-x-request-id")).isNotEmpty();
        assertThat(answer.headers().firstValue("x-request-id")).isEmpty();
    }

    @Test
    void saysTheSameOfStreams() {
        HttpResponse<String> answer =
                gateway.post("/v1/chat/completions", CALL.formatted(",\"stream\":true"));

        assertThat(header(answer, "x-litellm-model-id")).isEqualTo("single");
        assertThat(header(answer, "x-litellm-attempted-retries")).isEqualTo("0");
    }

    @Test
    void saysHowManyRetriesAFailureTookAndThatItCostNothing() {
        gateway.scenario("{\"match\": {}, \"fault\": {\"status\": 500}}");

        HttpResponse<String> answer =
                gateway.post(
                        "/v1/chat/completions", CALL.formatted("").replace("single", "gpt-4o"));

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(header(answer, "x-litellm-attempted-retries")).isEqualTo("2");
        assertThat(header(answer, "x-litellm-response-cost")).isEqualTo("0");
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }
}
