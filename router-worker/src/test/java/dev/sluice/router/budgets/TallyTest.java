package dev.sluice.router.budgets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.events.BudgetState;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;

final class TallyTest {

    private static final ZoneId UTC = ZoneOffset.UTC;
    private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");
    private static final Instant MIDNIGHT = Instant.parse("2026-03-05T00:00:00Z");

    @Test
    void beginsWithWhatWasSpentBefore() {
        Tally tally = opened(terms("1d", NOON, 70)).charged(charge(NOON, 5));

        assertThat(tally.spentPico()).isEqualTo(75);
        assertThat(tally.totalPico()).isEqualTo(5);
        assertThat(tally.period().start()).isEqualTo(NOON);
        assertThat(tally.period().end()).isEqualTo(MIDNIGHT);
    }

    @Test
    void countsWhatStartedBeforeThePeriodInTheTotalOnly() {
        Tally tally =
                opened(terms("1d", NOON, 0))
                        .charged(charge(NOON.minusNanos(1_000), 5))
                        .charged(charge(NOON, 7));

        assertThat(tally.spentPico()).isEqualTo(7);
        assertThat(tally.totalPico()).isEqualTo(12);
        assertThat(tally.state("a").writers()).containsOnly(Map.entry("j1", 7L));
    }

    @Test
    void beginsALaterPeriodWithNothing() {
        BudgetTerms terms = terms("1d", NOON, 70);
        Tally before = opened(terms).charged(charge(NOON, 5));

        assertThat(before.at(MIDNIGHT.minusNanos(1), terms, UTC)).isEqualTo(before);

        Tally after = before.at(MIDNIGHT, terms, UTC);
        assertThat(after.spentPico()).isZero();
        assertThat(after.totalPico()).isEqualTo(5);
        assertThat(after.state("a").writers()).isEmpty();
        assertThat(after.period().start()).isEqualTo(MIDNIGHT);
        assertThat(after.state("a").asOf()).isEqualTo(before.asOf());
    }

    @Test
    void neverGoesBackToAnEarlierPeriod() {
        BudgetTerms terms = terms("1h", NOON, 0);
        Tally later = opened(terms).at(NOON.plusSeconds(3_600), terms, UTC);

        assertThat(later.at(NOON, terms, UTC)).isEqualTo(later);
    }

    @Test
    void keepsWhatWasSpentWhenTheDurationChangesUntilTheNextReset() {
        BudgetTerms hourly = terms("1h", NOON, 70);
        Instant later = NOON.plus(Duration.ofMinutes(90));
        Tally tally = opened(terms(null, NOON, 70)).charged(charge(NOON, 5)).at(later, hourly, UTC);

        assertThat(tally.spentPico()).isEqualTo(75);
        assertThat(tally.period().start()).isEqualTo("2026-03-04T13:00:00Z");
        assertThat(tally.period().end()).isEqualTo("2026-03-04T14:00:00Z");

        Tally reset = tally.at(NOON.plus(Duration.ofHours(2)), hourly, UTC);
        assertThat(reset.spentPico()).isZero();
    }

    @Test
    void startsAnewWhenTheSpendIsSetByHand() {
        Instant set = NOON.plusSeconds(60);
        Tally tally =
                opened(terms("1d", NOON, 0))
                        .charged(charge(NOON, 5))
                        .charged(charge(set, 7, "j2"))
                        .at(set.plusSeconds(1), terms("1d", set, 100), UTC);

        assertThat(tally.spentPico()).isEqualTo(107);
        assertThat(tally.totalPico()).isEqualTo(12);
        assertThat(tally.period().start()).isEqualTo(set);
        assertThat(tally.state("a").writers()).containsOnly(Map.entry("j2", 7L));
    }

    @Test
    void keepsAllThatWasCountedBeforeTheRecordWasSeen() {
        Tally tally = opened(BudgetTerms.NONE);
        for (int i = 0; i < 1_000; i++) {
            tally = tally.charged(charge(NOON.plusMillis(i), 1));
        }

        Tally known = tally.at(NOON.plusSeconds(2), terms("1d", NOON, 9), UTC);

        assertThat(known.spentPico()).isEqualTo(1_009);
        assertThat(known.state("a").writers()).containsOnly(Map.entry("j1", 1_000L));
    }

    @Test
    void forgivesWhatTheRecentCallsDoNotReachBackTo() {
        Tally tally = opened(BudgetTerms.NONE).charged(charge(NOON.minusSeconds(9), 1_000));
        for (int i = 0; i < 2 * Tally.RECENT_MAX; i++) {
            tally = tally.charged(charge(NOON.plusMillis(i), 1));
        }

        Tally known = tally.at(NOON.plusSeconds(2), terms("1d", NOON, 0), UTC);

        assertThat(known.spentPico()).isEqualTo(Tally.RECENT_MAX);
    }

    @Test
    void givesBackWhatACorrectionGivesBack() {
        Tally tally =
                opened(terms("1d", NOON, 0))
                        .charged(charge(NOON, 50))
                        .charged(charge(NOON, -20))
                        .charged(charge(NOON.minusSeconds(1), -5));

        assertThat(tally.spentPico()).isEqualTo(30);
        assertThat(tally.totalPico()).isEqualTo(25);
    }

    @Test
    void staysAtTheTopRatherThanWrapRound() {
        Tally tally =
                opened(terms(null, NOON, Long.MAX_VALUE))
                        .charged(charge(NOON, Long.MAX_VALUE))
                        .charged(charge(NOON, 1));

        assertThat(tally.spentPico()).isEqualTo(Long.MAX_VALUE);
        assertThat(tally.totalPico()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void keepsTheJournalsThatWroteLast() {
        Tally tally = opened(terms(null, NOON, 0));
        for (int i = 0; i < Tally.WRITERS_MAX + 3; i++) {
            tally = tally.charged(charge(NOON, 1, "j" + i)).charged(charge(NOON, 1, "j0"));
        }

        BudgetState state = tally.state("a");
        assertThat(state.writers()).hasSize(Tally.WRITERS_MAX);
        assertThat(state.writers()).containsKeys("j0", "j34").doesNotContainKeys("j1", "j3");
        assertThat(state.writers()).containsEntry("j0", 36L);
        assertThat(state.spentPico()).isEqualTo(70);
    }

    @Test
    void comesToTheSameSumInAnyOrder() {
        BudgetTerms terms = terms("1d", NOON.minus(Duration.ofDays(9)), 3);
        List<Charge> charges =
                new ArrayList<>(
                        LongStream.range(0, 200)
                                .mapToObj(i ->
                                        charge(
                                                NOON.minus(Duration.ofHours(i)),
                                                i - 20,
                                                "j" + i % 4))
                                .toList());
        BudgetState inOrder = folded(terms, charges);

        for (int seed = 0; seed < 20; seed++) {
            Collections.shuffle(charges, new Random(seed));
            assertThat(folded(terms, charges)).as("seed %d", seed).isEqualTo(inOrder);
        }
        assertThat(inOrder.spentPico()).isEqualTo(LongStream.range(-20, -7).sum());
    }

    @Test
    void survivesTheStore() {
        Tally tally = opened(terms("1mo", NOON, 70));
        for (int i = 0; i < 50; i++) {
            tally = tally.charged(charge(NOON.plusNanos(i), i, "jürgen-" + i % 40));
        }
        var ledger = new Ledger(tally, NOON, true, false);
        var fresh = new Ledger(opened(BudgetTerms.NONE), NOON, false, true);

        assertThat(Ledger.unpacked(fresh.packed())).isEqualTo(fresh);
        Ledger read = Ledger.unpacked(ledger.packed());
        assertThat(read.tally().state("a")).isEqualTo(tally.state("a"));
        assertThat(read.tally().recent())
                .extracting(Tally.Counted::pico)
                .isEqualTo(tally.recent().stream().map(Tally.Counted::pico).toList());
        assertThat(Ledger.unpacked(read.packed())).isEqualTo(read);
    }

    private static BudgetState folded(BudgetTerms terms, List<Charge> charges) {
        Tally tally = Tally.opened(terms, UTC, NOON);
        for (Charge charge : charges) {
            tally = tally.at(NOON, terms, UTC).charged(charge);
        }
        return tally.state("a");
    }

    private static Tally opened(BudgetTerms terms) {
        return Tally.opened(terms, UTC, NOON);
    }

    private static BudgetTerms terms(@Nullable String duration, Instant since, long atStartPico) {
        return new BudgetTerms(duration, since, atStartPico);
    }

    private static Charge charge(Instant startedAt, long pico) {
        return charge(startedAt, pico, "j1");
    }

    private static Charge charge(Instant startedAt, long pico, String writer) {
        return new Charge(pico, startedAt, startedAt.plusSeconds(1), writer, null);
    }
}
