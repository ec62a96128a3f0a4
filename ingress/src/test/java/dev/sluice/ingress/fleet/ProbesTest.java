package dev.sluice.ingress.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.ConfigReader;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Who may call a deployment after its rest, and whose end says what. */
class ProbesTest {

    private static final String PAIR =
            """
            model_list:
              - {model_name: m, litellm_params: {model: openai/m}, model_info: {id: a}}
              - {model_name: m, litellm_params: {model: openai/m}, model_info: {id: b}}
            """;

    private final TestingClock clock = new TestingClock();
    private final Rests rests = new Rests(List.of(), clock);

    @BeforeEach
    void follow() throws Exception {
        rests.follow(CooldownRules.of(ConfigReader.parse("test.yaml", PAIR), List.of("a", "b")));
    }

    @Test
    void letsOneCallProbeAfterARest() {
        fails(Leave.ANY, "http_500", 5);
        assertThat(rests.enter("a")).isNull();
        clock.pass(Duration.ofSeconds(5));

        assertThat(rests.isOn("a")).isFalse();
        enter();
        assertThat(rests.isOn("a")).isTrue();
        assertThat(rests.enter("a")).isNull();

        rests.succeeded("a");
        assertThat(rests.isOn("a")).isFalse();
        enter();
        enter();
        fails(Leave.ANY, "http_500", 1);
        assertThat(rests.isOn("a")).as("what it did before is forgotten").isFalse();
    }

    @Test
    void restsLongerWithEachProbeThatFailsUpToAMinute() {
        fails(Leave.ANY, "http_500", 5);
        for (int times = 2; times <= 30; times++) {
            clock.pass(Duration.ofSeconds(Math.min(60, 5L * (times - 1))));
            fails(enter(), "http_500", 1);
            assertThat(left()).isEqualTo(Duration.ofSeconds(Math.min(60, 5L * times)));
        }
        clock.pass(Duration.ofMinutes(1));
        rests.succeeded("a");
        clock.pass(Duration.ofMinutes(31));
        fails(Leave.ANY, "http_401", 1);
        clock.pass(Duration.ofSeconds(5));
        fails(enter(), "http_401", 1);
        assertThat(left()).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void letsAnotherCallProbeWhereTheFirstSaysNothing() {
        sleepAndWake();

        fails(enter(), "cancelled", 1);
        enter().giveBack();
        enter();
        clock.pass(Duration.ofSeconds(9));
        assertThat(rests.enter("a")).isNull();
        clock.pass(Duration.ofSeconds(1));
        enter();
    }

    /** Calls that were open before the rest, had to be taken, or were outrun, are no probes. */
    @Test
    void letsNobodyElseProbeWhenAnotherCallEnds() {
        sleepAndWake();
        Leave probe = enter();

        fails(Leave.ANY, "cancelled", 3);
        fails(Leave.ANY, "http_400", 3);
        Leave.ANY.giveBack();
        assertThat(rests.enter("a")).isNull();

        probe.giveBack();
        enter();
    }

    @Test
    void takesAnEarlierProbesEndForNobodyElses() {
        sleepAndWake();
        Leave first = enter();
        clock.pass(Duration.ofSeconds(10));
        Leave second = enter();

        first.giveBack();
        fails(first, "cancelled", 1);
        assertThat(rests.enter("a")).as("the second one is under way").isNull();

        second.giveBack();
        second.giveBack();
        Leave third = enter();
        second.giveBack();
        assertThat(rests.enter("a")).isNull();
        third.giveBack();
        enter();
    }

    /** Each hangs for longer than it keeps others out: all the same they have failed as probes. */
    @Test
    void restsLongerWhenProbesFailThatTookLongerThanTheyKeepOthersOut() {
        sleepAndWake();
        Leave first = enter();
        clock.pass(Duration.ofSeconds(10));
        Leave second = enter();
        clock.pass(Duration.ofSeconds(3));

        fails(first, "timeout_first_byte", 1);

        assertThat(left()).isEqualTo(Duration.ofSeconds(10));
        fails(second, "cancelled", 1);
        assertThat(rests.isOn("a")).isTrue();
    }

    /** It was sent before, and says nothing of how the deployment is now. */
    @Test
    void takesTheFailureOfAnotherCallForNoFailedProbe() {
        sleepAndWake();
        Leave probe = enter();

        fails(Leave.ANY, "broken", 1);
        assertThat(rests.enter("a")).as("the probe is under way").isNull();
        assertThat(left()).as("no longer rest began").isEqualTo(Duration.ofSeconds(10));

        probe.giveBack();
        enter();
    }

    @Test
    void letsExactlyOneOfManyThreadsProbe() throws Exception {
        for (int round = 0; round < 50; round++) {
            fails(Leave.ANY, "http_401", 1);
            clock.pass(Duration.ofMinutes(2));
            var go = new CountDownLatch(1);
            List<Future<Leave>> entries = new ArrayList<>();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int thread = 0; thread < 32; thread++) {
                    entries.add(
                            threads.submit(() -> {
                                go.await();
                                return rests.enter("a");
                            }));
                }
                go.countDown();
                List<Leave> entered = new ArrayList<>();
                for (Future<Leave> entry : entries) {
                    if (entry.get() != null) {
                        entered.add(entry.get());
                    }
                }
                assertThat(entered).hasSize(1);
                entered.getFirst().giveBack();
            }
        }
    }

    private void sleepAndWake() {
        fails(Leave.ANY, "http_401", 1);
        clock.pass(Duration.ofSeconds(5));
    }

    private Leave enter() {
        Leave leave = rests.enter("a");
        assertThat(leave).isNotNull();
        return requireNonNull(leave);
    }

    private Duration left() {
        return Duration.ofNanos(rests.leftNanos("a"));
    }

    private void fails(Leave leave, String errorClass, int times) {
        for (int i = 0; i < times; i++) {
            rests.failed("a", errorClass, false, -1, leave);
        }
    }
}
