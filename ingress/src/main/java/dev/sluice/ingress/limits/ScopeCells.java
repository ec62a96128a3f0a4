package dev.sluice.ingress.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The cells of all scopes that were in use lately, at most {@link #MOST_SCOPES}. Beyond, the scope
 * that was used longest ago is forgotten, unless it has open calls: Redis and the books still know
 * what it used; without them, its window begins anew.
 */
final class ScopeCells {

    static final int MOST_SCOPES = 100_000;
    private static final Duration KEPT = Duration.ofMinutes(10);

    private final Sharing sharing;
    private final BudgetCell.Context budgets;
    private final Cache<String, OfScope> scopes;

    /** The cells of one scope, each made when first needed. */
    static final class OfScope {
        private volatile @Nullable Cell requests;
        private volatile @Nullable Cell tokens;
        private volatile @Nullable Cell parallel;
        private volatile @Nullable Cell budget;

        private Stream<Cell> all() {
            return Stream.of(requests, tokens, parallel, budget).filter(Objects::nonNull);
        }
    }

    ScopeCells(Sharing sharing, BudgetCell.Context budgets, LimitMetrics metrics, int most) {
        this.sharing = sharing;
        this.budgets = budgets;
        this.scopes =
                Caffeine.newBuilder()
                        .maximumSize(most)
                        .expireAfterAccess(KEPT)
                        .executor(Runnable::run)
                        .<String, OfScope>removalListener((id, cells, _) -> keepIfOpen(id, cells))
                        .build();
        metrics.scopes(scopes::estimatedSize);
    }

    private void keepIfOpen(@Nullable String id, @Nullable OfScope cells) {
        if (id == null || cells == null) {
            return;
        }
        if (cells.all().anyMatch(Cell::isInUse)) {
            scopes.asMap().putIfAbsent(id, cells);
        } else {
            cells.all().forEach(Cell::forget);
        }
    }

    /** Adds what the claim wants of each limit: budgets first, as LiteLLM checks them. */
    void demands(Claim claim, List<Demand> demands) {
        List<Scope> scopes = claim.scopes();
        @Nullable OfScope[] found = new OfScope[scopes.size()];
        for (int i = 0; i < found.length; i++) {
            Scope scope = scopes.get(i);
            Scope.Budget budget = scope.budget();
            if (scope.isUnlimited()) {
                continue;
            }
            OfScope cells = of(scope.id());
            found[i] = cells;
            if (budget != null) {
                Cell cell = budget(cells, scope.id());
                demands.add(Demand.of(cell, scope, budget.limitPico(), claim.costPico()));
            }
        }
        for (int i = 0; i < found.length; i++) {
            OfScope cells = found[i];
            if (cells != null) {
                rates(cells, scopes.get(i), claim, demands);
            }
        }
    }

    private void rates(OfScope cells, Scope scope, Claim claim, List<Demand> demands) {
        if (scope.rpm() != null) {
            demands.add(Demand.known(requests(cells, scope.id()), scope, scope.rpm(), 1));
        }
        if (scope.tpm() != null) {
            demands.add(Demand.of(tokens(cells, scope.id()), scope, scope.tpm(), claim.tokens()));
        }
        if (scope.maxParallel() != null) {
            demands.add(Demand.known(parallel(cells, scope.id()), scope, scope.maxParallel(), 1));
        }
    }

    void forEach(Consumer<Cell> action) {
        scopes.asMap().values().forEach(scope -> scope.all().forEach(action));
    }

    /** The cell that Redis knows by this key, null if there is none here. */
    @Nullable Cell find(String key) {
        int at = key.indexOf(':');
        if (at != 1) {
            return null;
        }
        boolean isBudget = key.charAt(0) == LimitKind.BUDGET.letter();
        String id = key.substring((isBudget ? key.indexOf(':', at + 1) : at) + 1);
        OfScope cells = scopes.policy().getIfPresentQuietly(id);
        return cells == null
                ? null
                : cells.all().filter(cell -> key.equals(cell.key())).findAny().orElse(null);
    }

    private OfScope of(String id) {
        return Objects.requireNonNull(scopes.get(id, _ -> new OfScope()));
    }

    private Cell requests(OfScope scope, String id) {
        Cell cell = scope.requests;
        return cell != null
                ? cell
                : make(
                        scope,
                        () -> scope.requests,
                        () -> scope.requests = new WindowCell(LimitKind.REQUESTS, id, sharing));
    }

    private Cell tokens(OfScope scope, String id) {
        Cell cell = scope.tokens;
        return cell != null
                ? cell
                : make(
                        scope,
                        () -> scope.tokens,
                        () -> scope.tokens = new WindowCell(LimitKind.TOKENS, id, sharing));
    }

    private Cell parallel(OfScope scope, String id) {
        Cell cell = scope.parallel;
        return cell != null
                ? cell
                : make(
                        scope,
                        () -> scope.parallel,
                        () -> scope.parallel = new ParallelCell(id, sharing));
    }

    private Cell budget(OfScope scope, String id) {
        Cell cell = scope.budget;
        return cell != null
                ? cell
                : make(
                        scope,
                        () -> scope.budget,
                        () -> scope.budget = new BudgetCell(id, sharing, budgets));
    }

    private static Cell make(
            OfScope scope, Supplier<@Nullable Cell> present, Supplier<Cell> absent) {
        synchronized (scope) {
            Cell cell = present.get();
            return cell != null ? cell : absent.get();
        }
    }
}
