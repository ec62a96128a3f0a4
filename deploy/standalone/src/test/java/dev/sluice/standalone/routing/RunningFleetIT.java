package dev.sluice.standalone.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.ingress.Ingress;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;

/** Two ingresses with {@code adaptive} on one broker, in real time, before two deployments. */
final class RunningFleetIT {

    private static final double CALLS_A_SECOND = 20;
    private static final int PLACES = 20;
    private static final double FIRST_BYTE_SECONDS = 4;

    private RoutingRig rig;
    private List<Ingress> ingresses;
    private OpenLoop callers;

    @BeforeEach
    void start(@TempDir Path folder) throws Exception {
        rig = new RoutingRig(folder, 2, PLACES, "  routing_strategy: adaptive\n");
        ingresses = List.of(rig.startIngress(), rig.startIngress());
        await().atMost(Duration.ofSeconds(30))
                .until(() -> rig.isWorkerReady() && ingresses.stream().allMatch(Ingress::ready));
        callers = new OpenLoop(ingresses, 1);
        callers.run(CALLS_A_SECOND, Duration.ofSeconds(4));
    }

    @AfterEach
    void stop() throws Exception {
        callers.close();
        rig.close();
    }

    @Test
    void fiveSecondsAfterADeploymentBecomesSlowBothIngressesGoToTheOther() throws Exception {
        List<Future<Sample>> begun = callers.begin(CALLS_A_SECOND, Duration.ofSeconds(20));
        rig.slow(0, 5);
        long slowSince = System.nanoTime();

        List<Sample> samples =
                Sample.since(slowSince + Duration.ofSeconds(5).toNanos(), OpenLoop.all(begun));

        for (int i = 0; i < ingresses.size(); i++) {
            int ingress = i;
            List<Sample> here =
                    samples.stream().filter(sample -> sample.ingress() == ingress).toList();
            assertThat(here).hasSizeGreaterThan(80).allMatch(Sample::isServed);
            assertThat(Sample.share(here, sample -> sample.deployment().equals("d1")))
                    .as("ingress %d", ingress)
                    .isGreaterThanOrEqualTo(0.9);
        }
    }

    @Test
    void aDeploymentThatSwallowsCallsIsNotNoticedByCallers() throws Exception {
        List<Future<Sample>> begun = callers.begin(CALLS_A_SECOND, Duration.ofSeconds(25));
        rig.swallow(0);

        List<Sample> samples = OpenLoop.all(begun);

        assertThat(samples).hasSizeGreaterThan(400);
        List<Sample> failed = samples.stream().filter(sample -> !sample.isServed()).toList();
        assertThat(failed).hasSizeLessThanOrEqualTo(samples.size() / 1000);
        assertThat(Sample.firstToken(samples, 99)).isLessThan(2 * FIRST_BYTE_SECONDS);
        rig.allWell();
    }

    @Test
    void withoutTheWorkerEachIngressGoesByWhatItSees() throws Exception {
        rig.stopWorker();
        List<Future<Sample>> begun = callers.begin(CALLS_A_SECOND, Duration.ofSeconds(20));
        rig.slow(0, 5);
        long slowSince = System.nanoTime();

        List<Sample> samples =
                Sample.since(slowSince + Duration.ofSeconds(5).toNanos(), OpenLoop.all(begun));

        assertThat(samples).hasSizeGreaterThan(160).allMatch(Sample::isServed);
        assertThat(Sample.share(samples, sample -> sample.deployment().equals("d1")))
                .isGreaterThanOrEqualTo(0.9);
    }

    @Test
    void anIngressThatComesNewKnowsTheSlowDeploymentFromItsFirstCallOn() throws Exception {
        rig.slow(0, 5);
        callers.run(CALLS_A_SECOND, Duration.ofSeconds(6));
        Ingress fresh = rig.startIngress();
        await().atMost(Duration.ofSeconds(30)).until(fresh::ready);

        try (var newcomers = new OpenLoop(List.of(fresh), 2)) {
            List<Sample> first = newcomers.run(CALLS_A_SECOND, Duration.ofSeconds(2));

            assertThat(first).hasSizeGreaterThan(20).allMatch(Sample::isServed);
            assertThat(first.getFirst().deployment()).isEqualTo("d1");
            assertThat(Sample.share(first, sample -> sample.deployment().equals("d1")))
                    .isGreaterThanOrEqualTo(0.9);
        }
    }
}
