package dev.sluice.ingress.limits;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.SplittableRandom;

class OutputEstimateTest {

    private final OutputEstimate estimate = new OutputEstimate();

    @Test
    void guessesBeforeItHasLearned() {
        assertThat(estimate.expect("key:a", "gpt", 0)).isEqualTo(new Expected(500, 250));
    }

    @Test
    void neverExpectsMoreThanTheCallerAllows() {
        assertThat(estimate.expect("key:a", "gpt", 20)).isEqualTo(new Expected(20, 0));
        assertThat(estimate.expect("key:a", "gpt", 600)).isEqualTo(new Expected(500, 50));
    }

    @Test
    void learnsMeanAndSpreadThoughMaxTokensIsHuge() {
        var random = new SplittableRandom(7);
        for (int i = 0; i < 200; i++) {
            estimate.learn("key:a", "gpt", random.nextLong(50, 150));
        }

        Expected expected = estimate.expect("key:a", "gpt", 100_000);

        assertThat(expected.mean()).isBetween(90L, 120L);
        assertThat(expected.deviation()).isBetween(20L, 40L);
    }

    @Test
    void followsAChangeOfHabit() {
        for (int i = 0; i < 500; i++) {
            estimate.learn("key:a", "gpt", 100);
        }
        for (int i = 0; i < 200; i++) {
            estimate.learn("key:a", "gpt", 1000);
        }

        assertThat(estimate.expect("key:a", "gpt", 0).mean()).isBetween(950L, 1100L);
    }

    @Test
    void asksTheGroupWhileAnAccountIsNew() {
        for (int i = 0; i < 50; i++) {
            estimate.learn("key:a", "gpt", 40);
        }

        assertThat(estimate.expect("key:new", "gpt", 0)).isEqualTo(new Expected(40, 0));
        assertThat(estimate.expect("key:new", "other", 0)).isEqualTo(new Expected(500, 250));
    }
}
