package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;

/** Limits of two hundred callers with one key, while Redis or an ingress goes away under them. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class FleetDisturbancesIT {

    private static final int INGRESSES = 3;
    private static final int CALLERS = 200;

    private static Fleet fleet;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        fleet = Fleet.start(folder, INGRESSES);
        await().atMost(Duration.ofSeconds(60)).until(fleet::isReady);
        fleet.scenario("{\"match\": {\"model\": \"gpt-4o\"}, \"profile\": \"fixed-20ms\"}");
        Crowd.learn(fleet, INGRESSES);
    }

    @AfterAll
    static void stop() throws Exception {
        fleet.close();
    }

    @Test
    void holdsRequestsWhileRedisForgetsAndGoesAndComesBack() throws Exception {
        try (Crowd crowd = crowd("{\"rpm_limit\": 3000}").begin(CALLERS)) {
            disturbRedis(crowd, 1000);
            crowd.join();
            crowd.report("3,000 requests a minute, Redis flushed, stopped and back");
            assertThat(crowd.odd).isEmpty();
            assertThat(crowd.accepted.get()).isBetween(2950, 3005);
        }
    }

    @Test
    void holdsABudgetWhileRedisForgetsAndGoesAndComesBack() throws Exception {
        try (Crowd crowd = crowd("{\"max_budget\": 1.0}").begin(CALLERS)) {
            disturbRedis(crowd, 400);
            crowd.join();
            crowd.report("a budget of $1, Redis flushed, stopped and back");
            assertThat(crowd.odd).isEmpty();
            assertThat(crowd.billed()).isBetween(0.97, 1.005);
        }
    }

    /** Last: for seconds after its outage of Redis, shares decide more than they do otherwise. */
    @Test
    @Order(Integer.MAX_VALUE)
    void letsBurstsWithinTheirBudgetThroughWithoutRedis() throws Exception {
        int accepted = 0;
        int refused = 0;
        awaitThreeShares();
        fleet.takeAway(Fleet.Server.REDIS);
        try {
            for (int round = 0; round < 20; round++) {
                try (Crowd crowd = crowd("{\"max_budget\": 0.019}").burst(20)) {
                    accepted += crowd.accepted.get();
                    refused += crowd.refused.get();
                    assertThat(crowd.odd).isEmpty();
                }
            }
        } finally {
            fleet.bringBack(Fleet.Server.REDIS);
            await().atMost(Duration.ofSeconds(30)).until(FleetDisturbancesIT::isSharedAgain);
        }
        LoggerFactory.getLogger(FleetDisturbancesIT.class)
                .atInfo()
                .addKeyValue("refused", refused)
                .log("20 bursts of 20 calls, two thirds of their budget, Redis away");
        assertThat(accepted + refused).isEqualTo(400);
        assertThat(refused).isLessThanOrEqualTo(4);
    }

    @Test
    void holdsRequestsThoughAnIngressEnds() throws Exception {
        try (Crowd crowd = crowd("{\"rpm_limit\": 1000}").begin(CALLERS)) {
            await().until(() -> crowd.accepted.get() > 300);
            fleet.stopIngress(2);
            crowd.join();
            crowd.report("1,000 requests a minute, an ingress stopped");
            assertThat(crowd.accepted.get() + crowd.broken.get()).isGreaterThan(950);
            assertThat(crowd.accepted.get()).isLessThanOrEqualTo(1005);
        } finally {
            restart();
        }
    }

    @Test
    void holdsABudgetThoughAnIngressEnds() throws Exception {
        try (Crowd crowd = crowd("{\"max_budget\": 1.0}").begin(CALLERS)) {
            await().until(() -> crowd.accepted.get() > 500);
            fleet.stopIngress(2);
            crowd.join();
            crowd.report("a budget of $1, an ingress stopped");
            assertThat(crowd.billed()).isBetween(0.93, 1.005);
        } finally {
            restart();
        }
    }

    private static Crowd crowd(String limits) {
        return new Crowd(fleet, INGRESSES, fleet.newKey(limits));
    }

    private static void disturbRedis(Crowd crowd, int step) throws Exception {
        await().until(() -> crowd.accepted.get() > step);
        fleet.flushRedis();
        await().until(() -> crowd.accepted.get() > 2 * step);
        fleet.takeAway(Fleet.Server.REDIS);
        await().pollDelay(Duration.ofMillis(500)).until(() -> true);
        fleet.bringBack(Fleet.Server.REDIS);
    }

    /** An ingress that was ended takes a share for ten seconds more; without Redis, for good. */
    private static void awaitThreeShares() {
        await().atMost(Duration.ofSeconds(30))
                .until(() ->
                        fleet.fetch(0, Fleet.MASTER_KEY, "/metrics")
                                .body()
                                .contains("sluice_limit_ingresses 3.0"));
    }

    /** Every ingress has Redis, and what it grants again after a second of caution. */
    private static boolean isSharedAgain() {
        for (int i = 0; i < INGRESSES; i++) {
            String metrics = fleet.fetch(i, Fleet.MASTER_KEY, "/metrics").body();
            if (!metrics.contains("sluice_limit_redis_connected 1.0")
                    || !metrics.contains("sluice_limit_ingresses 3.0")) {
                return false;
            }
        }
        return true;
    }

    private static void restart() throws Exception {
        fleet.startIngress(2);
        await().atMost(Duration.ofSeconds(60)).until(fleet::isReady);
        Crowd.learn(fleet, INGRESSES);
    }
}
