package dev.sluice.ingress.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.LatencySketch;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;

class AttemptRecorderTest {

    private static final RequestTraits STREAM = new RequestTraits(true, 1_500);

    private final TestingClock clock = new TestingClock();
    private final AttemptRecorder recorder = new AttemptRecorder(List.of("a", "b"), clock, clock);
    private final Deque<Flight> open = new ArrayDeque<>();

    @Test
    void tellsOfAStreamByPromptSize() {
        start("a", 1);
        Flight large = recorder.started("a", new RequestTraits(true, 1_500));
        Flight small = recorder.started("a", new RequestTraits(true, 40));
        clock.pass(Duration.ofMillis(20));
        small.contentArrived();
        small.succeeded(7, 1);
        clock.pass(Duration.ofMillis(60));
        large.contentArrived();
        clock.pass(Duration.ofMillis(100));
        large.contentArrived();
        large.succeeded(400, 101);

        AttemptDelta delta = drained("a", 12);

        assertThat(delta.ingressId()).isEqualTo("i1");
        assertThat(delta.seq()).isEqualTo(12);
        assertThat(delta.deploymentId()).isEqualTo("a");
        assertThat(delta.windowEnd()).isEqualTo(clock.instant());
        assertThat(delta.inFlight()).isEqualTo(1);
        assertThat(delta.started()).isEqualTo(3);
        assertThat(delta.succeeded()).isEqualTo(2);
        assertThat(delta.failed()).isEmpty();
        assertThat(delta.ttftMicros()).isEqualTo(Map.of(10, one(80_000), 5, one(20_000)));
        assertThat(delta.interTokenMicros()).isEqualTo(one(1_000));
        assertThat(delta.totalMicros()).isEqualTo(LatencySketch.EMPTY);
        assertThat(delta.inputTokens()).isEqualTo(407);
        assertThat(delta.outputTokens()).isEqualTo(102);
        assertThat(drain("a")).isNull();
    }

    @Test
    void tellsOfAFirstTokenWhileTheStreamIsOpen() {
        Flight flight = recorder.started("a", STREAM);
        assertThat(drained("a", 1).started()).isEqualTo(1);
        clock.pass(Duration.ofMillis(80));
        flight.contentArrived();

        assertThat(drained("a", 2).ttftMicros()).isEqualTo(Map.of(10, one(80_000)));

        flight.failed("broken", false, -1);
        AttemptDelta end = drained("a", 3);
        assertThat(end.ttftMicros()).isEmpty();
        assertThat(end.failed()).isEqualTo(Map.of("broken", 1L));
    }

    @Test
    void tellsOfAPlainCallByTotalTime() {
        Flight plain = recorder.started("a", new RequestTraits(false, 1_500));
        Flight silent = recorder.started("a", STREAM);
        clock.pass(Duration.ofMillis(180));
        plain.contentArrived();
        plain.succeeded(400, 100);
        silent.succeeded(0, 0);

        AttemptDelta delta = drained("a", 1);

        assertThat(delta.totalMicros()).isEqualTo(one(180_000));
        assertThat(delta.ttftMicros()).isEmpty();
        assertThat(delta.succeeded()).isEqualTo(2);
    }

    @Test
    void tellsOfFailuresByClass() {
        start("a", 4);
        end("a").failed("http_500", false, -1);
        end("a").failed("http_500", false, -1);
        end("a").failed("timeout_connect", false, -1);
        end("a").failed("http_429", true, 17);

        AttemptDelta delta = drained("a", 1);

        assertThat(delta.failed())
                .isEqualTo(Map.of("http_500", 2L, "timeout_connect", 1L, "http_429", 1L));
        assertThat(delta.rateLimited()).isEqualTo(1);
        assertThat(delta.retryAfterSeconds()).isEqualTo(17);
        assertThat(delta.inFlight()).isZero();

        start("a", 1);
        assertThat(drained("a", 2).retryAfterSeconds()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http_400", "http_413", "http_422", "cancelled", "too_large"})
    void doesNotBlameADeploymentForItsCallers(String errorClass) {
        for (int i = 0; i < 20; i++) {
            start("a", 1);
            end("a").failed(errorClass, false, -1);
        }

        assertThat(recorder.cooledDown("a")).isFalse();
        assertThat(drained("a", 1).failed()).isEmpty();
        assertThat(recorder.inFlight("a")).isZero();
    }

    @Test
    void sumsUpWhatAProviderInvents() {
        start("a", 200);
        for (int i = 0; i < 200; i++) {
            end("a").failed("invented_" + i, false, -1);
        }

        Map<String, Long> failed = drained("a", 1).failed();

        assertThat(failed).hasSizeLessThan(40).containsKey("other");
        assertThat(failed.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(200);
    }

    @Test
    void repeatsOpenCallsEveryTwoSecondsAndIsSilentOtherwise() {
        start("a", 1);
        assertThat(drain("a")).isNotNull();
        clock.pass(Duration.ofMillis(1_999));
        assertThat(drain("a")).isNull();
        clock.pass(Duration.ofMillis(1));
        assertThat(drain("a")).isNotNull();
        assertThat(drain("b")).isNull();
    }

    @Test
    void pausesForAsLongAsTheProviderAsks() {
        start("a", 1);
        end("a").failed("http_429", true, 30);

        assertThat(recorder.cooledDown("a")).isTrue();
        assertThat(recorder.cooledDown("b")).isFalse();
        clock.pass(Duration.ofSeconds(29));
        assertThat(recorder.cooledDown("a")).isTrue();
        clock.pass(Duration.ofSeconds(1));
        assertThat(recorder.cooledDown("a")).isFalse();
    }

    @Test
    void pausesForFiveSecondsWhereNoTimeIsNamedAndNeverForLongerThanFiveMinutes() {
        start("a", 2);
        end("a").failed("http_429", true, -1);
        clock.pass(Duration.ofSeconds(5));
        assertThat(recorder.cooledDown("a")).isFalse();

        end("a").failed("http_429", true, Long.MAX_VALUE);
        clock.pass(Duration.ofMinutes(5));
        assertThat(recorder.cooledDown("a")).isFalse();
    }

    @Test
    void tellsUntilWhenItLeavesADeploymentAlone() {
        start("a", 2);
        end("a").failed("http_429", true, 17);
        assertThat(drained("a", 1).restsUntil()).isEqualTo(clock.instant().plusSeconds(17));

        clock.pass(Duration.ofSeconds(17));
        end("a").succeeded(1, 1);
        assertThat(drained("a", 2).restsUntil()).isNull();
    }

    @Test
    void forgetsADeploymentThatNoConfigHasAnyMore() {
        recorder.started("a", STREAM).failed("http_429", true, 60);
        drained("a", 1);

        recorder.know(List.of("b"));
        assertThat(drain("a", 2)).isNull();

        assertThat(recorder.knows("a")).isFalse();
        assertThat(recorder.knows("b")).isTrue();
        assertThat(recorder.rests().atRest()).isZero();

        recorder.know(List.of("a", "b"));
        assertThat(recorder.cooledDown("a")).isFalse();
        assertThat(recorder.minute("a").requests()).isZero();
    }

    @Test
    void keepsADeploymentOfAnEarlierConfigUntilItsLastCallHasEndedAndIsTold() {
        Flight flight = recorder.started("a", STREAM);
        recorder.know(List.of("b"));
        assertThat(drained("a", 1).inFlight()).isEqualTo(1);
        assertThat(drain("a", 2)).isNull();
        assertThat(recorder.knows("a")).isTrue();

        flight.succeeded(3, 4);
        AttemptDelta last = drained("a", 2);
        assertThat(last.succeeded()).isEqualTo(1);
        assertThat(last.inFlight()).isZero();

        assertThat(drain("a", 3)).isNull();
        assertThat(recorder.knows("a")).isFalse();
    }

    /** Its call tries again after its deployment was forgotten: that must not fail it. */
    @Test
    void takesUpADeploymentAgainWhileACallOfAnEarlierConfigGoesOn() {
        recorder.know(List.of("b"));
        drain("a");

        Flight late = recorder.started("a", STREAM);
        assertThat(recorder.inFlight("a")).isEqualTo(1);
        late.failed("http_500", false, -1);
        assertThat(drained("a", 1).failed()).isEqualTo(Map.of("http_500", 1L));

        drain("a", 2);
        assertThat(recorder.knows("a")).isFalse();
    }

    @Test
    void doesNotGrowWithConfigsThatComeAndGo() {
        for (int i = 0; i < 1_000; i++) {
            recorder.know(List.of("b", "d" + i));
            recorder.started("d" + i, STREAM).failed("http_429", true, 60);
            drain("b");
        }
        recorder.know(List.of("b"));
        drain("b");
        drain("b");

        assertThat(recorder.size()).isEqualTo(1);
        assertThat(recorder.rests().atRest()).isZero();
    }

    @Test
    void losesNothingWhile64ThreadsRecordAndOneDrains() throws Exception {
        int threads = 64;
        int calls = 2_000;
        var deltas = new ArrayList<AttemptDelta>();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                running.add(executor.submit(() -> record(calls)));
            }
            while (!running.stream().allMatch(Future::isDone)) {
                addTo(deltas, drain("a"));
            }
            for (Future<?> done : running) {
                done.get();
            }
        }
        addTo(deltas, drain("a"));

        long ended = (long) threads * calls;
        assertThat(deltas.stream().mapToLong(AttemptDelta::started).sum()).isEqualTo(ended);
        assertThat(deltas.stream().mapToLong(AttemptDelta::succeeded).sum()).isEqualTo(ended / 2);
        assertThat(sum(deltas, delta -> delta.failed().getOrDefault("http_500", 0L)))
                .isEqualTo(ended / 2);
        assertThat(sum(deltas, AttemptDelta::inputTokens)).isEqualTo(ended / 2 * 3);
        assertThat(sum(deltas, delta -> delta.totalMicros().count())).isEqualTo(ended / 4);
        assertThat(
                        sum(
                                deltas,
                                delta ->
                                        delta.ttftMicros().values().stream()
                                                .mapToLong(LatencySketch::count)
                                                .sum()))
                .isEqualTo(ended / 4);
        assertThat(deltas.getLast().inFlight()).isZero();
        assertThat(recorder.inFlight("a")).isZero();
    }

    private void record(int calls) {
        for (int i = 0; i < calls; i++) {
            Flight flight = recorder.started("a", new RequestTraits(i % 4 == 0, 1 << (i % 20)));
            if (i % 2 == 0) {
                flight.contentArrived();
                flight.succeeded(3, 4);
            } else {
                flight.failed("http_500", false, -1);
            }
            if (i % 16 == 0) {
                LockSupport.parkNanos(1);
            }
        }
    }

    private static long sum(List<AttemptDelta> deltas, ToLongFunction<AttemptDelta> figure) {
        return deltas.stream().mapToLong(figure).sum();
    }

    private static void addTo(List<AttemptDelta> deltas, @Nullable AttemptDelta delta) {
        if (delta != null) {
            deltas.add(delta);
        }
    }

    private void start(String deployment, int attempts) {
        for (int i = 0; i < attempts; i++) {
            open.push(recorder.started(deployment, STREAM));
        }
    }

    /** A call of those that were started, all of them at the same deployment. */
    private Flight end(String deployment) {
        assertThat(deployment).isEqualTo("a");
        return open.pop();
    }

    private static LatencySketch one(long micros) {
        return new LatencySketch(Map.of(LatencySketch.bucketOf(micros), 1L));
    }

    private AttemptDelta drained(String deployment, long seq) {
        return Objects.requireNonNull(drain(deployment, seq));
    }

    private @Nullable AttemptDelta drain(String deployment) {
        return drain(deployment, 1);
    }

    private @Nullable AttemptDelta drain(String deployment, long seq) {
        Instant now = clock.instant();
        for (AttemptDelta delta : recorder.deltas("i1", seq - 1, now.minusMillis(200), now)) {
            if (delta.deploymentId().equals(deployment)) {
                return delta;
            }
        }
        return null;
    }
}
