package dev.sluice.ingress.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicLong;

class BreakerTest {

    private static final long MILLI = 1_000_000;

    private final AtomicLong now = new AtomicLong(-5);
    private final Breaker breaker = new Breaker(now::get);

    @Test
    void isOpenUntilSomebodyHasAnswered() {
        assertThat(breaker.isClosed()).isFalse();
        assertThat(breaker.isProbeDue()).isTrue();

        assertThat(breaker.probed(true)).isTrue();

        assertThat(breaker.isClosed()).isTrue();
        assertThat(breaker.isProbeDue()).isFalse();
    }

    @Test
    void opensAfterThreeFailuresInARowOnly() {
        breaker.probed(true);
        breaker.failed(1);
        breaker.failed(1);
        breaker.answered();
        assertThat(breaker.failed(1)).isFalse();
        assertThat(breaker.failed(1)).isFalse();
        assertThat(breaker.isClosed()).isTrue();

        assertThat(breaker.failed(1)).isTrue();

        assertThat(breaker.isClosed()).isFalse();
        assertThat(breaker.failed(1)).as("opened already").isFalse();
    }

    @Test
    void opensAtOnceWhereManyWaitedInVain() {
        breaker.probed(true);

        assertThat(breaker.failed(40)).isTrue();
    }

    @Test
    void isTriedEverLessOftenAndOnceASecondAtLeast() {
        breaker.probed(true);
        breaker.failed(3);
        long[] pauses = {100, 200, 400, 800, 1000, 1000};

        for (long pause : pauses) {
            now.addAndGet((pause - 1) * MILLI);
            assertThat(breaker.isProbeDue()).as("before %d ms", pause).isFalse();
            now.addAndGet(MILLI);
            assertThat(breaker.isProbeDue()).as("after %d ms", pause).isTrue();
            assertThat(breaker.probed(false)).isFalse();
        }
        now.addAndGet(1000 * MILLI);
        assertThat(breaker.probed(true)).isTrue();
        breaker.failed(3);
        now.addAndGet(100 * MILLI);

        assertThat(breaker.isProbeDue()).as("from the beginning").isTrue();
    }

    @Test
    void isSilentWhereNobodyWasAnsweredSince() {
        breaker.probed(true);
        now.addAndGet(10 * MILLI);
        long asked = now.get();
        now.addAndGet(50 * MILLI);
        assertThat(breaker.isSilentSince(asked)).isTrue();

        breaker.answered();

        assertThat(breaker.isSilentSince(asked)).isFalse();
    }
}
