package dev.sluice.ingress.capacity;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** What is learned of deployments that queue, refuse, slow down and recover, in virtual time. */
class AdaptiveConcurrencyTest {

    private static final int SEEDS = 10;
    private static final int BUCKET = 12;

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1);
    private final AdaptiveConcurrency concurrency = new AdaptiveConcurrency(clock::get);

    @ParameterizedTest
    @CsvSource({"30, 1, 0.3", "100, 1, 0.3", "100, 1, 0.6", "30, 0.1, 0.3", "100, 0.1, 0.3"})
    void settlesWhereADeploymentIsBusyAndHardlyQueues(int slots, double first, double sigma) {
        for (int seed = 1; seed <= SEEDS; seed++) {
            var deployment = new SimulatedDeployment(slots, seed);
            deployment.firstContent = first;
            deployment.sigma = sigma;
            deployment.callers(slots * 0.7);
            deployment.pass(20);
            deployment.callers(slots * 2.0);
            deployment.pass(120);
            deployment.count();
            deployment.pass(60);

            assertThat(deployment.meanLimit())
                    .as("seed %d", seed)
                    .isBetween(slots * 0.85, slots * 2.1);
            assertThat(deployment.served() / 60.0)
                    .as("seed %d: of what it could serve", seed)
                    .isGreaterThan(slots * 0.85);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 0.6, 1})
    void neverBindsOnAHealthyDeploymentHoweverUneven(double sigma) {
        for (int seed = 1; seed <= SEEDS; seed++) {
            var deployment = new SimulatedDeployment(100_000, seed);
            deployment.sigma = sigma;
            for (int callers : new int[] {10, 150, 900, 250, 50, 2_000}) {
                deployment.callers(callers);
                deployment.count();
                deployment.pass(60);

                assertThat(deployment.mostOutside())
                        .as("seed %d, %d callers a second", seed, callers)
                        .isZero();
            }
        }
    }

    @Test
    void takesACutBackThatBringsNothing() {
        for (int seed = 1; seed <= SEEDS; seed++) {
            var deployment = new SimulatedDeployment(100_000, seed);
            deployment.sigma = 0.3;
            deployment.callers(60);
            deployment.pass(60);
            deployment.serviceSeconds = 4;
            deployment.pass(60);
            deployment.count();
            deployment.pass(30);

            assertThat(deployment.leastLimit()).as("seed %d", seed).isGreaterThan(60 * 4);
            assertThat(deployment.mostOutside()).as("seed %d", seed).isZero();
        }
    }

    @Test
    void recoversWithinSecondsFromRefusals() {
        for (int seed = 1; seed <= SEEDS; seed++) {
            var deployment = new SimulatedDeployment(100_000, seed);
            deployment.serviceSeconds = 0.5;
            deployment.sigma = 0.3;
            deployment.callers(200);
            deployment.pass(30);
            deployment.refuses = true;
            deployment.pass(5);
            assertThat(deployment.concurrency.limit()).isLessThan(150);
            deployment.refuses = false;
            deployment.sendAway();
            deployment.pass(10);
            deployment.sendAway();
            deployment.count();
            deployment.pass(20);

            assertThat(deployment.leastLimit()).as("seed %d", seed).isGreaterThan(100);
            assertThat(deployment.mostOutside()).as("seed %d", seed).isZero();
        }
    }

    @Test
    void followsADeploymentThatLosesHalfItsSlotsAndGetsThemBack() {
        for (int seed = 1; seed <= SEEDS; seed++) {
            var deployment = new SimulatedDeployment(160, seed);
            deployment.sigma = 0.3;
            deployment.callers(120);
            deployment.pass(60);
            deployment.slots = 80;
            deployment.pass(90);
            deployment.count();
            deployment.pass(30);
            assertThat(deployment.meanLimit()).as("seed %d", seed).isBetween(70.0, 180.0);
            deployment.slots = 160;
            deployment.sendAway();
            deployment.pass(60);
            deployment.count();
            deployment.pass(30);
            assertThat(deployment.served() / 30.0).as("seed %d", seed).isGreaterThan(105);
        }
    }

    @Test
    void aFewSlowAnswersSayNothing() {
        answers(100, Duration.ofMillis(500), 150);
        int before = concurrency.limit();
        answers(9, Duration.ofSeconds(5), 150);

        assertThat(concurrency.limit()).isGreaterThanOrEqualTo(before);
    }

    @Test
    void whatIsSlowWhileFewCallsAreOpenIsNotTheirDoing() {
        answers(100, Duration.ofMillis(500), 20);
        answers(400, Duration.ofSeconds(5), 20);

        assertThat(concurrency.limit()).isEqualTo(AdaptiveConcurrency.START);
    }

    @Test
    void whatWasSentBeforeACutSaysNothingOfIt() {
        open(180);
        answers(100, Duration.ofMillis(500), 180);
        answers(150, Duration.ofSeconds(2), 180);
        int cut = concurrency.limit();
        assertThat(cut).isLessThan(180);

        // A crowd that was sent long ago, and comes back now.
        for (int i = 0; i < 200; i++) {
            concurrency.answered(5_000_000, true, BUCKET, 180);
        }
        assertThat(concurrency.limit()).isEqualTo(cut);
    }

    @Test
    void manyRefusalsAtOnceAreOne() {
        open(100);
        for (int i = 0; i < 50; i++) {
            concurrency.refused();
        }
        assertThat(concurrency.limit()).isEqualTo(80);
        pass(Duration.ofSeconds(2));
        concurrency.refused();
        assertThat(concurrency.limit()).isEqualTo(80);
        assertThat(concurrency.tryEnter()).isFalse();
    }

    @Test
    void refusalsOfAFewCallsDoNotCutFurther() {
        open(100);
        concurrency.refused();
        for (int i = 0; i < 90; i++) {
            concurrency.leave();
        }
        for (int i = 0; i < 4; i++) {
            pass(Duration.ofSeconds(2));
            concurrency.refused();
        }
        assertThat(concurrency.limit()).isEqualTo(80);
    }

    @Test
    void neverFallsBelowWhatItTakesToLearn() {
        open(1);
        for (int i = 0; i < 100; i++) {
            pass(Duration.ofSeconds(2));
            concurrency.refused();
        }
        assertThat(concurrency.limit()).isEqualTo(AdaptiveConcurrency.LEAST);
    }

    @Test
    void aLimitThatWasNotHeardOfForAMinuteIsForgotten() {
        open(5);
        concurrency.refused();
        assertThat(concurrency.tryEnter()).isFalse();
        pass(Duration.ofSeconds(61));

        assertThat(concurrency.tryEnter()).isTrue();
        assertThat(concurrency.limit()).isEqualTo(AdaptiveConcurrency.START);
    }

    @Test
    void whatWasNeverCutBindsNobody() {
        open(2 * AdaptiveConcurrency.MOST);
    }

    @Test
    void aPlaceIsFreeAgainWhenACallIsOver() {
        open(10);
        concurrency.refused();
        concurrency.leave();
        concurrency.leave();
        assertThat(concurrency.tryEnter()).isFalse();
        concurrency.enter();
        concurrency.leave();
        assertThat(concurrency.tryEnter()).isFalse();
        concurrency.leave();
        assertThat(concurrency.tryEnter()).isTrue();
    }

    private void open(int calls) {
        for (int i = 0; i < calls; i++) {
            assertThat(concurrency.tryEnter()).isTrue();
        }
    }

    /** So many answers, fifty a second. */
    private void answers(int count, Duration each, int open) {
        for (int i = 0; i < count; i++) {
            pass(Duration.ofMillis(20));
            concurrency.answered(each.toNanos() / 1000, true, BUCKET, open);
        }
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }
}
