package dev.sluice.batch.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

@Timeout(30)
class PacingTest {

    private final AtomicLong now = new AtomicLong(1_000_000_000_000L);
    private final Pacing pacing = new Pacing(128, now::get);

    private void fill() throws InterruptedException {
        while (pacing.inFlight() < pacing.limit()) {
            pacing.acquire();
        }
    }

    private void told(int percent, int times) {
        for (int time = 0; time < times; time++) {
            now.addAndGet(Duration.ofMillis(200).toNanos());
            pacing.headroom(percent);
        }
    }

    @Test
    void growsToTheMostWhereAllGoesWell() throws Exception {
        for (int call = 0; call < 5_000; call++) {
            fill();
            pacing.wentWell();
        }

        assertThat(pacing.limit()).isEqualTo(128);
    }

    @Test
    void isCutOncePerSecondWhereItIsTooMuch() throws Exception {
        fill();
        pacing.wasTooMuch();
        pacing.wasTooMuch();
        assertThat(pacing.limit()).isEqualTo(11);

        now.addAndGet(Duration.ofSeconds(1).toNanos());
        pacing.wasTooMuch();

        assertThat(pacing.limit()).isEqualTo(7);
    }

    @Test
    void givesWayWhileOthersLeaveLittle() {
        told(10, 1);
        assertThat(pacing.limit()).isEqualTo(9);
        pacing.headroom(10);
        assertThat(pacing.limit()).as("heeded five times a second").isEqualTo(9);

        told(0, 5);

        assertThat(pacing.limit()).isOne();
    }

    @Test
    void staysWhereItIsBetweenLittleAndMuch() throws Exception {
        fill();
        told(30, 20);
        assertThat(pacing.limit()).isEqualTo(16);

        for (int call = 0; call < 100; call++) {
            pacing.wentWell();
            pacing.acquire();
        }

        assertThat(pacing.limit()).as("calls that go well say nothing now").isEqualTo(16);
    }

    @Test
    void comesBackSlowlyWhileOthersLeaveMuch() throws Exception {
        for (int round = 0; round < 3; round++) {
            fill();
            told(80, 1);
        }

        assertThat(pacing.limit()).isEqualTo(24);
    }

    @Test
    void doesNotGrowWhereItDoesNotUseWhatItMay() {
        told(80, 10);

        assertThat(pacing.limit()).isEqualTo(16);
    }

    /** At the least a twentieth of a call: nineteen pauses of 5 ms for each. */
    @Test
    void pausesBetweenCallsWhereOthersLeaveNothing() throws Exception {
        told(0, 50);
        now.addAndGet(Duration.ofSeconds(1).toNanos());
        pacing.acquire();
        pacing.wentWell();

        Thread next = Thread.ofVirtual().start(this::take);
        assertThat(next.join(Duration.ofMillis(300))).as("the clock stands").isFalse();
        now.addAndGet(Duration.ofMillis(95).toNanos());

        assertThat(next.join(Duration.ofSeconds(10))).isTrue();
        assertThat(pacing.inFlight()).isOne();
    }

    @Test
    void growsAgainOnceItIsAlone() throws Exception {
        told(0, 50);
        pacing.headroom(100);
        for (int call = 0; call < 2_000; call++) {
            fill();
            pacing.wentWell();
        }

        assertThat(pacing.limit()).isGreaterThan(100);
    }

    private void take() {
        try {
            pacing.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
