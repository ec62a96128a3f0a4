package dev.sluice.ingress.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.capacity.Entry;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.SplittableRandom;

/** Going round deployments that let nobody in, for one reason or another. */
class RoundTest {

    private static final Entry.Full LEARNED =
            new Entry.Full(Duration.ofSeconds(1), Duration.ZERO, true);
    private static final Entry.Full MINUTE =
            new Entry.Full(Duration.ofSeconds(40), Duration.ofSeconds(40), false);

    private final Round round = new Round();

    /** What may stand in the way of a call. */
    private enum Why {
        RESTS,
        LEARNED,
        MINUTE
    }

    @Test
    void endsAfterThreeTimesAtMostHoweverRestsAndLimitsComeAndGo() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 10_000; i++) {
            boolean mayExceed = random.nextBoolean();
            int deployments = 1 + random.nextInt(4);
            round.begin();
            int times = 1;
            go(deployments, random);
            while (round.again(deployments, mayExceed)) {
                times++;
                go(deployments, random);
            }
            assertThat(times).isLessThanOrEqualTo(3);
        }
    }

    @Test
    void whoRestsHasToWhatTheConfigSaysStays() {
        round.shut();
        round.full(MINUTE);
        round.shut();
        assertThat(round.isOver(2)).isTrue();
        assertThat(round.again(2, false)).isTrue();
        assertThat(round.ignoresRests()).isTrue();
        assertThat(round.exceedsLearned()).isFalse();
        assertThat(round.isOver(2)).isFalse();
    }

    @Test
    void whatIsLearnedIsExceededOnlyWhereItMayBe() {
        round.full(LEARNED);
        round.shut();
        assertThat(round.again(1, false)).isFalse();
        assertThat(round.soonest()).isZero();
        assertThat(round.again(1, true)).isTrue();
        assertThat(round.exceedsLearned()).isTrue();
    }

    @Test
    void tellsTheShortestWait() {
        round.full(MINUTE);
        assertThat(round.soonest()).isEqualTo(Duration.ofSeconds(40));
        assertThat(round.retryAfterSeconds()).isEqualTo(40);
        round.full(LEARNED);
        assertThat(round.soonest()).isZero();
        assertThat(round.retryAfterSeconds()).isEqualTo(1);
    }

    /** As a call would: what has to let it in does not stand in its way. */
    private void go(int deployments, SplittableRandom random) {
        for (int i = 0; i < deployments; i++) {
            Why why = Why.values()[random.nextInt(3)];
            if (why == Why.RESTS && !round.ignoresRests()) {
                round.shut();
                continue;
            }
            round.full(why == Why.LEARNED && !round.exceedsLearned() ? LEARNED : MINUTE);
            round.shut();
        }
    }
}
