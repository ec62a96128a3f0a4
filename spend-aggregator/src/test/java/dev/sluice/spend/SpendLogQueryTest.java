package dev.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.spend.SpendLogQuery.Parsed;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

class SpendLogQueryTest {

    @Test
    void asksForTheNewestTenThousandUnlessTold() {
        assertThat(SpendLogQuery.of(Map.of()))
                .isEqualTo(
                        new Parsed.Valid(new SpendLogQuery(null, null, null, null, null, 10_000)));
    }

    @Test
    void takesEveryFilter() {
        UUID id = UUID.randomUUID();

        Parsed parsed =
                SpendLogQuery.of(
                        Map.of(
                                "request_id", List.of(id.toString()),
                                "api_key", List.of("hash"),
                                "user_id", List.of("ada"),
                                "start_date", List.of("2026-01-31"),
                                "end_date", List.of("2026-02-01 12:00:00"),
                                "limit", List.of("100000"),
                                "summarize", List.of("false")));

        assertThat(parsed)
                .isEqualTo(
                        new Parsed.Valid(
                                new SpendLogQuery(
                                        id,
                                        "hash",
                                        "ada",
                                        Instant.parse("2026-01-31T00:00:00Z"),
                                        Instant.parse("2026-02-01T12:00:01Z"),
                                        100_000)));
    }

    @Test
    void includesTheWholeDayThatEndsARange() {
        Parsed parsed =
                SpendLogQuery.of(
                        Map.of(
                                "start_date", List.of("2026-02-28"),
                                "end_date", List.of("2026-02-28")));

        assertThat(parsed)
                .isEqualTo(
                        new Parsed.Valid(
                                new SpendLogQuery(
                                        null,
                                        null,
                                        null,
                                        Instant.parse("2026-02-28T00:00:00Z"),
                                        Instant.parse("2026-03-01T00:00:00Z"),
                                        10_000)));
    }

    @ParameterizedTest
    @CsvSource({
        "limit, 0",
        "limit, 100001",
        "limit, ten",
        "limit, ''",
        "request_id, 1",
        "request_id, 1-1-1-1-1",
        "request_id, chatcmpl-123",
        "api_key, ''",
        "user_id, ''",
        "start_date, yesterday",
        "start_date, 2026-02-30",
        "start_date, 2026-2-3",
        "start_date, 2026-02-03T00:00:00",
        "start_date, 0000-01-01",
        "start_date, 1969-12-31",
        "start_date, +99999-1-1",
        "end_date, 2026-02-03 24:00:00",
        "end_date, ''",
        "summarize, true",
        "team_id, some",
        "LIMIT, 3",
    })
    void refusesWhatItDoesNotUnderstand(String name, String value) {
        assertThat(SpendLogQuery.of(Map.of(name, List.of(value))))
                .isInstanceOfSatisfying(
                        Parsed.Invalid.class,
                        invalid -> assertThat(invalid.parameter()).isEqualTo(name));
    }

    @Test
    void refusesAParameterThatIsGivenTwice() {
        assertThat(SpendLogQuery.of(Map.of("limit", List.of("1", "2"))))
                .isEqualTo(new Parsed.Invalid("limit", "limit is given more than once"));
    }

    @Test
    void refusesARangeThatEndsBeforeItStarts() {
        assertThat(
                        SpendLogQuery.of(
                                Map.of(
                                        "start_date", List.of("2026-02-02"),
                                        "end_date", List.of("2026-02-01"))))
                .isEqualTo(new Parsed.Invalid("start_date", "start_date is after end_date"));
    }
}
