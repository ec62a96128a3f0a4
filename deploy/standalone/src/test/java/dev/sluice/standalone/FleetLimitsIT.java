package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Two hundred callers with one key before three ingresses: by how much its limits are overshot.
 * What was used is what the provider would bill.
 */
final class FleetLimitsIT {

    private static final int INGRESSES = 3;
    private static final int CALLERS = 200;
    private static final long PROVIDER_MILLIS = 100;

    private static Fleet fleet;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        fleet = Fleet.start(folder, INGRESSES);
        await().atMost(Duration.ofSeconds(60)).until(fleet::isReady);
        takingMillis("20");
        Crowd.learn(fleet, INGRESSES);
    }

    @AfterAll
    static void stop() throws Exception {
        fleet.close();
    }

    @Test
    void acceptsNoMoreRequestsThanTheLimit() throws Exception {
        try (Crowd crowd = crowd("{\"rpm_limit\": 1000}").begin(CALLERS).join()) {
            crowd.report("1,000 requests a minute");
            assertThat(crowd.odd).isEmpty();
            assertThat(crowd.accepted.get()).isBetween(990, 1000);
        }
    }

    @Test
    void keepsToTheLimitOfTokens() throws Exception {
        try (Crowd crowd = crowd("{\"tpm_limit\": 100000}").begin(CALLERS).join()) {
            crowd.report("100,000 tokens a minute");
            assertThat(crowd.odd).isEmpty();
            assertThat(crowd.tokens.get()).isBetween(98_500L, 100_500L);
        }
    }

    @Test
    void neverHasMoreRequestsOpenAtTheProviderThanTheLimit() throws Exception {
        takingMillis("100");
        try (Crowd crowd = crowd("{\"max_parallel_requests\": 20, \"rpm_limit\": 300}")) {
            crowd.begin(CALLERS).join();
            int most = mostOpenAtTheProvider();
            crowd.report("20 open requests, most open " + most);
            assertThat(crowd.odd).isEmpty();
            assertThat(crowd.accepted.get()).isBetween(297, 300);
            assertThat(most).isBetween(15, 20);
        } finally {
            takingMillis("20");
        }
    }

    @Test
    void endsABudgetOfADollarWithinHalfAPercentAndTheBooksShowIt() throws Exception {
        String key = fleet.newKey("{\"max_budget\": 1.0}");
        double truth;
        try (Crowd crowd = new Crowd(fleet, INGRESSES, key).begin(CALLERS).join()) {
            crowd.report("a budget of $1");
            truth = crowd.billed();
            assertThat(crowd.odd).isEmpty();
            assertThat(truth).isBetween(0.98, 1.005);
        }

        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(spend(key)).isEqualTo(truth));
    }

    @Test
    void letsBurstsWithinTheirBudgetThrough() throws Exception {
        int accepted = 0;
        int refused = 0;
        long byShare = 0;
        for (int round = 0; round < 20; round++) {
            try (Crowd crowd = crowd("{\"max_budget\": 0.019}").burst(20)) {
                accepted += crowd.accepted.get();
                refused += crowd.refused.get();
                byShare += crowd.byShare();
                assertThat(crowd.odd).isEmpty();
            }
        }
        LoggerFactory.getLogger(FleetLimitsIT.class)
                .atInfo()
                .addKeyValue("refused", refused)
                .addKeyValue("byShare", byShare)
                .log("20 bursts of 20 calls, two thirds of their budget");
        assertThat(accepted + refused).isEqualTo(400);
        assertThat(refused).isLessThanOrEqualTo(4);
    }

    @Test
    void servesAgainWhenTheNextPeriodOfABudgetBegins() {
        String key = fleet.newKey("{\"max_budget\": 0.002, \"budget_duration\": \"5s\"}");
        List<Instant> turns = new ArrayList<>();
        for (int period = 0; period < 2; period++) {
            // For good: a call that comes before the last one is settled is refused for a moment
            // only.
            await().during(Duration.ofMillis(300))
                    .atMost(Duration.ofSeconds(9))
                    .until(() -> status(key) == 400);
            await().atMost(Duration.ofSeconds(7)).until(() -> status(key) == 200);
            turns.add(Instant.now());
        }

        for (Instant turn : turns) {
            assertThat(turn.toEpochMilli() % 5000).isLessThan(1500);
        }
        assertThat(spend(key)).isLessThan(0.004);
        await().atMost(Duration.ofSeconds(10)).until(() -> spend(key) == 0);
    }

    private static Crowd crowd(String limits) {
        return new Crowd(fleet, INGRESSES, fleet.newKey(limits));
    }

    private static void takingMillis(String millis) {
        fleet.scenario(
                "{\"match\": {\"model\": \"gpt-4o\"}, \"profile\": \"fixed-%sms\"}"
                        .formatted(millis));
    }

    private static int status(String key) {
        return fleet.post(1, key, "/v1/chat/completions", Crowd.call("again")).statusCode();
    }

    private static double spend(String key) {
        JsonNode answer = Fleet.json(fleet.fetch(0, Fleet.MASTER_KEY, "/key/info?key=" + key));
        return answer.path("info").path("spend").asDouble();
    }

    /** Calls that overlap at the provider, each of which takes exactly as long. */
    private static int mostOpenAtTheProvider() {
        List<Long> ends = new ArrayList<>();
        for (JsonNode attempt : fleet.ledger().path("attempts")) {
            ends.add(Instant.parse(attempt.path("at").asText()).toEpochMilli());
        }
        ends.sort(null);
        int most = 0;
        int oldest = 0;
        for (int newest = 0; newest < ends.size(); newest++) {
            while (ends.get(newest) - ends.get(oldest) >= PROVIDER_MILLIS - 1) {
                oldest++;
            }
            most = Math.max(most, newest - oldest + 1);
        }
        return most;
    }
}
