package dev.sluice.standalone.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.fleet.AttemptRecorder;
import dev.sluice.ingress.fleet.FleetStates;
import dev.sluice.ingress.fleet.Flight;
import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.router.DeploymentStatistics;
import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.DeploymentState;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;

/** What each ingress believes that all of them have asked of a deployment in this minute. */
class FleetCountsTest {

    private static final String DEPLOYMENT = "d";
    private static final RequestTraits STREAM = new RequestTraits(true, 1_000);
    private static final int STEPS = 3_000;

    private final Simulation clock = new Simulation();
    private final DeploymentStatistics worker = new DeploymentStatistics(DEPLOYMENT);
    private final Deque<AttemptDelta> toWorker = new ArrayDeque<>();
    private final List<Node> nodes = new ArrayList<>();
    private Truth truth = new Truth(0, 0);
    private long minute;

    private record Truth(long requests, long tokens) {}

    /** One ingress; what it was told is late, each at its own pace. */
    private final class Node {

        private final AttemptRecorder recorder =
                new AttemptRecorder(List.of(DEPLOYMENT), clock, clock);
        private final FleetStates states = new FleetStates(recorder, clock);
        private final Deque<DeploymentState> coming = new ArrayDeque<>();
        private final Deque<Flight> open = new ArrayDeque<>();
        private final String name = "i" + nodes.size();
        private long seq;
        private Instant told = clock.instant();

        void begin() {
            open.add(recorder.started(DEPLOYMENT, STREAM));
            truth = new Truth(truth.requests + 1, truth.tokens);
        }

        void end(long tokens) {
            Flight flight = open.poll();
            if (flight != null) {
                flight.succeeded(tokens, 0);
                truth = new Truth(truth.requests, truth.tokens + tokens);
            }
        }

        void tell() {
            List<AttemptDelta> deltas = recorder.deltas(name, seq, told, clock.instant());
            told = clock.instant();
            seq += deltas.size();
            toWorker.addAll(deltas);
        }

        void hear() {
            DeploymentState state = coming.poll();
            if (state != null) {
                states.put(state);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void areTheTruthButForWhatIsOnItsWay(long seed) {
        var random = new SplittableRandom(seed);
        int size = 1 + random.nextInt(6);
        for (int i = 0; i < size; i++) {
            nodes.add(new Node());
        }
        for (int step = 0; step < STEPS; step++) {
            pass(random.nextInt(60_000));
            act(nodes.get(random.nextInt(size)), random);
            for (Node node : nodes) {
                assertThat(requests(node)).isBetween(0L, truth.requests);
                assertThat(tokens(node)).isBetween(0L, truth.tokens);
            }
            if (step % 100 == 99) {
                allArrives();
                int open = nodes.stream().mapToInt(node -> node.open.size()).sum();
                for (Node node : nodes) {
                    assertThat(requests(node)).isEqualTo(truth.requests);
                    assertThat(tokens(node)).isEqualTo(truth.tokens);
                    assertThat(
                                    node.states.inFlightHere(DEPLOYMENT)
                                            + node.states.inFlightElsewhere(DEPLOYMENT))
                            .isEqualTo(open);
                }
            }
        }
    }

    private void act(Node node, SplittableRandom random) {
        switch (random.nextInt(6)) {
            case 0, 1 -> node.begin();
            case 2 -> node.end(random.nextInt(500));
            case 3 -> node.tell();
            case 4 -> fold();
            default -> node.hear();
        }
    }

    private void fold() {
        AttemptDelta delta = toWorker.poll();
        if (delta != null) {
            worker.fold(delta, clock.instant());
            DeploymentState state = worker.state(clock.instant());
            nodes.forEach(node -> node.coming.add(state));
        }
    }

    /** A while without calls. */
    private void allArrives() {
        pass(200_000);
        nodes.forEach(Node::tell);
        while (!toWorker.isEmpty()) {
            fold();
        }
        for (Node node : nodes) {
            while (!node.coming.isEmpty()) {
                node.hear();
            }
        }
    }

    private void pass(long micros) {
        clock.at(clock.now() + micros, () -> {});
        clock.run(clock.now() + micros);
        long now = Duration.ofMillis(clock.millis()).toMinutes();
        if (now != minute) {
            minute = now;
            truth = new Truth(0, 0);
        }
    }

    private static long requests(Node node) {
        return node.states.requestsThisMinute(DEPLOYMENT);
    }

    private static long tokens(Node node) {
        return node.states.tokensThisMinute(DEPLOYMENT);
    }
}
