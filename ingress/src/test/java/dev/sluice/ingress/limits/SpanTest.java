package dev.sluice.ingress.limits;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

/** What is dealt out of a limit while Redis is away. */
class SpanTest {

    private static final long TICK = TimeUnit.MILLISECONDS.toNanos(25);

    @Test
    void dealsOutAllThatNobodyHadLeasedWhereRedisWasHeardJustBefore() {
        var view = new Span.View(1_000, 3, 40, 0);

        assertThat(view.dealt(3 * TICK, TICK)).isEqualTo(1_000);
        assertThat(view.dealt(4 * TICK, TICK)).isEqualTo(960);
    }

    /** They may have gone on as they did, and used all of it. */
    @Test
    void dealsOutNothingWhereOthersUsedItAndThatWasLongAgo() {
        var view = new Span.View(1_000, 3, 40, 0);

        assertThat(view.dealt(27 * TICK, TICK)).isEqualTo(40);
        assertThat(view.dealt(28 * TICK, TICK)).isZero();
        assertThat(view.dealt(TimeUnit.HOURS.toNanos(1), TICK)).isZero();
    }

    @Test
    void dealsOutAllOfWhatNobodyElseUsedHoweverLongAgoThatWas() {
        var view = new Span.View(1_000, 3, 0, 0);

        assertThat(view.dealt(TimeUnit.HOURS.toNanos(1), TICK)).isEqualTo(1_000);
    }
}
