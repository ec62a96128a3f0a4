package dev.sluice.schemas.accounts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** Rows M9 and M10 of LiteLLM's suite, and what lies between them. */
final class BudgetPeriodTest {

    private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

    @ParameterizedTest(name = "{0} at {1} ends {2}")
    @CsvSource({
        "1d,  2023-05-15T10:30:00Z, 2023-05-16T00:00:00Z",
        "30d, 2023-05-15T10:30:00Z, 2023-06-01T00:00:00Z",
        "1mo, 2023-05-15T10:30:00Z, 2023-06-01T00:00:00Z",
        "7d,  2023-05-17T10:30:00Z, 2023-05-22T00:00:00Z",
        "7d,  2023-05-15T00:00:00Z, 2023-05-22T00:00:00Z",
        "1w,  2023-05-21T23:59:59Z, 2023-05-22T00:00:00Z",
        "2h,  2023-05-15T15:20:30Z, 2023-05-15T16:00:00Z",
        "30m, 2023-05-15T15:20:30Z, 2023-05-15T15:30:00Z",
        "15s, 2023-05-15T15:20:30Z, 2023-05-15T15:20:45Z",
        "2h,  2023-05-15T14:00:00Z, 2023-05-15T16:00:00Z",
        "30m, 2023-05-15T14:30:00Z, 2023-05-15T15:00:00Z",
        "30m, 2023-05-15T23:50:00Z, 2023-05-16T00:00:00Z",
        "5h,  2023-05-15T21:00:00Z, 2023-05-16T00:00:00Z",
    })
    void endsWhereLiteLlmEndsIt(String duration, Instant now, Instant end) {
        BudgetPeriod period = BudgetPeriod.at(duration, LONG_AGO, ZoneOffset.UTC, now);

        assertThat(period.end()).isEqualTo(end);
        assertThat(period.contains(now)).isTrue();
        assertThat(period.contains(end)).isFalse();
    }

    @Test
    void countsOtherDaysInMidnightsFromItsBeginning() {
        Instant since = Instant.parse("2023-05-15T10:30:00Z");

        BudgetPeriod first = BudgetPeriod.at("3d", since, ZoneOffset.UTC, since);
        BudgetPeriod second = BudgetPeriod.at("3d", since, ZoneOffset.UTC, end(first));

        assertThat(first).isEqualTo(new BudgetPeriod(since, Instant.parse("2023-05-18T00:00:00Z")));
        assertThat(second.start()).isEqualTo(first.end());
        assertThat(second.end()).isEqualTo("2023-05-21T00:00:00Z");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1s", "7s", "45m", "90m", "1h", "7h", "25h", "48h", "1d", "3d", "7d", "30d", "1mo",
                "3mo", "2w"
            })
    void everyMomentLiesInOnePeriodAndPeriodsMeet(String duration) {
        Instant since = Instant.parse("2024-02-28T13:14:15Z");
        Instant now = since;
        for (int i = 0; i < 50; i++) {
            BudgetPeriod period = BudgetPeriod.at(duration, since, ZoneOffset.UTC, now);
            assertThat(period.start()).isEqualTo(now);
            Instant last = end(period).minusNanos(1);
            assertThat(BudgetPeriod.at(duration, since, ZoneOffset.UTC, last)).isEqualTo(period);
            now = end(period);
        }
    }

    @Test
    void takesTheMidnightOfTheZone() {
        BudgetPeriod day =
                BudgetPeriod.at(
                        "1d",
                        LONG_AGO,
                        ZoneId.of("America/New_York"),
                        Instant.parse("2024-03-10T12:00:00Z"));

        // The day on which clocks go forward has 23 hours.
        assertThat(day)
                .isEqualTo(
                        new BudgetPeriod(
                                Instant.parse("2024-03-10T05:00:00Z"),
                                Instant.parse("2024-03-11T04:00:00Z")));
    }

    @Test
    void neverEndsWithoutADuration() {
        BudgetPeriod period = BudgetPeriod.at(null, LONG_AGO, ZoneOffset.UTC, Instant.MAX);

        assertThat(period).isEqualTo(new BudgetPeriod(LONG_AGO, null));
        assertThat(period.contains(Instant.MAX)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "d", "0d", "-1d", "1.5h", "30 d", "monthly", "1y", "99999999d"})
    void refusesWhatIsNoDuration(String duration) {
        assertThat(BudgetPeriod.isDuration(duration)).isFalse();
        assertThatThrownBy(() -> BudgetPeriod.at(duration, LONG_AGO, ZoneOffset.UTC, Instant.EPOCH))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Instant end(BudgetPeriod period) {
        Instant end = period.end();
        assertThat(end).isNotNull();
        return end == null ? Instant.MAX : end;
    }
}
