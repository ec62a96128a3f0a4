package dev.sluice.ingress.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.routing.Candidate;
import dev.sluice.ingress.routing.LatencyBased;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.DeploymentState.Latency;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Nobody puts the fleet's figures together: each ingress goes on by what it sees itself. */
class LocalKnowledgeTest {

    private static final RequestTraits STREAM = new RequestTraits(true, 1_500);
    private static final List<Candidate> TWO = List.of(Candidate.of("a"), Candidate.of("b"));

    private final TestingClock clock = new TestingClock();
    private final AttemptRecorder recorder = new AttemptRecorder(List.of("a", "b"), clock, clock);
    private final FleetStates states = new FleetStates(recorder, clock);
    private final LatencyBased strategy = new LatencyBased(Duration.ZERO, 0);

    @BeforeEach
    void hearAFirstAndLastWord() {
        states.put(state("a", 100));
        states.put(state("b", 200));
        assertThat(first()).isEqualTo("a");
    }

    @Test
    void seesThatTheFastestHasBecomeTheSlowest() {
        clock.pass(Duration.ofSeconds(11));
        answers("b", 200);
        answers("a", 900);
        answers("a", 900);
        assertThat(first()).isEqualTo("b");

        for (int minute = 0; minute < 5; minute++) {
            clock.pass(Duration.ofMinutes(1));
            answers("b", 200);
            answers("a", 900);
            assertThat(first()).isEqualTo("b");
        }
    }

    @Test
    void seesThatTheFastestFails() {
        clock.pass(Duration.ofMinutes(3));
        answers("b", 200);
        answers("a", 100);
        assertThat(first()).isEqualTo("a");

        for (int i = 0; i < 3; i++) {
            recorder.started("a", STREAM).failed("http_400", false, -1);
        }
        assertThat(first()).as("errors of callers").isEqualTo("a");
        recorder.started("a", STREAM).failed("broken", false, -1);
        assertThat(first()).isEqualTo("b");
    }

    private String first() {
        return strategy.order(TWO, states, STREAM, new SplittableRandom(1))
                .getFirst()
                .deploymentId();
    }

    private void answers(String id, long millis) {
        Flight flight = recorder.started(id, STREAM);
        clock.pass(Duration.ofMillis(millis));
        flight.contentArrived();
        flight.succeeded(10, 10);
    }

    private DeploymentState state(String id, long millis) {
        var latency = new Latency(millis * 1e3, millis * 1_000, millis * 1_000, 20);
        return new DeploymentState(
                id,
                clock.instant(),
                Map.of(),
                latency,
                latency,
                Latency.UNKNOWN,
                0,
                0,
                null,
                null,
                null,
                null,
                null);
    }
}
