package dev.sluice.ingress.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.routing.RequestTraits;
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

    private static final RequestTraits STREAM = new RequestTraits(true, 1_500);

    private final TestingClock clock = new TestingClock();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final AttemptRecorder recorder = new AttemptRecorder(List.of("a", "b"), clock, clock);
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

        assertThat(Objects.requireNonNull(states.view().state("a")).inFlight()).isEqualTo(2);
        assertThat(states.view().state("b")).isNull();
        assertThat(metrics.get("sluice_deployment_states_fresh").gauge().value()).isEqualTo(1);
    }

    @Test
    void takesAStateOlderThanTwoMinutesForUnknown() {
        states.apply("a", state("a", 1, null));

        clock.pass(Duration.ofMinutes(2));
        assertThat(states.view().state("a")).isNotNull();
        clock.pass(Duration.ofMillis(1));
        assertThat(states.view().state("a")).isNull();
        assertThat(metrics.get("sluice_deployment_states_fresh").gauge().value()).isZero();
    }

    @Test
    void heedsTheFleetsCooldownWhileItLasts() {
        states.apply("a", state("a", 1, clock.instant().plusSeconds(10)));

        assertThat(states.view().cooledDown("a")).isTrue();
        assertThat(states.view().cooledDown("b")).isFalse();
        clock.pass(Duration.ofSeconds(10));
        assertThat(states.view().cooledDown("a")).isFalse();
    }

    @Test
    void heedsItsOwnCooldownWithoutWaitingForTheFleet() {
        recorder.started("a", STREAM).failed("http_429", true, 10);

        assertThat(states.view().cooledDown("a")).isTrue();
    }

    @Test
    void countsItsOwnOpenCalls() {
        recorder.started("a", STREAM);
        recorder.started("a", STREAM);

        assertThat(states.view().inFlightHere("a")).isEqualTo(2);
        assertThat(states.view().inFlightHere("b")).isZero();
    }

    /** What the fleet knows includes what this ingress told it, some time ago. */
    @Test
    void tellsTheOthersOpenCallsFromItsOwn() {
        Flight own = recorder.started("a", STREAM);
        recorder.started("a", STREAM);
        Instant told = clock.instant();
        recorder.deltas("i1", 0, told, told);
        own.succeeded(1, 1);
        clock.pass(Duration.ofMillis(200));
        recorder.deltas("i1", 1, told, clock.instant());

        states.apply("a", state("a", 5, null, told));
        assertThat(states.view().inFlightElsewhere("a")).isEqualTo(3);

        states.apply("a", state("a", 4, null));
        assertThat(states.view().inFlightElsewhere("a")).isEqualTo(3);
        assertThat(states.view().inFlightElsewhere("b")).isZero();
    }

    /** Of a clock that is ahead, or after many words: what was told is still not nothing. */
    @Test
    void takesItsOldestWordForWhatItHadToldBeforeAllThatItRemembers() {
        Instant before = clock.instant();
        clock.pass(Duration.ofSeconds(30));
        recorder.started("a", STREAM);
        recorder.deltas("i1", 0, clock.instant(), clock.instant());

        states.apply("a", state("a", 3, null, before.plusSeconds(29)));
        assertThat(states.view().inFlightElsewhere("a")).isEqualTo(2);
    }

    /** Whoever had them says so every two seconds: now he is dead, or nobody passes it on. */
    @Test
    void forgetsTheOthersOpenCallsAfterTenSeconds() {
        states.apply("a", state("a", 5, null));

        clock.pass(Duration.ofSeconds(10));
        assertThat(states.view().inFlightElsewhere("a")).isEqualTo(5);
        clock.pass(Duration.ofMillis(1));
        assertThat(states.view().inFlightElsewhere("a")).isZero();
        assertThat(states.view().state("a")).isNotNull();
    }

    @Test
    void knowsHowOldTheFleetsWordIs() {
        assertThat(states.view().stateAgeSeconds("a")).isInfinite();

        states.apply("a", state("a", 1, null));
        clock.pass(Duration.ofMillis(1_500));
        assertThat(states.view().stateAgeSeconds("a")).isEqualTo(1.5);
        clock.pass(Duration.ofMinutes(2));
        assertThat(states.view().stateAgeSeconds("a")).isInfinite();
    }

    /** The worker's clock is ahead of this one by a minute. */
    @Test
    void restsForAsLongAsIsLeftByTheClockOfWhoSaysSo() {
        Instant there = clock.instant().plusSeconds(60);
        states.apply("a", state("a", 1, there.plusSeconds(10), there));

        clock.pass(Duration.ofSeconds(9));
        assertThat(states.view().cooledDown("a")).isTrue();
        clock.pass(Duration.ofSeconds(1));
        assertThat(states.view().cooledDown("a")).isFalse();
    }

    @Test
    void keepsNoStatesOfDeploymentsThatNoConfigHasAnyMore() {
        for (int i = 0; i < 100; i++) {
            String id = "d" + i;
            recorder.know(List.of("a", id));
            recorder.deltas("i1", 0, clock.instant(), clock.instant());
            states.apply(id, state(id, 1, null));
        }
        recorder.know(List.of("a"));
        recorder.deltas("i1", 0, clock.instant(), clock.instant());
        states.apply("a", state("a", 1, null));

        assertThat(metrics.get("sluice_deployment_states_fresh").gauge().value())
                .isLessThanOrEqualTo(2);
    }

    @Test
    void countsRequestsAndTokensOfTheMinute() {
        recorder.started("a", STREAM).succeeded(30, 12);
        recorder.started("a", STREAM);

        assertThat(states.view().requestsThisMinute("a")).isEqualTo(2);
        assertThat(states.view().tokensThisMinute("a")).isEqualTo(42);
        clock.pass(Duration.ofMinutes(1));
        assertThat(states.view().requestsThisMinute("a")).isZero();
        assertThat(states.view().tokensThisMinute("a")).isZero();
    }

    @Test
    void forgetsADeploymentThatWasBuried() {
        states.apply("a", state("a", 1, null));

        states.apply("a", null);

        assertThat(states.view().state("a")).isNull();
    }

    @Test
    void ignoresDeploymentsThatAreNotItsOwnAndRecordsItCannotRead() {
        states.apply("a", state("a", 1, null));
        states.apply("stranger", state("stranger", 1, null));
        states.apply("a", "{".getBytes(StandardCharsets.UTF_8));
        states.apply("a", "{\"v\":2}".getBytes(StandardCharsets.UTF_8));
        states.apply(null, state("a", 9, null));

        assertThat(states.view().state("stranger")).isNull();
        assertThat(states.view().state("a")).isNotNull();
        assertThat(metrics.get("sluice_deployment_states_unreadable").counter().count())
                .isEqualTo(2);
    }

    private byte[] state(String id, long inFlight, @Nullable Instant cooldownUntil) {
        return state(id, inFlight, cooldownUntil, clock.instant());
    }

    private static byte[] state(
            String id, long inFlight, @Nullable Instant cooldownUntil, Instant asOf) {
        return Topics.DEPLOYMENTS
                .codec()
                .encode(
                        new DeploymentState(
                                id,
                                asOf,
                                Map.of(),
                                Latency.UNKNOWN,
                                Latency.UNKNOWN,
                                Latency.UNKNOWN,
                                0,
                                inFlight,
                                cooldownUntil,
                                null,
                                null,
                                null,
                                null));
    }
}
