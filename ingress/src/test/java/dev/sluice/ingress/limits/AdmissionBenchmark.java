package dev.sluice.ingress.limits;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A call let in and settled without asking anybody: {@code java -cp ... org.openjdk.jmh.Main
 * AdmissionBenchmark}, see {@code docs/limits.md}.
 */
@State(org.openjdk.jmh.annotations.Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class AdmissionBenchmark {

    private static final Long MUCH = 1_000_000_000_000L;
    private static final dev.sluice.ingress.limits.Scope.Budget BUDGET =
            new dev.sluice.ingress.limits.Scope.Budget(Long.MAX_VALUE / 2, "30d", Instant.EPOCH, 0);

    private final AccountLimiter limiter =
            new AccountLimiter(
                    new Sharing.Alone(),
                    new BudgetCell.Context(
                            _ -> null, "run", ZoneOffset.UTC, InstantSource.system()),
                    new LimitMetrics(new SimpleMeterRegistry()),
                    System::nanoTime,
                    ScopeCells.MOST_SCOPES,
                    () -> {});
    private final List<dev.sluice.ingress.limits.Scope> scopes =
            List.of(
                    scope(ScopeKind.API_KEY, "key:a", MUCH, MUCH, MUCH),
                    scope(ScopeKind.TEAM, "team:t", MUCH, null, null),
                    scope(ScopeKind.USER, "user:u", null, null, null));

    private static dev.sluice.ingress.limits.Scope scope(
            ScopeKind kind,
            String id,
            @Nullable Long rpm,
            @Nullable Long tpm,
            @Nullable Long parallel) {
        return new dev.sluice.ingress.limits.Scope(kind, id, rpm, tpm, parallel, BUDGET);
    }

    @Benchmark
    public Admission admitAndSettle() {
        var claim = new Claim(scopes, new Expected(500, 100), new Expected(5_000_000, 1_000_000));
        Admission admission = limiter.admit(claim);
        if (admission instanceof Admission.Admitted(var reservation)) {
            reservation.settle(600, 4_000_000);
        }
        return admission;
    }
}
