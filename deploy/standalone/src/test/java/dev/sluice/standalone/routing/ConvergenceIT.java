package dev.sluice.standalone.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.embedded.EmbeddedKafka;
import dev.sluice.embedded.FreePort;
import dev.sluice.ingress.fleet.AttemptRecorder;
import dev.sluice.ingress.fleet.DeltaPublisher;
import dev.sluice.ingress.fleet.DeploymentStates;
import dev.sluice.ingress.fleet.Flight;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.router.RouterWorker;
import dev.sluice.router.RouterWorkerSettings;
import dev.sluice.schemas.config.KafkaSettings;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** How long it takes until one ingress knows what another has seen. */
final class ConvergenceIT {

    private static final String DEPLOYMENT = "d";
    private static final int CHANGES = 60;
    private static final RequestTraits STREAM = new RequestTraits(true, 1_000);

    /** The changes begin at any time between two deltas. */
    private static final int PAUSE_MICROS = 200_000;

    private final AttemptRecorder here = new AttemptRecorder(List.of(DEPLOYMENT));
    private final AttemptRecorder there = new AttemptRecorder(List.of(DEPLOYMENT));
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final SplittableRandom random = new SplittableRandom(1);

    @Test
    void everyIngressKnowsOfAChangeWithinASecond(@TempDir Path folder) {
        try (var broker = EmbeddedKafka.start(folder.resolve("kafka"), FreePort.pick())) {
            KafkaSettings kafka = KafkaSettings.of(broker.bootstrapServers());
            try (var worker =
                            new RouterWorker(
                                    new RouterWorkerSettings(kafka, folder.resolve("router")),
                                    metrics);
                    var telling = new DeltaPublisher(kafka, here, "i1", metrics);
                    var alsoTelling = new DeltaPublisher(kafka, there, "i2", metrics);
                    var hearing = new DeploymentStates(kafka, there, metrics)) {
                worker.start();
                telling.start();
                alsoTelling.start();
                hearing.start();
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> worker.ready() && hearing.caughtUp());

                List<Long> millis = measured(hearing);

                Collections.sort(millis);
                LoggerFactory.getLogger(ConvergenceIT.class)
                        .atInfo()
                        .addKeyValue("changes", millis.size())
                        .addKeyValue("p50_ms", millis.get(CHANGES / 2))
                        .addKeyValue("p99_ms", millis.getLast())
                        .log("a change is known elsewhere");
                assertThat(millis).hasSize(CHANGES);
                assertThat(millis.getLast()).isLessThan(1_000);
            }
        }
    }

    private List<Long> measured(DeploymentStates hearing) {
        Deque<Flight> open = new ArrayDeque<>();
        begin(open);
        // The first one also waits for partitions to be assigned.
        await().atMost(Duration.ofSeconds(30)).until(() -> knows(hearing, 1));
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < CHANGES; i++) {
            LockSupport.parkNanos(random.nextInt(PAUSE_MICROS) * 1_000L);
            long since = System.nanoTime();
            if (i % 4 == 3) {
                open.pop().succeeded(10, 10);
            } else {
                begin(open);
            }
            int expected = open.size();
            until(() -> knows(hearing, expected));
            millis.add(Duration.ofNanos(System.nanoTime() - since).toMillis());
        }
        return millis;
    }

    private void begin(Deque<Flight> open) {
        open.push(here.started(DEPLOYMENT, STREAM));
    }

    private static boolean knows(DeploymentStates hearing, int open) {
        return hearing.view().inFlightElsewhere(DEPLOYMENT) == open;
    }

    private static void until(BooleanSupplier isSo) {
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .atMost(Duration.ofSeconds(10))
                .until(isSo::getAsBoolean);
    }
}
