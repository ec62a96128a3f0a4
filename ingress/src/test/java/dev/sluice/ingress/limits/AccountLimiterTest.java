package dev.sluice.ingress.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.events.BudgetState;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One ingress and a clock that passes when told. */
class AccountLimiterTest {

    private static final String RUN = "run";
    private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");
    private static final Scope.Budget DAILY = new Scope.Budget(1000, "1d", NOON, 0);

    private final Map<String, BudgetBase> books = new HashMap<>();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private Instant now = NOON;
    private long nanos = Long.MAX_VALUE - 1;
    private final AccountLimiter limiter = limiter(ScopeCells.MOST_SCOPES);

    private AccountLimiter limiter(int mostScopes) {
        InstantSource clock = () -> now;
        return new AccountLimiter(
                new Sharing.Alone(),
                new BudgetCell.Context(books::get, RUN, ZoneOffset.UTC, clock),
                new LimitMetrics(registry),
                () -> nanos,
                mostScopes,
                () -> {});
    }

    private void pass(Duration time) {
        now = now.plus(time);
        nanos += time.toNanos();
    }

    private static Scope key(
            @Nullable Long rpm,
            @Nullable Long tpm,
            @Nullable Long parallel,
            Scope.@Nullable Budget budget) {
        return new Scope(ScopeKind.API_KEY, "key:a", rpm, tpm, parallel, budget);
    }

    private Reservation admitted(Claim claim) {
        Admission admission = limiter.admit(claim);
        assertThat(admission).isInstanceOf(Admission.Admitted.class);
        return ((Admission.Admitted) admission).reservation();
    }

    private Admission.Refused refused(Claim claim) {
        Admission admission = limiter.admit(claim);
        assertThat(admission).isInstanceOf(Admission.Refused.class);
        return (Admission.Refused) admission;
    }

    private static Claim claim(Scope scope, long tokens, long pico) {
        return Claim.of(List.of(scope), tokens, pico);
    }

    @Test
    void l1RefusesTheFourthRequestOfAWindowOfThreeAndAdmitsAfterIt() {
        Claim claim = claim(key(3L, null, null, null), 1, 0);
        admitted(claim).settle(1, 0);
        pass(Duration.ofSeconds(20));
        admitted(claim).settle(1, 0);
        admitted(claim).release();

        Admission.Refused refused = refused(claim);

        assertThat(refused.kind()).isEqualTo(LimitKind.REQUESTS);
        assertThat(refused.limit()).isEqualTo(3);
        assertThat(refused.remaining()).isZero();
        assertThat(refused.retryAfter()).isEqualTo(Duration.ofSeconds(40));
        assertThat(refused.resetsAt()).isEqualTo(NOON.plusSeconds(60));
        pass(Duration.ofSeconds(40));
        admitted(claim).close();
    }

    @Test
    void l2AdmitsOneBigCallAndThenNoneUntilTheWindowEnds() {
        Claim claim = claim(key(null, 100L, null, null), 500, 0);
        admitted(claim).settle(4000, 0);

        assertThat(refused(claim).kind()).isEqualTo(LimitKind.TOKENS);
        assertThat(refused(claim(key(null, 100L, null, null), 0, 0)).current()).isEqualTo(4000);
        pass(Duration.ofSeconds(60));
        admitted(claim).close();
    }

    @Test
    void reservesTokensBeforeAndCountsWhatWasUsedAfter() {
        Scope scope = key(null, 100L, null, null);
        Reservation open = admitted(claim(scope, 60, 0));
        assertThat(refused(claim(scope, 41, 0)).remaining()).isEqualTo(40);

        open.settle(10, 0);

        admitted(claim(scope, 90, 0)).release();
        admitted(claim(scope, 90, 0)).close();
    }

    @Test
    void chargesWhatNobodyExpectedToTheWindowInWhichItEnds() {
        Scope scope = key(null, 100L, null, null);
        Reservation slow = admitted(claim(scope, 10, 0));
        pass(Duration.ofSeconds(61));
        admitted(claim(scope, 10, 0)).settle(10, 0);

        slow.settle(95, 0);

        assertThat(refused(claim(scope, 10, 0)).current()).isEqualTo(95);
    }

    @Test
    void holdsAnOpenRequestUntilItsFirstEnd() {
        Claim claim = claim(key(null, null, 2L, null), 1, 1);
        Reservation first = admitted(claim);
        admitted(claim);
        assertThat(refused(claim).kind()).isEqualTo(LimitKind.PARALLEL);

        first.settle(1, 1);
        first.release();
        first.close();

        admitted(claim);
        assertThat(refused(claim).retryAfter()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void refusesEverythingWhereTheLimitIsZero() {
        assertThat(refused(claim(key(0L, null, null, null), 1, 1)).limit()).isZero();
        assertThat(refused(claim(key(null, 0L, null, null), 0, 0)).limit()).isZero();
        assertThat(refused(claim(key(null, null, 0L, null), 1, 1)).limit()).isZero();
        var none = new Scope.Budget(0, null, NOON, 0);
        assertThat(refused(claim(key(null, null, null, none), 0, 0)).limit()).isZero();
    }

    @Test
    void consumesNothingOfAnyScopeWhenOneRefuses() {
        var team = new Scope(ScopeKind.TEAM, "team:t", 1L, 50L, 1L, DAILY);
        Scope full = key(null, null, null, new Scope.Budget(5, null, NOON, 5));
        assertThat(limiter.admit(Claim.of(List.of(team, full), 50, 1000)))
                .isInstanceOf(Admission.Refused.class);
        Scope narrow = key(null, 1L, 0L, null);
        assertThat(limiter.admit(Claim.of(List.of(team, narrow), 50, 1000)))
                .isInstanceOf(Admission.Refused.class);

        admitted(Claim.of(List.of(team), 50, 1000));
    }

    @Test
    void aFailedCallCostsARequestButNoTokensAndNoMoney() {
        Scope scope = key(2L, 100L, null, DAILY);
        admitted(claim(scope, 100, 1000)).release();
        admitted(claim(scope, 100, 1000)).release();

        assertThat(refused(claim(scope, 100, 1000)).kind()).isEqualTo(LimitKind.REQUESTS);
    }

    @Test
    void l4TouchesNothingWithoutLimits() {
        Reservation free = admitted(claim(key(null, null, null, null), 1, 1));

        assertThat(free.remaining()).isEmpty();
        assertThat(registry.get("sluice_limit_scopes").gauge().value()).isZero();
    }

    @Test
    void tellsWhatIsLeftOfEachLimit() {
        Reservation open = admitted(claim(key(10L, 100L, 5L, DAILY), 30, 400));

        assertThat(open.remaining())
                .extracting(Remaining::kind, Remaining::limit, Remaining::left)
                .containsExactly(
                        tuple(LimitKind.BUDGET, 1000L, 600L),
                        tuple(LimitKind.REQUESTS, 10L, 9L),
                        tuple(LimitKind.TOKENS, 100L, 70L),
                        tuple(LimitKind.PARALLEL, 5L, 4L));
        assertThat(open.remaining().get(1).resetsIn()).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void beginsABudgetAnewWithItsPeriod() {
        Claim claim = claim(key(null, null, null, DAILY), 0, 600);
        admitted(claim).settle(0, 600);
        Admission.Refused refused = refused(claim);
        assertThat(refused.kind()).isEqualTo(LimitKind.BUDGET);
        assertThat(refused.resetsAt()).isEqualTo(Instant.parse("2026-03-05T00:00:00Z"));
        pass(Duration.ofHours(11));
        refused(claim);

        pass(Duration.ofHours(1));

        admitted(claim).settle(0, 600);
    }

    @Test
    void countsWhatTheBooksShowOfOthersAndItsOwnOnce() {
        Claim claim = claim(key(null, null, null, DAILY), 0, 300);
        admitted(claim).settle(0, 300);
        book("key:a", NOON, 300 + 350, Map.of(RUN, 300L, "other", 350L));

        admitted(claim).settle(0, 300);

        assertThat(refused(claim).current()).isEqualTo(950);
        book("key:a", NOON, 950, Map.of(RUN, 600L, "other", 350L));
        assertThat(refused(claim).current()).isEqualTo(950);
        assertThat(refused(claim).remaining()).isEqualTo(50);
    }

    @Test
    void ignoresBooksOfAnEarlierPeriodAndCountsWhatWasSpentAtTheStart() {
        var budget = new Scope.Budget(1000, "1d", NOON, 900);
        Claim claim = claim(key(null, null, null, budget), 0, 200);
        assertThat(refused(claim).current()).isEqualTo(900);
        book("key:a", NOON, 950, Map.of(RUN, 50L));
        assertThat(refused(claim).current()).isEqualTo(950);

        pass(Duration.ofDays(1));

        admitted(claim);
    }

    @Test
    void refusesACallThatCostsNothingOnceTheBudgetIsSpent() {
        Scope scope = key(null, null, null, DAILY);
        admitted(claim(scope, 0, 0)).settle(0, 1000);

        refused(claim(scope, 0, 0));
    }

    @Test
    void aCrowdReservesLessThanEachAlone() {
        Scope scope = key(null, 2000L, null, null);
        var claim = new Claim(List.of(scope), new Expected(100, 50), Expected.NOTHING);
        int open = 0;
        while (limiter.admit(claim) instanceof Admission.Admitted) {
            open++;
        }

        // 16 * 100 + 1.5 * 50 * sqrt(16) = 1900; one by one it would have been 11 calls.
        assertThat(open).isEqualTo(16);
    }

    @Test
    void forgetsIdleScopesBeyondTheBoundButNoneWithOpenCalls() {
        AccountLimiter small = limiter(10);
        Claim first = claim(key(null, null, 1L, null), 1, 1);
        assertThat(small.admit(first)).isInstanceOf(Admission.Admitted.class);
        for (int i = 0; i < 200; i++) {
            var other = new Scope(ScopeKind.USER, "user:" + i, 5L, null, null, null);
            small.admit(claim(other, 1, 1));
        }

        assertThat(small.admit(first)).isInstanceOf(Admission.Refused.class);
    }

    @Test
    void countsRefusalsByKind() {
        refused(claim(key(0L, null, null, null), 1, 1));

        assertThat(
                        registry.get("sluice_limit_refusals")
                                .tags("scope", "api_key", "kind", "requests")
                                .counter()
                                .count())
                .isEqualTo(1);
    }

    @Test
    void takesLimitsAsAccountsHaveThem() {
        var limits = new Limits(1000L, "1d", NOON, 10L, 1L, 2L, 3L, Map.of(), Map.of(), Map.of());

        assertThat(Scope.of(ScopeKind.TEAM, "team:t", limits))
                .isEqualTo(
                        new Scope(
                                ScopeKind.TEAM,
                                "team:t",
                                1L,
                                2L,
                                3L,
                                new Scope.Budget(1000, "1d", NOON, 10)));
        assertThat(Scope.of(ScopeKind.TEAM, "team:t", Limits.NONE).isUnlimited()).isTrue();
    }

    @Test
    void refusesNegativeAmounts() {
        assertThatThrownBy(() -> Expected.exactly(-1)).isInstanceOf(IllegalArgumentException.class);
        Reservation open = admitted(claim(key(1L, null, null, null), 1, 1));
        assertThatThrownBy(() -> open.settle(-1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private void book(String account, Instant since, long spent, Map<String, Long> writers) {
        books.put(
                account,
                BudgetBase.of(
                        new BudgetState(account, since, null, spent, spent, writers, now),
                        new ConcurrentHashMap<>()));
    }
}
