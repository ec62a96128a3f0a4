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

/** What is not averaged over time: the last word of each ingress, put together. */
class FleetFiguresTest {

    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
    private static final Instant BEFORE = NOON.minus(Duration.ofMinutes(1));

    private final DeploymentStatistics statistics = new DeploymentStatistics("d1");

    @Test
    void saysNothingWhereNobodyDid() {
        fold(delta(NOON));

        DeploymentState state = statistics.state(NOON);
        assertThat(state.minute()).isNull();
        assertThat(state.slowness()).isNull();
        assertThat(state.limits()).isNull();
    }

    @Test
    void addsUpEachIngressLastWordOfTheMinute() {
        fold(delta(NOON).from("i1", 1).counted(NOON, 3, 100));
        fold(delta(NOON).from("i2", 1).counted(NOON, 4, 50));
        fold(delta(NOON.plusSeconds(1)).from("i1", 2).counted(NOON, 5, 200));

        assertThat(statistics.state(NOON.plusSeconds(1)).minute())
                .isEqualTo(new MinuteTotal(NOON, 9, 250));
    }

    @Test
    void makesGoodALostDeltaByTheNext() {
        fold(delta(NOON).from("i1", 1).counted(NOON, 3, 100));
        fold(delta(NOON.plusSeconds(2)).from("i1", 9).counted(NOON, 30, 1_000));

        assertThat(statistics.state(NOON.plusSeconds(2)).minute())
                .isEqualTo(new MinuteTotal(NOON, 30, 1_000));
    }

    @Test
    void leavesOutWhoHasNothingInTheNewestMinute() {
        fold(delta(NOON.minusSeconds(1)).from("i1", 1).counted(BEFORE, 300, 100));
        fold(delta(NOON).from("i2", 1).counted(NOON, 4, 50));

        assertThat(statistics.state(NOON).minute()).isEqualTo(new MinuteTotal(NOON, 4, 50));
    }

    @Test
    void isAsSlowAsThoseSayWhoWereHeardLast() {
        fold(delta(NOON).from("i1", 1).slow(1));
        fold(delta(NOON.plusSeconds(10)).from("i2", 1).slow(5));
        assertThat(statistics.state(NOON.plusSeconds(10)).slowness()).isCloseTo(5, within(0.01));

        fold(delta(NOON.plusSeconds(10)).from("i1", 2).slow(3));
        assertThat(statistics.state(NOON.plusSeconds(10)).slowness()).isCloseTo(4, within(0.01));
    }

    @Test
    void passesOnTheNewestRateLimitsForTwoMinutes() {
        fold(delta(NOON).from("i1", 1).allows(RateLimit.REQUESTS, limit(9, NOON)));
        fold(
                delta(NOON.plusSeconds(5))
                        .from("i2", 1)
                        .allows(RateLimit.REQUESTS, limit(2, NOON.plusSeconds(5))));
        fold(
                delta(NOON.plusSeconds(6))
                        .from("i1", 2)
                        .allows(RateLimit.REQUESTS, limit(8, NOON.plusSeconds(1))));

        DeploymentState state = statistics.state(NOON.plusSeconds(6));
        assertThat(RateLimit.of(state.limits(), RateLimit.REQUESTS))
                .isEqualTo(limit(2, NOON.plusSeconds(5)));
        assertThat(RateLimit.of(state.limits(), RateLimit.TOKENS)).isNull();
        assertThat(statistics.state(NOON.plusSeconds(126)).limits()).isNull();
    }

    @Test
    void doesNotBelieveARateLimitOfTheFarFuture() {
        fold(delta(NOON).allows(RateLimit.TOKENS, limit(0, NOON.plusSeconds(86_400))));

        assertThat(statistics.state(NOON).limits()).isNull();
    }

    private static RateLimit limit(long remaining, Instant seen) {
        return new RateLimit(
                remaining, 10, seen.toEpochMilli(), seen.plusSeconds(60).toEpochMilli());
    }

    private void fold(DeltaBuilder delta) {
        assertThat(statistics.fold(delta.build(), NOON.plusSeconds(20))).isTrue();
    }
}
