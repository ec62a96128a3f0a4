package dev.sluice.router;

import static dev.sluice.router.DeltaBuilder.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.MinuteTotal;
import dev.sluice.schemas.events.RateLimit;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Random;

/** Ingresses whose clocks are ahead of the worker's. */
class ClocksAheadTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration AHEAD = Duration.ofSeconds(90);

    private final DeploymentStatistics statistics = new DeploymentStatistics("d1");

    /** Told again and again, as an ingress does while calls are open, from any clock. */
    @Test
    void makeNoRestLongerThanItIs() {
        for (int seed = 0; seed < 200; seed++) {
            var random = new Random(seed);
            var any = new DeploymentStatistics("d1");
            Duration ahead = Duration.ofMillis(random.nextInt(3_600_000));
            Duration rest = Duration.ofMillis(1 + random.nextInt(300_000));
            Instant end = NOON.plus(rest);
            for (int i = 1; i < 20; i++) {
                Instant now = NOON.plus(rest.multipliedBy(i - 1L).dividedBy(20));
                Instant there = now.plus(ahead);
                any.fold(delta(there).from("i1", i).restsUntil(end.plus(ahead)).build(), now);
            }

            assertThat(any.rests(end.minusMillis(1))).isTrue();
            assertThat(any.rests(end)).isFalse();
        }
    }

    @Test
    void makeARestThatComesLateEndLaterByNoMoreThanTheDelay() {
        Instant sent = NOON.plus(AHEAD);
        fold(delta(sent).restsUntil(sent.plusSeconds(5)), NOON.plusSeconds(2));

        assertThat(statistics.state(NOON.plusSeconds(2)).cooldownUntil())
                .isEqualTo(NOON.plusSeconds(7));
    }

    @Test
    void doNotKeepAnHonestWordOfARateLimitOut() {
        Instant there = NOON.plus(AHEAD);
        fold(delta(there).from("ahead", 1).allows(RateLimit.REQUESTS, limit(0, there)), NOON);
        assertThat(requests(NOON)).isEqualTo(limit(0, NOON));

        Instant later = NOON.plusSeconds(2);
        fold(delta(later).from("honest", 1).allows(RateLimit.REQUESTS, limit(9, later)), later);
        assertThat(requests(later)).isEqualTo(limit(9, later));
    }

    @Test
    void moveTheTimeOfAWordAsFarAsThatOfItsReset() {
        Instant there = NOON.plus(AHEAD);
        RateLimit earlier = limit(3, there.minusMillis(150));
        fold(delta(there).allows(RateLimit.TOKENS, earlier), NOON);

        RateLimit word =
                Objects.requireNonNull(
                        RateLimit.of(statistics.state(NOON).limits(), RateLimit.TOKENS));
        assertThat(word).isEqualTo(limit(3, NOON.minusMillis(150)));
    }

    /** A call may be answered while the delta is written, after its window has ended. */
    @Test
    void takeAWordThatIsNewerThanItsWindowForOneOfNow() {
        RateLimit newer = limit(3, NOON.plusMillis(40));
        fold(delta(NOON).allows(RateLimit.REQUESTS, newer), NOON);

        assertThat(requests(NOON)).isEqualTo(limit(3, NOON));
    }

    @Test
    void leaveATimeOfResetUnstatedWhereNobodyNamedOne() {
        Instant there = NOON.plus(AHEAD);
        var word = new RateLimit(3, 10, there.toEpochMilli(), RateLimit.UNSTATED);
        fold(delta(there).allows(RateLimit.REQUESTS, word), NOON);

        assertThat(requests(NOON).resetAtMillis()).isEqualTo(RateLimit.UNSTATED);
    }

    @Test
    void doNotHideTheMinuteOfTheOthers() {
        Instant beforeTurn = NOON.plusSeconds(59);
        Instant turn = NOON.plusSeconds(60);
        fold(delta(beforeTurn).from("honest", 1).counted(NOON, 4, 50), beforeTurn);
        fold(delta(turn.plusSeconds(4)).from("ahead", 1).counted(turn, 1, 10), beforeTurn);

        assertThat(statistics.state(beforeTurn).minute()).isEqualTo(new MinuteTotal(NOON, 4, 50));
        assertThat(statistics.state(turn).minute()).isEqualTo(new MinuteTotal(turn, 1, 10));
    }

    /** What a damaged delta says is bounded, and breaks nothing. */
    @Test
    void mayBeAnyTimeAhead() {
        fold(
                delta(Instant.MAX)
                        .took(5_000)
                        .restsUntil(Instant.MAX)
                        .counted(Instant.MAX, 1, 1)
                        .allows(
                                RateLimit.REQUESTS,
                                new RateLimit(0, 1, Long.MAX_VALUE, Long.MAX_VALUE)),
                NOON);

        DeploymentState state = statistics.state(NOON);
        assertThat(state.asOf()).isEqualTo(NOON);
        assertThat(state.total().samples()).isCloseTo(1, within(1e-6));
        assertThat(state.cooldownUntil()).isEqualTo(NOON.plusSeconds(3_600));
        assertThat(state.minute()).isNull();
        assertThat(state.limits()).isNull();
    }

    private RateLimit requests(Instant now) {
        return Objects.requireNonNull(
                RateLimit.of(statistics.state(now).limits(), RateLimit.REQUESTS));
    }

    private static RateLimit limit(long remaining, Instant seen) {
        return new RateLimit(
                remaining, 10, seen.toEpochMilli(), seen.plusSeconds(60).toEpochMilli());
    }

    private void fold(DeltaBuilder delta, Instant now) {
        assertThat(statistics.fold(delta.build(), now)).isTrue();
    }
}
