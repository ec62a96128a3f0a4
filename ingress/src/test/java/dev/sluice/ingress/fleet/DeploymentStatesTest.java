package dev.sluice.ingress.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.DeploymentState.Latency;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;

class DeploymentStatesTest {

    private final TestingClock clock = new TestingClock();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final AttemptRecorder recorder = new AttemptRecorder(List.of("a", "b"), clock);
    private final DeploymentStates states =
            new DeploymentStates(KafkaSettings.of("localhost:1"), recorder, metrics, clock);

    @AfterEach
    void close() {
        states.close();
    }

    @Test
    void keepsTheNewestStateOfEachDeployment() {
        states.apply("a", state("a", 1, null));
        states.apply("a", state("a", 2, null));

        assertThat(Objects.requireNonNull(states.state("a")).inFlight()).isEqualTo(2);
        assertThat(states.state("b")).isNull();
        assertThat(metrics.get("sluice_deployment_states_fresh").gauge().value()).isEqualTo(1);
    }

    @Test
    void takesAStateOlderThanTwoMinutesForUnknown() {
        states.apply("a", state("a", 1, null));

        clock.pass(Duration.ofMinutes(2));
        assertThat(states.state("a")).isNotNull();
        clock.pass(Duration.ofMillis(1));
        assertThat(states.state("a")).isNull();
        assertThat(metrics.get("sluice_deployment_states_fresh").gauge().value()).isZero();
    }

    @Test
    void heedsTheFleetsCooldownWhileItLasts() {
        states.apply("a", state("a", 1, clock.instant().plusSeconds(10)));

        assertThat(states.cooledDown("a")).isTrue();
        assertThat(states.cooledDown("b")).isFalse();
        clock.pass(Duration.ofSeconds(10));
        assertThat(states.cooledDown("a")).isFalse();
    }

    @Test
    void heedsItsOwnCooldownWithoutWaitingForTheFleet() {
        recorder.started("a");
        recorder.failed("a", "http_429", true, 10);

        assertThat(states.cooledDown("a")).isTrue();
    }

    @Test
    void countsItsOwnOpenCalls() {
        recorder.started("a");
        recorder.started("a");

        assertThat(states.inFlightHere("a")).isEqualTo(2);
        assertThat(states.inFlightHere("b")).isZero();
    }

    @Test
    void forgetsADeploymentThatWasBuried() {
        states.apply("a", state("a", 1, null));

        states.apply("a", null);

        assertThat(states.state("a")).isNull();
    }

    @Test
    void ignoresDeploymentsThatAreNotItsOwnAndRecordsItCannotRead() {
        states.apply("a", state("a", 1, null));
        states.apply("stranger", state("stranger", 1, null));
        states.apply("a", "{".getBytes(StandardCharsets.UTF_8));
        states.apply("a", "{\"v\":2}".getBytes(StandardCharsets.UTF_8));

        assertThat(states.state("stranger")).isNull();
        assertThat(states.state("a")).isNotNull();
        assertThat(metrics.get("sluice_deployment_states_unreadable").counter().count())
                .isEqualTo(2);
    }

    private byte[] state(String id, long inFlight, @Nullable Instant cooldownUntil) {
        return Topics.DEPLOYMENTS
                .codec()
                .encode(
                        new DeploymentState(
                                id,
                                clock.instant(),
                                Map.of(),
                                Latency.UNKNOWN,
                                Latency.UNKNOWN,
                                Latency.UNKNOWN,
                                0,
                                inFlight,
                                cooldownUntil,
                                null));
    }
}
