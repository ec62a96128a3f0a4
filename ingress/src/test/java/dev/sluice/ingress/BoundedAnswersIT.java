package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;

/** Where tags choose among a group's deployments, they also say whose answers will do. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BoundedAnswersIT {

    private static final String CHAT = "/v1/chat/completions";

    private EchoProvider provider;
    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) throws IOException {
        provider = new EchoProvider();
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        data,
                        """
                          - model_name: tagged
                            litellm_params: {model: openai/small, api_base: PROVIDER/a/v1, api_key: k, tags: [free]}
                          - model_name: tagged
                            litellm_params: {model: openai/large, api_base: PROVIDER/b/v1, api_key: k, tags: [paid]}
                          - model_name: plain
                            litellm_params: {model: openai/m, api_base: PROVIDER/c/v1, api_key: k}
                        litellm_settings: {cache: true}
                        router_settings: {enable_tag_filtering: true, num_retries: 0}
                        """
                                .replace("PROVIDER", provider.url()));
    }

    @AfterAll
    void stop() throws IOException {
        gateway.close();
        provider.close();
    }

    @Test
    void anAnswerForOneTagIsNoneForAnother() {
        assertThat(isHit(ask("tagged", "free", "kept"))).isFalse();
        assertThat(isHit(ask("tagged", "paid", "kept"))).isFalse();
        assertThat(provider.last().path("model").asText()).isEqualTo("large");

        assertThat(isHit(ask("tagged", "free", "kept"))).isTrue();
        assertThat(isHit(ask("tagged", "paid", "kept"))).isTrue();
    }

    @Test
    void whomNobodyMayAnswerGetsNoKeptAnswerEither() {
        ask("tagged", "free", "refused");

        HttpResponse<String> refused = ask("tagged", "nobodys", "refused");

        assertThat(refused.statusCode()).as(refused.body()).isGreaterThanOrEqualTo(400);
    }

    @Test
    void tagsThatLeaveAllOfAGroupShareAnswers() {
        assertThat(isHit(ask("plain", "", "kept"))).isFalse();

        assertThat(isHit(ask("plain", "", "kept"))).isTrue();
    }

    private HttpResponse<String> ask(String model, String tags, String text) {
        String body =
                "{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]}"
                        .formatted(model, text);
        return tags.isEmpty()
                ? gateway.post(CHAT, body)
                : gateway.post(CHAT, body, "x-litellm-tags", tags);
    }

    private static boolean isHit(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.headers().firstValue("x-sluice-cache-hit").isPresent();
    }
}
