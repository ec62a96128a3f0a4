package dev.sluice.router.budgets;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;

final class UnknownsTest {

    private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");

    private final Unknowns unknowns = new Unknowns(false);

    @Test
    void letGoWhatWasIdleForAnHour() {
        unknowns.touch("a", NOON);
        unknowns.touch("b", NOON.plusSeconds(1));
        unknowns.touch("c", NOON.plusSeconds(2));
        unknowns.touch("a", NOON.plusSeconds(3));
        unknowns.remove("c");

        assertThat(unknowns.due(NOON.plus(Unknowns.IDLE_MAX), 9)).isEmpty();
        assertThat(unknowns.due(NOON.plus(Duration.ofHours(2)), 1)).containsExactly("b");
        assertThat(unknowns.due(NOON.plus(Duration.ofHours(2)), 9)).containsExactly("a");
        assertThat(unknowns.due(NOON.plus(Duration.ofHours(2)), 9)).isEmpty();
    }

    @Test
    void keepFortyDaysWhereEndUsersHaveABudget() {
        var withBudget = new Unknowns(true);
        withBudget.touch("a", NOON);

        assertThat(withBudget.due(NOON.plus(Duration.ofDays(40)), 9)).isEmpty();
        assertThat(withBudget.due(NOON.plus(Duration.ofDays(40)).plusMillis(1), 9))
                .containsExactly("a");
    }

    @Test
    void letGoTheLongestIdleOnceThereAreTooMany() {
        for (int i = 0; i < Unknowns.ACCOUNTS_MAX + 3; i++) {
            unknowns.touch("e" + i, NOON.plusNanos(i));
        }

        assertThat(unknowns.due(NOON, 10_000)).containsExactly("e0", "e1", "e2");
    }

    @Test
    void areInTheOrderOfTimeOnceSorted() {
        unknowns.touch("late", NOON.plusSeconds(9));
        unknowns.touch("early", NOON);

        unknowns.sort();

        assertThat(unknowns.due(NOON.plusSeconds(3_601), 9)).containsExactly("early");
    }
}
