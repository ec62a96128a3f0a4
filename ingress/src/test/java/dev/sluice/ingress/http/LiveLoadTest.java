package dev.sluice.ingress.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicLong;

class LiveLoadTest {

    private final AtomicLong calls = new AtomicLong();
    private double busy = 0.75;
    private final LiveLoad load = new LiveLoad(calls::get, () -> busy);

    @Test
    void leavesAllWhileNobodyElseCalls() {
        for (int line = 0; line < 5; line++) {
            calls.incrementAndGet();
            load.ownCall();
            load.sample();

            assertThat(load.headroom()).isEqualTo(LiveLoad.ALL);
        }
    }

    @Test
    void tellsWhatIsIdleWhileOthersCall() {
        calls.incrementAndGet();
        load.sample();
        assertThat(load.headroom()).isEqualTo(25);

        busy = 1;
        load.sample();
        assertThat(load.headroom()).isZero();

        busy = 0;
        load.sample();
        assertThat(load.headroom()).isEqualTo(99);
    }

    @Test
    void leavesAllAgainTwoSecondsAfterTheLastCall() {
        calls.incrementAndGet();
        load.sample();
        for (int round = 1; round < 10; round++) {
            load.sample();
            assertThat(load.headroom()).isEqualTo(25);
        }

        load.sample();

        assertThat(load.headroom()).isEqualTo(LiveLoad.ALL);
    }

    @Test
    void knowsNothingWhereTheMachineDoesNotTell() {
        busy = -1;
        calls.incrementAndGet();
        load.sample();

        assertThat(load.headroom()).isEqualTo(LiveLoad.ALL);
    }
}
