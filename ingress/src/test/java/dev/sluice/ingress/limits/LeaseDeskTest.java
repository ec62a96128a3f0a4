package dev.sluice.ingress.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The desk with a Redis that answers as a test says. */
class LeaseDeskTest {

    private static final long LIMIT = 3;
    private static final Scope THREE =
            new Scope(ScopeKind.API_KEY, "key:a", null, null, LIMIT, null);

    private final ScriptedStore store = new ScriptedStore();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AccountLimiter limiter =
            AccountLimiter.shared(
                    store,
                    "test",
                    new BudgetCell.Context(
                            _ -> null, "run", ZoneOffset.UTC, InstantSource.system()),
                    new LimitMetrics(registry));

    /** Three ingresses of which the others hold what a test says. */
    private static final class ScriptedStore implements LeaseStore {
        volatile boolean away;
        volatile boolean garbled;
        volatile boolean losesAnswers;
        volatile long others;
        volatile long born = 1;
        volatile long stated;
        volatile long slack;
        volatile boolean othersGiveBack;
        volatile List<String> wanted = List.of();
        volatile CountDownLatch held = new CountDownLatch(0);

        @Override
        public List<?> evaluate(List<Object> keys, Object[] arguments, Duration deadline)
                throws LeaseFailure {
            if (away) {
                throw new LeaseFailure("away");
            }
            if (garbled) {
                return List.of("what?");
            }
            int cells = keys.size() - 3;
            List<Object> answer = new ArrayList<>(List.of(0L, born, 0L, 3L, 0L));
            answer.add((long) wanted.size());
            answer.addAll(wanted);
            if (cells == 0) {
                return answer;
            }
            awaitQuietly(held, deadline);
            // One cell without writers: its eleven words after five, then the asks.
            long mine = Long.parseLong(arguments[8].toString());
            stated = mine;
            if (losesAnswers) {
                throw new LeaseFailure("no answer in time");
            }
            int asks = Integer.parseInt(arguments[16].toString());
            List<Object> verdicts = new ArrayList<>();
            for (int i = 0; i < asks; i++) {
                boolean fits = mine + others < LIMIT;
                mine += fits ? 1 : 0;
                verdicts.add(fits ? 0L : othersGiveBack ? -2L : 1L);
            }
            boolean wantsSlack = !arguments[9].equals("0");
            mine += wantsSlack ? Math.min(slack, LIMIT - others - mine) : 0;
            answer.addAll(List.of(mine, others, others, 0L, 0L, 0L));
            answer.addAll(verdicts);
            return answer;
        }

        private static void awaitQuietly(CountDownLatch latch, Duration deadline)
                throws LeaseFailure {
            try {
                if (!latch.await(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
                    throw new LeaseFailure("no answer in time");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new LeaseFailure("interrupted");
            }
        }

        @Override
        public void close() {}
    }

    @AfterEach
    void close() {
        limiter.close();
    }

    private Admission admit() {
        return limiter.admit(Claim.of(List.of(THREE), 1, 1));
    }

    private void awaitConnected() {
        await().atMost(Duration.ofSeconds(5)).until(limiter::isShared);
    }

    private double decided(String by) {
        return registry.get("sluice_limit_decisions").tag("by", by).counter().count();
    }

    @Test
    void asksForWhatItHasNotAndRefusesWhatOthersHold() {
        awaitConnected();
        store.others = 1;

        assertThat(admit()).isInstanceOf(Admission.Admitted.class);
        assertThat(admit()).isInstanceOf(Admission.Admitted.class);
        assertThat(admit()).isInstanceOf(Admission.Refused.class);

        assertThat(decided("redis")).isEqualTo(3);
    }

    @Test
    void doesNotAskAgainRightAfterARefusal() {
        awaitConnected();
        store.others = 3;
        assertThat(admit()).isInstanceOf(Admission.Refused.class);

        assertThat(admit()).isInstanceOf(Admission.Refused.class);

        assertThat(decided("here")).isEqualTo(1);
    }

    @Test
    void keepsToItsShareWhileRedisIsAwayAndNeverWaits() {
        awaitConnected();
        assertThat(admit()).isInstanceOf(Admission.Admitted.class);
        store.away = true;
        await().until(() -> !limiter.isShared());
        long startedNanos = System.nanoTime();

        int admitted = 0;
        for (int i = 0; i < 10; i++) {
            admitted += admit() instanceof Admission.Admitted ? 1 : 0;
        }

        // Of two that were free, one is this ingress' share: a third of two, but never nothing.
        assertThat(admitted).isEqualTo(1);
        assertThat(decided("share")).isEqualTo(10);
        assertThat(System.nanoTime() - startedNanos).isLessThan(LeaseDesk.DEADLINE.toNanos());
    }

    @Test
    void statesWhatItHoldsBeforeItIsSharedAgain() {
        awaitConnected();
        admit();
        store.away = true;
        await().until(() -> !limiter.isShared());
        assertThat(admit()).isInstanceOf(Admission.Admitted.class);
        store.stated = 0;

        store.away = false;

        awaitConnected();
        assertThat(store.stated).isEqualTo(2);
    }

    @Test
    void statesWhatItHoldsToARedisThatHasForgotten() {
        awaitConnected();
        admit();
        admit();
        await().until(() -> store.stated == 2);
        store.stated = 0;

        store.born = 2;

        await().atMost(Duration.ofSeconds(5)).until(() -> store.stated == 2);
    }

    @Test
    void waitsNoLongerThanTheDeadlineAndGivesBackWhatComesLate() {
        awaitConnected();
        store.held = new CountDownLatch(1);
        long startedNanos = System.nanoTime();

        Admission admission = admit();

        assertThat(Duration.ofNanos(System.nanoTime() - startedNanos))
                .isLessThan(Duration.ofMillis(500));
        assertThat(admission).isInstanceOf(Admission.Admitted.class);
        ((Admission.Admitted) admission).reservation().release();
        store.held.countDown();
        awaitConnected();
        await().until(() -> admit() instanceof Admission.Admitted);
    }

    @Test
    void takesAnAnswerThatIsNoneForNone() {
        awaitConnected();
        store.garbled = true;

        await().until(() -> !limiter.isShared());

        assertThat(admit()).isInstanceOf(Admission.Admitted.class);
        assertThat(registry.get("sluice_limit_lease_failures").counter().count()).isPositive();
    }

    @Test
    void givesBackWhatAnEndedCallHeld() {
        awaitConnected();
        store.others = 2;
        Admission admission = admit();
        assertThat(admission).isInstanceOf(Admission.Admitted.class);
        await().until(() -> store.stated == 1);

        ((Admission.Admitted) admission).reservation().settle(1, 1);

        await().atMost(Duration.ofSeconds(2)).until(() -> store.stated == 0);
    }

    @Test
    void takesNoMoreThanItsShareOfWhatItHasGivenBackThoughTheAnswerWasLost() {
        awaitConnected();
        List<Admission> admissions = List.of(admit(), admit(), admit());
        assertThat(admissions).allMatch(Admission.Admitted.class::isInstance);
        store.stated = -1;
        store.losesAnswers = true;

        for (Admission admission : admissions) {
            ((Admission.Admitted) admission).reservation().settle(1, 1);
        }
        await().until(() -> store.stated == 0);
        store.away = true;
        await().until(() -> !limiter.isShared());

        int admitted = 0;
        for (int i = 0; i < 10; i++) {
            admitted += admit() instanceof Admission.Admitted ? 1 : 0;
        }
        assertThat(admitted).isEqualTo(1);
    }

    @Test
    void statesAgainWhatItGaveBackWhileRedisWentAway() {
        awaitConnected();
        Admission admission = admit();
        assertThat(admission).isInstanceOf(Admission.Admitted.class);
        store.away = true;
        ((Admission.Admitted) admission).reservation().settle(1, 1);
        await().until(() -> !limiter.isShared());
        store.stated = -1;

        store.away = false;

        await().atMost(Duration.ofSeconds(2)).until(() -> store.stated == 0);
    }
}
