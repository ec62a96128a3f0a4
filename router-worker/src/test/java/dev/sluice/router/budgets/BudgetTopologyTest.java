package dev.sluice.router.budgets;

import static dev.sluice.router.budgets.Accounts.customer;
import static dev.sluice.router.budgets.Accounts.key;
import static dev.sluice.router.budgets.Accounts.limits;
import static dev.sluice.router.budgets.Accounts.organization;
import static dev.sluice.router.budgets.Accounts.team;
import static dev.sluice.router.budgets.Accounts.user;
import static dev.sluice.router.budgets.EventBuilder.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Account.Membership;
import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.accounts.Limits.ModelBudget;
import dev.sluice.schemas.events.BudgetState;
import dev.sluice.schemas.events.SpendEvent;

import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

@NullUnmarked // a state that is missing fails the test as well as any assertion
final class BudgetTopologyTest {

    private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");
    private static final Instant DAY = Instant.parse("2026-03-04T00:00:00Z");
    private static final String MEMBER = BudgetState.member("t1", "u1");

    @TempDir private Path directory;
    private BudgetRig rig;

    @BeforeEach
    void open() {
        rig = new BudgetRig(directory, NOON);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void tellsWhatEachAccountHasSpent() throws Exception {
        Limits daily = limits(100L, "1d", DAY);
        rig.account(key("k1", 1, daily));
        rig.account(team("t1", 1, daily));
        rig.account(user("u1", 1, daily, new Membership("t1", false, daily)));
        rig.account(organization("o1", 1, daily));
        rig.account(customer("e1", 1, daily));

        rig.spend(
                event(NOON).costs(3).team("t1").user("u1").organization("o1").endUser("e1"),
                event(NOON).costs(4).user("u1").writtenTo("j2"),
                event(NOON).costs(5).key("k2").team("t1"));

        Map<String, BudgetState> states = rig.states();
        assertThat(states)
                .containsOnlyKeys(
                        "key:k1",
                        "team:t1",
                        "user:u1",
                        MEMBER,
                        "organization:o1",
                        "customer:e1",
                        "proxy");
        assertThat(states.get("key:k1"))
                .isEqualTo(
                        new BudgetState(
                                "key:k1",
                                DAY,
                                DAY.plus(Duration.ofDays(1)),
                                7,
                                7,
                                Map.of("j1", 3L, "j2", 4L),
                                NOON.plusMillis(500)));
        assertThat(states.get("team:t1").spentPico()).isEqualTo(8);
        assertThat(states.get("user:u1").spentPico()).isEqualTo(7);
        assertThat(states.get(MEMBER).spentPico()).isEqualTo(3);
        assertThat(states.get("organization:o1").spentPico()).isEqualTo(3);
        assertThat(states.get("customer:e1").spentPico()).isEqualTo(3);
        assertThat(states.get("proxy").spentPico()).isEqualTo(12);
    }

    @Test
    void countsAnEventOnceHoweverOftenItComes() throws Exception {
        UUID request = UUID.randomUUID();
        SpendEvent first = event(NOON).of(request, 1).costs(3).build();
        SpendEvent presumed =
                event(NOON).of(request, 1).kind(SpendEvent.Kind.ESTIMATED).costs(9).build();

        rig.spend(first);
        rig.spend(first);
        rig.leap(Duration.ofHours(11));
        rig.spend(presumed);
        rig.leap(Duration.ofHours(12));
        rig.spend(first);

        assertThat(rig.states().get("proxy").totalPico()).isEqualTo(3);
        assertThat(rig.events("counted")).isEqualTo(1);
        assertThat(rig.events("repeated")).isEqualTo(3);
    }

    @Test
    void letsTheFirstOfAnAttemptWinEvenIfItCostNothing() throws Exception {
        UUID request = UUID.randomUUID();
        rig.spend(event(NOON).of(request, 1).kind(SpendEvent.Kind.VOIDED).costs(0));
        rig.spend(event(NOON).of(request, 1).costs(9));
        rig.spend(event(NOON).of(request, 2).costs(2));

        assertThat(rig.spent("proxy")).isEqualTo(2);
        assertThat(rig.events("free")).isEqualTo(1);
    }

    @Test
    void countsCorrectionsIntoThePeriodOfTheirCall() throws Exception {
        UUID request = UUID.randomUUID();
        rig.spend(event(NOON).of(request, 1).costs(9));
        rig.spend(event(NOON).of(request, 1).kind(SpendEvent.Kind.ADJUSTED).costs(-4));
        rig.spend(event(DAY.minusSeconds(1)).kind(SpendEvent.Kind.ADJUSTED).costs(-100));

        assertThat(rig.spent("proxy")).isEqualTo(5);
        assertThat(rig.states().get("proxy").totalPico()).isEqualTo(-95);
    }

    @Test
    void publishesFourStatesASecondAtMostAndAlwaysTheLast() throws Exception {
        for (int i = 0; i < 200; i++) {
            rig.spend(event(rig.now()));
            rig.advance(Duration.ofMillis(10));
        }
        assertThat(rig.published()).hasSizeBetween(7, 9);

        assertThat(rig.spent("proxy")).isEqualTo(200);
        rig.advance(Duration.ofMinutes(1));
        assertThat(rig.published()).isEmpty();
    }

    @Test
    void publishesTheFirstChargeAtOnceAndGathersWhatFollows() throws Exception {
        rig.advance(Duration.ofSeconds(1));
        rig.spend(event(NOON).costs(3));
        assertThat(rig.published())
                .extracting(state -> state.key, state -> state.value.account())
                .containsExactly(tuple("proxy", "proxy"));

        rig.spend(event(NOON).costs(4));
        rig.spend(event(NOON).costs(5));
        rig.advance(Duration.ofMillis(249));
        assertThat(rig.published()).isEmpty();
        rig.advance(Duration.ofMillis(1));

        assertThat(rig.published())
                .extracting(state -> state.value.spentPico())
                .containsExactly(12L);
    }

    @Test
    void tellsTheEndOfAPeriodWithoutAnyCall() throws Exception {
        rig.account(key("k1", 1, limits(100L, "1h", NOON.minusSeconds(9))));
        rig.spend(event(NOON).costs(3));
        assertThat(rig.spent("key:k1")).isEqualTo(3);

        rig.advance(Duration.between(rig.now(), NOON.plusSeconds(3_599)));
        assertThat(rig.published()).isEmpty();
        rig.advance(Duration.ofSeconds(2));

        assertThat(rig.published()).extracting(state -> state.key).containsExactly("key:k1");
        BudgetState state = rig.states().get("key:k1");
        assertThat(state.spentPico()).isZero();
        assertThat(state.totalPico()).isEqualTo(3);
        assertThat(state.periodStart()).isEqualTo(NOON.plusSeconds(3_600));
        assertThat(state.periodEnd()).isEqualTo(NOON.plusSeconds(7_200));
    }

    @Test
    void rollsOverWithACallThatStartedALittleAheadOfOurClock() throws Exception {
        Instant midnight = DAY.plus(Duration.ofDays(1));
        rig.leap(Duration.between(NOON, midnight.minusSeconds(4)));
        rig.spend(event(midnight.minusSeconds(5)).costs(3));
        assertThat(rig.spent("proxy")).isEqualTo(3);

        rig.spend(event(midnight).costs(4));
        rig.spend(event(midnight.minusSeconds(4)).costs(5));
        assertThat(rig.now()).isBefore(midnight);

        assertThat(rig.spent("proxy")).isEqualTo(4);
        assertThat(rig.states().get("proxy").totalPico()).isEqualTo(12);
    }

    @Test
    void doesNotLetAWrongClockEndAPeriod() throws Exception {
        rig.spend(event(NOON).costs(3));
        rig.spend(event(NOON.plus(Duration.ofDays(400))).costs(4));

        BudgetState state = rig.states().get("proxy");
        assertThat(state.spentPico()).isEqualTo(7);
        assertThat(state.periodEnd()).isEqualTo(DAY.plus(Duration.ofDays(1)));
    }

    @Test
    void followsTheAccountAsItChanges() throws Exception {
        rig.account(key("k1", 1, limits(100L, null, DAY)));
        rig.spend(event(DAY.plusSeconds(1)).costs(3));
        assertThat(rig.spent("key:k1")).isEqualTo(3);

        rig.account(key("k1", 2, limits(100L, "1h", DAY)));
        assertThat(rig.spent("key:k1")).isEqualTo(3);
        assertThat(rig.states().get("key:k1").periodEnd()).isEqualTo(NOON.plusSeconds(3_600));

        rig.account(key("k1", 3, limits(100L, "1h", rig.now(), 50L)));
        assertThat(rig.spent("key:k1")).isEqualTo(50);
        rig.spend(event(rig.now()).costs(4));
        assertThat(rig.spent("key:k1")).isEqualTo(54);
    }

    @Test
    void takesThePeriodOfASharedBudget() throws Exception {
        rig.account(key("k1", 1, limits(null, null, DAY), "b1"));
        rig.spend(event(NOON).costs(3));
        assertThat(rig.states().get("key:k1").periodEnd()).isNull();

        rig.account(new Account.Budget("b1", 1, limits(100L, "1h", NOON.plusSeconds(9), 70L)));

        BudgetState state = rig.states().get("key:k1");
        assertThat(state.periodEnd()).isEqualTo(NOON.plusSeconds(3_600));
        assertThat(state.spentPico()).isEqualTo(3);
    }

    @Test
    void keepsTheCallsThatCameBeforeTheAccountsRecord() throws Exception {
        rig.spend(event(NOON).costs(3), event(NOON).costs(4));
        assertThat(rig.states()).containsOnlyKeys("proxy");

        rig.account(key("k1", 1, limits(100L, "1d", NOON.minusSeconds(1))));

        assertThat(rig.spent("key:k1")).isEqualTo(7);
    }

    @Test
    void countsAModelApartWhereTheKeyHasABudgetForIt() throws Exception {
        rig.account(
                key("k1", 1, Accounts.withModels(DAY, Map.of("gpt-4o", new ModelBudget(9, "1h")))));

        rig.spend(
                event(NOON).costs(3).model("gpt-4o"),
                event(NOON).costs(4).model("openai/gpt-4o"),
                event(NOON).costs(5).model("gpt-4o-mini"),
                event(NOON).costs(6).model("gpt-4o").key("k2"));

        Map<String, BudgetState> states = rig.states();
        assertThat(states).containsOnlyKeys("key:k1", "key:k1:model:gpt-4o", "proxy");
        BudgetState model = states.get("key:k1:model:gpt-4o");
        assertThat(model.spentPico()).isEqualTo(7);
        assertThat(model.periodEnd()).isEqualTo(NOON.plusSeconds(3_600));
        assertThat(states.get("key:k1").spentPico()).isEqualTo(12);

        rig.account(key("k1", 2, limits(null, null, DAY)));
        assertThat(rig.states()).containsOnlyKeys("key:k1", "proxy");
    }

    @Test
    void buriesADeletedAccountAndDoesNotLetAnOldRecordBringItBack() throws Exception {
        Account old = key("k1", 1, limits(100L, "1d", DAY));
        rig.account(old);
        rig.spend(event(NOON).costs(3));
        assertThat(rig.spent("key:k1")).isEqualTo(3);

        rig.account(new Account.Deleted("key:k1", 2));
        assertThat(rig.states()).containsOnlyKeys("proxy");
        rig.account(old);
        rig.spend(event(NOON).costs(3));

        assertThat(rig.states()).containsOnlyKeys("proxy");
        assertThat(rig.records("repeated")).isEqualTo(1);
    }

    @Test
    void publishesNothingOfEndUsersThatAreOnlyNamedAndForgetsThem() throws Exception {
        rig.spend(event(NOON).endUser("e1").costs(3));
        assertThat(rig.states()).containsOnlyKeys("proxy");

        rig.leap(Duration.ofMinutes(62));
        rig.account(customer("e1", 1, limits(100L, null, DAY)));
        rig.spend(event(NOON.plusSeconds(9)).endUser("e1").costs(4));

        assertThat(rig.spent("customer:e1")).isEqualTo(4);
    }

    @Test
    void countsEveryEndUserWhereAllHaveABudget() throws Exception {
        rig.close();
        rig =
                new BudgetRig(
                        directory.resolve("2"),
                        NOON,
                        new BudgetPolicy(BudgetRig.SIGNING_KEY, ZoneOffset.UTC, null, "all"));
        rig.account(new Account.Budget("all", 1, limits(9L, "1h", DAY)));
        rig.spend(event(NOON).endUser("e1").costs(3));

        BudgetState state = rig.states().get("customer:e1");
        assertThat(state.spentPico()).isEqualTo(3);
        assertThat(state.periodEnd()).isEqualTo(NOON.plusSeconds(3_600));

        rig.account(new Account.Budget("all", 2, limits(9L, "1d", DAY)));
        assertThat(rig.states().get("customer:e1").periodEnd())
                .isEqualTo(DAY.plus(Duration.ofDays(1)));

        rig.leap(Duration.ofDays(41));
        rig.leap(Duration.ofSeconds(1));
        assertThat(rig.states()).containsOnlyKeys("proxy");
    }

    @Test
    void skipsWhatItCannotReadAndCountsIt() throws Exception {
        rig.spend("r1", "{".getBytes(StandardCharsets.UTF_8));
        rig.spend("r2", "{\"v\":1}".getBytes(StandardCharsets.UTF_8));
        rig.spend("r3", null);
        rig.spend(event(NOON).costs(3).endUser("e".repeat(100_000)));

        assertThat(rig.spent("proxy")).isEqualTo(3);
        assertThat(rig.events("unreadable")).isEqualTo(3);
        assertThat(rig.events("misnamed")).isEqualTo(1);
    }

    @Test
    void countsOnceWhateverTimeTheProducersStamp() throws Exception {
        SpendEvent first = event(NOON).costs(3).build();
        SpendEvent old = event(NOON).costs(4).build();
        SpendEvent ahead = event(NOON).costs(5).build();

        rig.spend(first);
        rig.spend(old, Instant.EPOCH);
        rig.spend(ahead, NOON.plus(Duration.ofDays(999)));
        rig.spend(first);
        rig.spend(old, Instant.EPOCH);
        rig.spend(ahead);

        assertThat(rig.spent("proxy")).isEqualTo(12);
        assertThat(rig.events("repeated")).isEqualTo(3);
    }

    @Test
    void standsStillBeforeANewerEvent() {
        byte[] newer =
                new String(Topics.SPEND.codec().encode(event(NOON).build()), StandardCharsets.UTF_8)
                        .replace("\"v\":1", "\"v\":2")
                        .getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> rig.spend("r1", newer))
                .hasRootCauseInstanceOf(dev.sluice.schemas.NewerVersionException.class)
                .hasStackTraceContaining(NewerRecordException.class.getName());
    }

    @Test
    void comesToTheSameStatesFromTheEventsAloneInAnyOrder() throws Exception {
        List<SpendEvent> events = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            events.add(
                    event(NOON.minus(Duration.ofMinutes(20L * i)))
                            .costs(i)
                            .key("k" + i % 3)
                            .team("t" + i % 2)
                            .writtenTo("j" + i % 5)
                            .build());
        }
        Map<String, BudgetState> live = replay("a", events);
        events.addAll(events.subList(0, 100));
        Collections.shuffle(events, new Random(7));

        assertThat(replay("b", events)).isEqualTo(live);
        assertThat(live).containsOnlyKeys("key:k0", "key:k1", "key:k2", "team:t0", "proxy");
        assertThat(live.get("key:k1").spentPico())
                .isEqualTo(1 + 4 + 7 + 10 + 13 + 16 + 19 + 22 + 25 + 28 + 31 + 34);
    }

    private Map<String, BudgetState> replay(String name, List<SpendEvent> events) throws Exception {
        try (var other = new BudgetRig(directory.resolve(name), NOON)) {
            for (int i = 0; i < 3; i++) {
                other.account(key("k" + i, 1, limits(100L, "1d", DAY.minusSeconds(99_999))));
            }
            other.account(team("t0", 1, limits(100L, "7d", DAY.minusSeconds(999_999), 5L)));
            events.forEach(other::spend);
            return other.states();
        }
    }
}
