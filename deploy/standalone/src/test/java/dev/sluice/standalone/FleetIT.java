package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;

/** A key's life, from the management call to its last request, over three ingresses. */
final class FleetIT {

    private static Fleet fleet;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        fleet = Fleet.start(folder, 3);
        await().atMost(Duration.ofSeconds(60)).until(fleet::isReady);
    }

    @AfterAll
    static void stop() throws Exception {
        fleet.close();
    }

    @Test
    void aKeyServesEverywhereAsSoonAsItIsMadeAndNowhereOnceItIsBlocked() {
        String key = fleet.newKey("{\"models\": [\"gpt-4o-mini\"]}");

        assertThat(fleet.chat(0, key, "one").statusCode()).isEqualTo(200);
        for (int i = 1; i < 3; i++) {
            assertThat(fleet.chat(i, key, "one").statusCode()).isEqualTo(200);
        }

        fleet.manage("/key/block", "{\"key\": \"%s\"}".formatted(key));
        assertThat(fleet.chat(0, key, "two").statusCode()).isEqualTo(401);
        await().atMost(Duration.ofSeconds(1))
                .until(() ->
                        fleet.chat(1, key, "two").statusCode() == 401
                                && fleet.chat(2, key, "two").statusCode() == 401);
    }

    @Test
    void aBudgetThatIsSpentStaysSpentWhereverItIsTried() {
        String key = fleet.newKey("{\"max_budget\": 0.000001, \"budget_duration\": \"1d\"}");

        await().atMost(Duration.ofSeconds(20))
                .until(() -> fleet.chat(0, key, "spend").statusCode() == 400);

        HttpResponse<String> refused = fleet.chat(0, key, "spend");
        assertThat(refused.body()).contains("budget_exceeded", "Budget has been exceeded!");
        await().atMost(Duration.ofSeconds(10))
                .until(() ->
                        fleet.chat(1, key, "more").statusCode() == 400
                                && fleet.chat(2, key, "more").statusCode() == 400);
    }

    @Test
    void l1TheFourthOfThreeRequestsAMinuteIsRefusedWhereverItComes() {
        String key = fleet.newKey("{\"rpm_limit\": 3}");
        for (int i = 0; i < 3; i++) {
            assertThat(fleet.chat(i, key, "n" + i).statusCode()).isEqualTo(200);
        }

        HttpResponse<String> refused = fleet.chat(1, key, "fourth");

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("rate_limit_type")).contains("requests");
        assertThat(refused.headers().firstValue("retry-after")).isPresent();
        assertThat(refused.body()).contains("Rate limit exceeded for api_key");
    }

    /** Who asked it would be told so again, and have tried it: its answer counts a retry. */
    @Test
    void aDeploymentThatOneIngressLeavesAloneIsLeftAloneByAllWithinASecond() {
        fleet.scenario(
                "{\"match\": {\"deployment\": \"left\"}, \"profile\": \"instant\","
                        + " \"fault\": {\"status\": 429, \"retry_after\": 120}}");
        await().atMost(Duration.ofSeconds(10)).until(() -> retries(0).equals("1"));
        long restsSinceNanos = System.nanoTime();

        await().pollInterval(Duration.ofMillis(10))
                .until(() -> System.nanoTime() - restsSinceNanos > 1_000_000_000L);

        for (int i = 0; i < 20; i++) {
            assertThat(retries(1)).isEqualTo("0");
            assertThat(retries(2)).isEqualTo("0");
        }
        fleet.scenario("{\"match\": {}, \"profile\": \"instant\"}");
    }

    private static String retries(int ingress) {
        HttpResponse<String> answer =
                fleet.post(
                        ingress,
                        Fleet.MASTER_KEY,
                        "/v1/chat/completions",
                        "{\"model\":\"pair\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.headers().firstValue("x-litellm-attempted-retries").orElse("");
    }
}
