package dev.sluice.ingress.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.ingress.routing.RequestTraits;
import dev.sluice.ingress.routing.Sight;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

class LocalSightTest {

    private static final RequestTraits SHORT = new RequestTraits(true, 1_500, 100, 0);
    private static final RequestTraits LONG = new RequestTraits(true, 200_000, 100, 0);

    private final TestingClock clock = new TestingClock();
    private final AttemptRecorder recorder = new AttemptRecorder(List.of("a"), clock, clock);
    private final Sight sight = recorder.sight("a");

    @Test
    void knowsNothingBeforeTheFirstCall() {
        assertThat(sight.ttftMicros(true, 10)).isNaN();
        assertThat(sight.interTokenMicros()).isNaN();
        assertThat(sight.lateness()).isZero();
        assertThat(sight.failureShare()).isZero();
        assertThat(sight.rateUsed()).isZero();
        assertThat(sight.quietSeconds()).isInfinite();
    }

    @Test
    void learnsByPromptSizeAtTheFirstTokenNotAtTheEnd() {
        Flight open = recorder.started("a", SHORT);
        answer(open, 400);
        Flight longer = recorder.started("a", LONG);
        answer(longer, 4_000);

        double shortTime = sight.ttftMicros(true, SHORT.promptBucket());
        double longTime = sight.ttftMicros(true, LONG.promptBucket());
        assertThat(longTime / shortTime).isCloseTo(10, within(0.01));
        assertThat(sight.ttftMicros(false, SHORT.promptBucket())).isNaN();
    }

    @Test
    void holdsOneSlowAnswerForChanceAndTwoForTheNewPace() {
        for (int i = 0; i < 10; i++) {
            answer(recorder.started("a", SHORT), 400);
        }
        answer(recorder.started("a", SHORT), 4_000);
        assertThat(sight.ttftMicros(true, 10)).isLessThan(1_300_000);

        answer(recorder.started("a", SHORT), 4_000);
        assertThat(sight.ttftMicros(true, 10)).isGreaterThan(3_000_000);
    }

    @Test
    void forgetsASlowPaceWithTimeThoughNoCallComes() {
        for (int i = 0; i < 10; i++) {
            answer(recorder.started("a", SHORT), 400);
        }
        answer(recorder.started("a", SHORT), 2_000);
        answer(recorder.started("a", SHORT), 2_000);
        double slow = sight.ttftMicros(true, 10);

        clock.pass(Duration.ofMinutes(1));

        assertThat(sight.ttftMicros(true, 10)).isLessThan(slow / 3);
        assertThat(sight.quietSeconds()).isCloseTo(60, within(0.1));
    }

    @Test
    void seesHowLongTheOldestCallWaitsThatNoneHasOvertaken() {
        answer(recorder.started("a", SHORT), 500);
        Flight stuck = recorder.started("a", SHORT);
        clock.pass(Duration.ofSeconds(2));
        assertThat(sight.lateness()).isCloseTo(4, within(0.1));

        answer(recorder.started("a", SHORT), 500);
        assertThat(sight.lateness()).isZero();
        stuck.failed("timeout_first_byte", false, -1);
        assertThat(sight.waiting()).isZero();
    }

    @Test
    void seesACrowdBeforeAnyOfItIsAnswered() {
        for (int i = 0; i < 50; i++) {
            answer(recorder.started("a", SHORT), 200);
        }
        double usual = sight.crowding();
        List<Flight> crowd = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            crowd.add(recorder.started("a", SHORT));
        }

        assertThat(usual).isLessThan(1);
        assertThat(sight.crowding()).isGreaterThan(3);
        crowd.forEach(flight -> flight.failed("cancelled", false, -1));
        assertThat(sight.crowding()).isCloseTo(usual, within(0.01));
    }

    @Test
    void remembersFailuresForSecondsAndNotThoseOfTheCaller() {
        recorder.started("a", SHORT).failed("http_400", false, -1);
        assertThat(sight.failureShare()).isZero();

        recorder.started("a", SHORT).failed("http_500", false, -1);
        assertThat(sight.failureShare()).isCloseTo(0.5, within(0.01));
        clock.pass(Duration.ofSeconds(30));
        assertThat(sight.failureShare()).isLessThan(0.05);
    }

    @Test
    void learnsFromARefusalHowMuchIsAllowed() {
        for (int i = 0; i < 20; i++) {
            clock.pass(Duration.ofSeconds(1));
            answer(recorder.started("a", SHORT), 10);
        }
        assertThat(sight.rateUsed()).isZero();

        recorder.started("a", SHORT).failed("http_429", true, 1);
        assertThat(sight.rateUsed()).isGreaterThan(1);

        clock.pass(Duration.ofSeconds(5));
        assertThat(sight.rateUsed()).isLessThan(0.9);
        clock.pass(Duration.ofMinutes(6));
        assertThat(sight.rateUsed()).isZero();
    }

    @Test
    void followsSomeCallsWhereMoreAreOpenThanItHasRoomFor() {
        List<Flight> open = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            open.add(recorder.started("a", SHORT));
        }
        clock.pass(Duration.ofSeconds(3));
        assertThat(sight.waiting()).isEqualTo(200);
        assertThat(sight.lateness()).isGreaterThan(2);

        open.forEach(Flight::contentArrived);
        assertThat(sight.waiting()).isZero();
        assertThat(sight.lateness()).isZero();
    }

    private void answer(Flight flight, long millis) {
        clock.pass(Duration.ofMillis(millis));
        flight.contentArrived();
    }
}
