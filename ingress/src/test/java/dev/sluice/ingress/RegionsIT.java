package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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
import java.time.Duration;

/** The seed's Geographic Distribution: a gateway each in two of three regions. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RegionsIT {

    private static final String MODELS =
            """
              - model_name: everywhere
                litellm_params: {model: m, api_base: SIMULATOR/d/us/v1, api_key: k, region_name: us-east, cooldown_time: 2}
                model_info: {id: us}
              - model_name: everywhere
                litellm_params: {model: m, api_base: SIMULATOR/d/eu/v1, api_key: k, region_name: eu-west, cooldown_time: 2}
                model_info: {id: eu}
              - model_name: everywhere
                litellm_params: {model: m, api_base: SIMULATOR/d/ap/v1, api_key: k, region_name: ap-southeast, cooldown_time: 2}
                model_info: {id: ap}
              - model_name: america
                litellm_params: {model: m, api_base: SIMULATOR/d/us/v1, api_key: k, region_name: us-east}
                model_info: {id: only-us}
              - model_name: nowhere
                litellm_params: {model: m, api_base: SIMULATOR/d/us/v1, api_key: k}
                model_info: {id: unplaced}
              - model_name: bounded
                litellm_params: {model: m, api_base: SIMULATOR/d/us/v1, api_key: k, region_name: us-east, rpm: 2}
                model_info: {id: bounded-us}
              - model_name: bounded
                litellm_params: {model: m, api_base: SIMULATOR/d/eu/v1, api_key: k, region_name: eu-west}
                model_info: {id: bounded-eu}
            sluice:
              region: HOME
              region_distances: {us-east: {eu-west: 80, ap-southeast: 200}, eu-west: {ap-southeast: 160}}
            """;

    private GatewayUnderTest inAmerica;
    private GatewayUnderTest inAsia;

    @BeforeAll
    void start(@TempDir Path america, @TempDir Path asia) {
        inAmerica = GatewayUnderTest.withTwoDeployments(america, MODELS.replace("HOME", "us-east"));
        inAsia = GatewayUnderTest.withTwoDeployments(asia, MODELS.replace("HOME", "ap-southeast"));
        var european = new Account.Customer("european", 1, false, Limits.NONE, null, "eu", null);
        inAmerica.apply(european);
        inAsia.apply(european);
        heal();
    }

    @AfterEach
    void heal() {
        inAmerica.scenario("{\"match\": {}, \"profile\": \"instant\"}");
        inAsia.scenario("{\"match\": {}, \"profile\": \"instant\"}");
        await().atMost(Duration.ofSeconds(15)).until(() -> served(inAmerica).equals("us"));
        await().atMost(Duration.ofSeconds(15)).until(() -> served(inAsia).equals("ap"));
    }

    @AfterAll
    void stop() throws Exception {
        inAmerica.close();
        inAsia.close();
    }

    @Test
    void asksTheNearestFirst() {
        for (int i = 0; i < 20; i++) {
            assertThat(served(inAmerica)).isEqualTo("us");
            assertThat(served(inAsia)).isEqualTo("ap");
        }
        assertThat(header(chat(inAmerica, "everywhere", ""), "model-region")).isEqualTo("us-east");
    }

    @Test
    void asksTheNextClosestOnFailureAndComesBackAfterTheRest() {
        fail(inAmerica, "us");
        HttpResponse<String> first = chat(inAmerica, "everywhere", "");
        assertThat(header(first, "model-id")).isEqualTo("eu");
        assertThat(header(first, "attempted-retries")).isEqualTo("1");

        HttpResponse<String> next = chat(inAmerica, "everywhere", "");
        assertThat(header(next, "model-id")).isEqualTo("eu");
        assertThat(header(next, "attempted-retries")).as("it rests").isEqualTo("0");

        fail(inAmerica, "eu");
        assertThat(header(chat(inAmerica, "everywhere", ""), "model-id")).isEqualTo("ap");

        inAmerica.scenario("{\"match\": {}, \"profile\": \"instant\"}");
        await().atMost(Duration.ofSeconds(15)).until(() -> served(inAmerica).equals("us"));
    }

    @Test
    void theNextClosestIsNotTheSameEverywhere() {
        fail(inAsia, "ap");

        assertThat(served(inAsia)).as("160 ms to Europe, 200 to America").isEqualTo("eu");
    }

    @Test
    void leavesTheNearestWhenItHasGotAllThatItMayGet() {
        assertThat(header(chat(inAmerica, "bounded", ""), "model-id")).isEqualTo("bounded-us");
        assertThat(header(chat(inAmerica, "bounded", ""), "model-id")).isEqualTo("bounded-us");
        assertThat(header(chat(inAmerica, "bounded", ""), "model-id")).isEqualTo("bounded-eu");
    }

    /** Row S8 of LiteLLM's own suite, and what it does not test. */
    @Test
    void s8KeepsAnEndUserInHisRegion() {
        for (GatewayUnderTest gateway : new GatewayUnderTest[] {inAmerica, inAsia}) {
            HttpResponse<String> answer = chat(gateway, "everywhere", "\"user\":\"european\",");
            assertThat(header(answer, "model-region")).isEqualTo("eu-west");
        }
        fail(inAmerica, "eu");
        HttpResponse<String> failed = chat(inAmerica, "everywhere", "\"user\":\"european\",");
        assertThat(failed.statusCode()).as("nobody else is asked").isEqualTo(429);
        for (String model : new String[] {"america", "nowhere"}) {
            HttpResponse<String> refused = chat(inAmerica, model, "\"user\":\"european\",");
            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).contains("\"error\"").contains("region");
        }
        assertThat(chat(inAmerica, "america", "\"user\":\"other\",").statusCode()).isEqualTo(200);
    }

    private static void fail(GatewayUnderTest gateway, String deployment) {
        gateway.scenario(
                "{\"match\": {\"deployment\": \"%s\"}, \"profile\": \"instant\", \"fault\": {\"status\": 429}}"
                        .formatted(deployment));
    }

    private static String served(GatewayUnderTest gateway) {
        return header(chat(gateway, "everywhere", ""), "model-id");
    }

    private static HttpResponse<String> chat(
            GatewayUnderTest gateway, String model, String fields) {
        return gateway.post(
                "/v1/chat/completions",
                "{\"model\":\"%s\",%s\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
                        .formatted(model, fields));
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue("x-litellm-" + name).orElse("");
    }
}
