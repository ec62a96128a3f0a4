package dev.sluice.ingress.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

class RetryBudgetTest {

    private final AtomicLong nanos = new AtomicLong(-5);
    private final RetryBudget budget = new RetryBudget(nanos::get);

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private int retries() {
        int retries = 0;
        while (budget.take()) {
            retries++;
        }
        return retries;
    }

    @Test
    void aBurstAfterAQuietTimeIsTriedAgainAHundredTimes() {
        assertThat(retries()).isEqualTo(100);
    }

    @Test
    void tenASecondComeIn() {
        retries();

        pass(Duration.ofSeconds(3));

        assertThat(retries()).isEqualTo(30);
    }

    @Test
    void aFifthOfAllCallsMayBeTriedAgain() {
        retries();

        for (int i = 0; i < 50; i++) {
            budget.called();
        }

        assertThat(retries()).isEqualTo(10);
    }

    @Test
    void noMoreThanAHundredAreKept() {
        for (int i = 0; i < 5000; i++) {
            budget.called();
        }
        pass(Duration.ofHours(3));

        assertThat(retries()).isEqualTo(100);
    }

    @Test
    void underSteadyFailureAShareOfTheCallsIsTriedAgain() {
        retries();
        int calls = 0;
        int retries = 0;
        for (int millis = 0; millis < 10_000; millis++) {
            budget.called();
            calls++;
            retries += budget.take() ? 1 : 0;
            pass(Duration.ofMillis(1));
        }

        assertThat(calls).isEqualTo(10_000);
        assertThat(retries).isBetween(2_050, 2_105);
    }
}
