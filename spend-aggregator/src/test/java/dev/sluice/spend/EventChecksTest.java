package dev.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;

import java.time.Instant;

class EventChecksTest {

    @Test
    void letsAnEverydayEventPass() {
        assertThat(EventChecks.reasonAgainst(TestCall.make().event())).isNull();
        assertThat(EventChecks.reasonAgainst(TestCall.make().by(null).event())).isNull();
    }

    @Test
    void refusesNumbersThatCannotBe() {
        var beyondLong = new Usage(Long.MAX_VALUE, 1, 0, 0, 0, 0, 0, 0, 0);
        var beyondLongOut = new Usage(0, 0, 0, 0, Long.MAX_VALUE, 0, 0, 1, 0);

        assertThat(EventChecks.reasonAgainst(TestCall.make().using(beyondLong).event()))
                .contains("impossible number");
        assertThat(EventChecks.reasonAgainst(TestCall.make().using(beyondLongOut).event()))
                .contains("impossible number");
        assertThat(EventChecks.reasonAgainst(TestCall.make().costing(-1).event()))
                .contains("negative");
        assertThat(
                        EventChecks.reasonAgainst(
                                TestCall.make()
                                        .at(Instant.parse("+10000-01-01T00:00:00Z"))
                                        .event()))
                .contains("time");
    }

    @Test
    void letsACorrectionTakeMoneyBack() {
        assertThat(EventChecks.reasonAgainst(TestCall.make().of(Kind.ADJUSTED).costing(-1).event()))
                .isNull();
    }

    @Test
    void refusesKeysThatNoIndexTakes() {
        assertThat(EventChecks.reasonAgainst(TestCall.make().by("a".repeat(2_300)).event()))
                .isNull();
        assertThat(EventChecks.reasonAgainst(TestCall.make().by("a".repeat(2_500)).event()))
                .contains("too large")
                .doesNotContain("aaa");
        assertThat(EventChecks.reasonAgainst(TestCall.make().forEndUser("€".repeat(900)).event()))
                .contains("too large");
    }
}
