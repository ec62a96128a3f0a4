package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;

/** Limits of two hundred callers with one key, while Redis or an ingress goes away under them. */
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
            assertThat(crowd.accepted.get()).isBetween(2950, 3030);
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

    private static void restart() throws Exception {
        fleet.startIngress(2);
        await().atMost(Duration.ofSeconds(60)).until(fleet::isReady);
        Crowd.learn(fleet, INGRESSES);
    }
}
