package dev.sluice.ingress.limits;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.events.BudgetState;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One budget of one ingress, with what Redis and the books say put in by hand. */
class BudgetCellTest {

    private static final Instant START = Instant.parse("2026-11-01T00:00:00Z");
    private static final String ACCOUNT = "key:a";
    private static final String RUN = "run";
    private static final long NOW = 1;

    private @Nullable BudgetBase books;
    private final BudgetCell cell =
            new BudgetCell(
                    ACCOUNT,
                    new Heard(),
                    new BudgetCell.Context(
                            _ -> books,
                            RUN,
                            ZoneOffset.UTC,
                            InstantSource.fixed(START.plusSeconds(60))));

    /** Redis was heard a moment ago. */
    private static final class Heard implements Sharing {

        @Override
        public boolean isLeasing() {
            return true;
        }

        @Override
        public boolean isShared() {
            return true;
        }

        @Override
        public long lostNanos() {
            return 0;
        }

        @Override
        public boolean isHiccup(long nowNanos) {
            return false;
        }

        @Override
        public boolean isForgotten(long nowNanos) {
            return false;
        }

        @Override
        public int ingresses() {
            return 2;
        }

        @Override
        public Verdict ask(List<Demand> demands) {
            return new Verdict.Unknown();
        }

        @Override
        public void changed(Cell cell) {}

        @Override
        public void urgent(Cell cell) {}
    }

    @Test
    void takesFromItsLeaseWithoutAsking() {
        lease(100_000, 60);

        assertThat(cell.take(demand(100_000, 50_000), true, NOW)).isNotNull();
        assertThat(cell.take(demand(100_000, 50_000), true, NOW)).isNull();
    }

    @Test
    void refusesWithinItsLeaseWhatTheBooksAloneExclude() {
        lease(100_000, 60);
        show(90_000, Map.of());

        assertThat(cell.take(demand(100_000, 20_000), true, NOW)).isNull();
        assertThat(cell.take(demand(100_000, 10_000), true, NOW)).isNotNull();
    }

    @Test
    void countsWhatTheBooksShowOfItselfOnce() {
        lease(100_000, 60);
        Span span = requireNonNull(cell.take(demand(100_000, 50_000), true, NOW));
        cell.settle(span, demand(100_000, 50_000), 50_000);
        show(50_000, Map.of(RUN, 50_000L));

        assertThat(cell.take(demand(100_000, 10_000), true, NOW)).isNotNull();
    }

    @Test
    void refusesWithinItsLeaseWhatALoweredLimitExcludes() {
        lease(100_000, 60);

        assertThat(cell.take(demand(100_000, 10_000), true, NOW)).isNotNull();
        assertThat(cell.take(demand(20_000, 20_000), true, NOW)).isNull();
        assertThat(cell.take(demand(20_000, 10_000), true, NOW)).isNotNull();
    }

    private static Scope scope(long limit) {
        return new Scope(
                ScopeKind.API_KEY,
                ACCOUNT,
                null,
                null,
                null,
                new Scope.Budget(limit, null, START, 0));
    }

    private Demand demand(long limit, long pico) {
        return Demand.known(cell, scope(limit), limit, pico);
    }

    /** Redis has leased so many of its units. */
    private void lease(long limit, long units) {
        assertThat(cell.take(demand(limit, limit), true, NOW)).isNull();
        cell.hear(
                new LeaseReply(1, 0, 2, 0, List.of(), List.of(), List.of()),
                new LeaseReply.Cell(units, 0, 0, 0, 0, 0),
                Statement.Slack.NONE,
                0,
                NOW);
    }

    private void show(long spent, Map<String, Long> writers) {
        books =
                BudgetBase.of(
                        new BudgetState(ACCOUNT, START, null, spent, spent, writers, START),
                        new ConcurrentHashMap<>());
    }
}
