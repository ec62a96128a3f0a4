package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.simulator.Ledger.Snapshot;
import dev.sluice.simulator.Ledger.Totals;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LedgerTest {

    private final Ledger ledger = new Ledger(3);

    @Test
    void sumsCallsByKeyAndModel() {
        ledger.record(attempt("a", "gpt-4o", 200, 10, 4, 5, 100));
        ledger.record(attempt("b", "gpt-4o", 200, 20, 0, 6, 200));
        ledger.record(attempt("b", "o1", 200, 30, 0, 7, 300));

        Snapshot snapshot = ledger.snapshot();

        assertThat(snapshot.totals()).isEqualTo(new Totals(3, new Usage(60, 4, 18), 600));
        assertThat(snapshot.byKey())
                .containsEntry("a", new Totals(1, new Usage(10, 4, 5), 100))
                .containsEntry("b", new Totals(2, new Usage(50, 0, 13), 500));
        assertThat(snapshot.byModel())
                .containsEntry("gpt-4o", new Totals(2, new Usage(30, 4, 11), 300))
                .containsEntry("o1", new Totals(1, new Usage(30, 0, 7), 300));
    }

    @Test
    void listsAFaultButDoesNotCountIt() {
        ledger.record(attempt("a", "gpt-4o", 429, 0, 0, 0, 0));
        ledger.record(attempt("a", null, 400, 0, 0, 0, 0));
        ledger.record(attempt("a", "gpt-4o", 0, 0, 0, 0, 0));

        Snapshot snapshot = ledger.snapshot();

        assertThat(snapshot.totals()).isEqualTo(Totals.ZERO);
        assertThat(snapshot.byKey()).isEmpty();
        assertThat(snapshot.attempts()).hasSize(3);
    }

    @Test
    void dropsTheOldestAttemptsButKeepsTotalsRight() {
        for (int i = 1; i <= 5; i++) {
            ledger.record(attempt("a", "gpt-4o", 200, i, 0, 0, i));
        }

        Snapshot snapshot = ledger.snapshot();

        assertThat(snapshot.totals()).isEqualTo(new Totals(5, new Usage(15, 0, 0), 15));
        assertThat(snapshot.attemptsDropped()).isEqualTo(2);
        assertThat(snapshot.attempts()).extracting(Attempt::costPico).containsExactly(3L, 4L, 5L);
    }

    @Test
    void gathersTheKeysThatAreTooMany() {
        for (int i = 0; i < 10_005; i++) {
            ledger.record(attempt("key-" + i, "gpt-4o", 200, 1, 0, 0, 1));
        }

        Snapshot snapshot = ledger.snapshot();

        assertThat(snapshot.byKey()).hasSize(10_001);
        assertThat(snapshot.byKey())
                .containsEntry("(others)", new Totals(5, new Usage(5, 0, 0), 5));
        assertThat(snapshot.totals().calls()).isEqualTo(10_005);
    }

    @Test
    void isEmptyAfterItWasCleared() {
        ledger.record(attempt("a", "gpt-4o", 200, 1, 0, 0, 1));

        ledger.clear();

        assertThat(ledger.snapshot()).isEqualTo(new Ledger(3).snapshot());
    }

    private static Attempt attempt(
            String key,
            @Nullable String model,
            int status,
            long input,
            long cached,
            long output,
            long costPico) {
        Usage usage = new Usage(input, cached, output);
        return new Attempt(0, "id", key, null, model, null, status, false, usage, costPico, null);
    }
}
