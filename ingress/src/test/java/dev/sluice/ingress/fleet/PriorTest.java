package dev.sluice.ingress.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.ingress.routing.Sight;
import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.DeploymentState.Latency;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What an ingress knows of a deployment that it has never called. */
class PriorTest {

    private static final RequestTraits SHORT = new RequestTraits(true, 1_500);

    private final TestingClock clock = new TestingClock();
    private final AttemptRecorder recorder = new AttemptRecorder(List.of("a"), clock, clock);
    private final FleetStates states = new FleetStates(recorder, clock);
    private final Sight sight = recorder.sight("a");

    @Test
    void isTheFleetsTimeOfThatSizeElseOfAllSizes() {
        states.put(state(null));

        assertThat(sight.ttftMicros(true, 10)).isEqualTo(300_000);
        assertThat(sight.ttftMicros(true, 16)).isEqualTo(500_000);
        assertThat(sight.ttftMicros(false, 10)).isEqualTo(2_000_000);
        assertThat(sight.quietSeconds()).isInfinite();
    }

    @Test
    void countsForThreeOwnAnswersAndForNothingWhereThereAreMore() {
        states.put(state(null));

        answer(700);
        assertThat(sight.ttftMicros(true, 10)).isCloseTo(400_000, within(1.0));

        for (int i = 0; i < 100; i++) {
            answer(700);
        }
        clock.pass(Duration.ofSeconds(30));
        assertThat(sight.ttftMicros(true, 10)).isCloseTo(700_000, within(25_000.0));
    }

    /** A single stuck answer, the first of all, is not what the deployment usually takes. */
    @Test
    void keepsAFirstAnswerFromBeingBelievedAlone() {
        states.put(state(null));

        answer(6_000);

        assertThat(sight.ttftMicros(true, 10)).isLessThan(500_000);
    }

    @Test
    void tellsALateCallFromOneInTime() {
        states.put(state(null));
        recorder.started("a", SHORT);

        clock.pass(Duration.ofMillis(900));

        assertThat(sight.lateness()).isCloseTo(3, within(0.01));
    }

    @Test
    void isAsSlowAsTheFleetFoundItLatelyAndLessAndLessSince() {
        states.put(state(4.0));
        assertThat(sight.fleetSlowness()).isEqualTo(4);
        assertThat(sight.ttftMicros(true, 10)).isEqualTo(1_200_000);

        clock.pass(Duration.ofSeconds(9));
        assertThat(sight.fleetSlowness()).isCloseTo(2.5, within(0.001));
        answer(300);
        assertThat(sight.ttftMicros(true, 10)).isCloseTo(300_000, within(10_000.0));
    }

    @Test
    void isForgottenAfterTwoMinutes() {
        states.put(state(null));

        clock.pass(Duration.ofSeconds(121));

        assertThat(sight.ttftMicros(true, 10)).isNaN();
    }

    @Test
    void isNotTakenWhereTheSizeIsKnownHere() {
        answer(700);

        states.put(state(4.0));

        assertThat(sight.ttftMicros(true, 10)).isCloseTo(700_000, within(1.0));
    }

    private void answer(int millis) {
        Flight flight = recorder.started("a", SHORT);
        clock.pass(Duration.ofMillis(millis));
        flight.contentArrived();
        flight.succeeded(100, 1);
    }

    private DeploymentState state(@Nullable Double slowness) {
        return new DeploymentState(
                "a",
                clock.instant(),
                Map.of(10, latency(300)),
                latency(500),
                latency(2_000),
                Latency.UNKNOWN,
                0,
                0,
                null,
                null,
                null,
                slowness,
                null);
    }

    private static Latency latency(long millis) {
        return new Latency(millis * 1_000, millis * 1_000, millis * 2_000, 10);
    }
}
