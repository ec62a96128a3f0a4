package dev.sluice.ingress.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.ingress.routing.Sight;
import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.DeploymentState.Latency;
import dev.sluice.schemas.events.RateLimit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

class AllowanceTest {

    /** About 500 tokens. */
    private static final RequestTraits CALL = new RequestTraits(true, 1_000, 250, 0);

    private final TestingClock clock = new TestingClock();
    private final AttemptRecorder recorder = new AttemptRecorder(List.of("a"), clock, clock);
    private final FleetStates states = new FleetStates(recorder, clock);
    private final Sight sight = recorder.sight("a");

    @Test
    void saysNothingWhereTheProviderDoesNot() {
        recorder.started("a", CALL).allowed(null, null);

        assertThat(sight.rateUsed()).isZero();
        assertThat(delta().limits()).isEmpty();
    }

    @Test
    void countsWhatWasSentSinceTheProvidersWord() {
        answered(limit(100, 1_000, 60), null);
        assertThat(sight.rateUsed()).isCloseTo(0.9, within(0.001));

        for (int i = 0; i < 79; i++) {
            recorder.started("a", CALL);
        }
        assertThat(sight.rateUsed()).isLessThan(1);
        recorder.started("a", CALL);
        recorder.started("a", CALL);
        assertThat(sight.rateUsed()).isGreaterThanOrEqualTo(1);
    }

    @Test
    void isUsedUpWithLessLeftThanAnotherCallTakes() {
        answered(limit(1, 10, 60), null);
        assertThat(sight.rateUsed()).isLessThan(1);

        recorder.started("a", CALL);
        assertThat(sight.rateUsed()).isGreaterThanOrEqualTo(1);
    }

    @Test
    void countsTokensBesideRequests() {
        answered(limit(1_000, 1_000, 60), limit(900, 10_000, 60));
        recorder.started("a", CALL);
        assertThat(sight.rateUsed()).as("400 left of 10,000").isGreaterThanOrEqualTo(1);
    }

    @Test
    void comesBackUntilTheTimeOfReset() {
        answered(limit(0, 100, 60), null);
        assertThat(sight.rateUsed()).isGreaterThanOrEqualTo(1);

        clock.pass(Duration.ofSeconds(6));
        assertThat(sight.rateUsed()).isCloseTo(0.9, within(0.001));
        clock.pass(Duration.ofSeconds(54));
        assertThat(sight.rateUsed()).isZero();
    }

    @Test
    void holdsAWordWithoutLimitOrResetForAMinute() {
        answered(new RateLimit(0, RateLimit.UNSTATED, clock.millis(), RateLimit.UNSTATED), null);
        assertThat(sight.rateUsed()).isEqualTo(1);

        clock.pass(Duration.ofSeconds(60));
        assertThat(sight.rateUsed()).isZero();
    }

    @Test
    void tellsTheFleetOnceAndNotWhatItHeardFromIt() {
        RateLimit word = limit(7, 10, 60);
        answered(word, null);

        assertThat(RateLimit.of(delta().limits(), RateLimit.REQUESTS)).isEqualTo(word);
        recorder.started("a", CALL);
        assertThat(delta().limits()).isEmpty();
        hears(limit(3, 10, 60));
        recorder.started("a", CALL);
        assertThat(delta().limits()).isEmpty();
    }

    @Test
    void heedsWhatAnotherIngressWasTold() {
        hears(limit(0, 10, 60));

        assertThat(sight.rateUsed()).isGreaterThanOrEqualTo(1);
    }

    @Test
    void doesNotFallBackToAnOlderWordOfTheFleet() {
        RateLimit old = limit(0, 10, 600);
        clock.pass(Duration.ofSeconds(10));
        answered(limit(10, 10, 60), null);

        hears(old);

        assertThat(sight.rateUsed()).isZero();
    }

    private RateLimit limit(long remaining, long limit, int resetSeconds) {
        return new RateLimit(
                remaining, limit, clock.millis(), clock.millis() + resetSeconds * 1_000L);
    }

    private void answered(@Nullable RateLimit requests, @Nullable RateLimit tokens) {
        recorder.started("a", CALL).allowed(requests, tokens);
    }

    private void hears(RateLimit requests) {
        Map<String, Long> limits = new HashMap<>();
        requests.into(limits, RateLimit.REQUESTS);
        states.put(
                new DeploymentState(
                        "a",
                        clock.instant(),
                        Map.of(),
                        Latency.UNKNOWN,
                        Latency.UNKNOWN,
                        Latency.UNKNOWN,
                        0,
                        0,
                        null,
                        null,
                        null,
                        null,
                        limits));
    }

    private AttemptDelta delta() {
        return recorder.deltas("i1", 0, clock.instant(), clock.instant()).getFirst();
    }
}
