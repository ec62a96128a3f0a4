package dev.sluice.ingress.capacity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.schemas.config.QueueSettings;
import dev.sluice.schemas.config.QueueSettings.Learned;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Waiting with threads; nothing here is woken by a tick unless the test does it. */
class GroupQueueTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Set<String> ONE = Set.of("one");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicInteger waitingAnywhere = new AtomicInteger();
    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1_000_000_000L);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void whoWaitsIsLetInWhenACallEnds() throws Exception {
        GroupQueue queue = queue(10, LONG);
        var slots = new Semaphore(0);
        Future<Waited> waiting = enter(queue, "a", slots);
        slots.release();
        queue.ended("one");

        assertThat(waiting.get()).isEqualTo(new Waited.Entered());
        assertThat(queue.waiting()).isZero();
        assertThat(waitingAnywhere).hasValue(0);
    }

    @Test
    void lastsAsLongAsSomebodyWaitsAndThenTakesNobody() throws Exception {
        GroupQueue queue = queue(10, LONG);
        var slots = new Semaphore(0);
        Future<Waited> waiting = enter(queue, "a", slots);
        assertThat(queue.retire()).isFalse();
        slots.release();
        queue.ended("one");
        assertThat(waiting.get()).isEqualTo(new Waited.Entered());

        assertThat(queue.retire()).isTrue();
        var late = new Asking(ONE, "a", 1, 1, Long.MAX_VALUE);
        assertThat(queue.await(late, () -> null))
                .isEqualTo(new Waited.Refused(Duration.ofSeconds(1)));
        assertThat(waitingAnywhere).hasValue(0);
    }

    @Test
    void servesTenantsInTurnsWhateverTheOrderOfComing() throws Exception {
        GroupQueue queue = queue(100, LONG);
        var slots = new Semaphore(0);
        List<String> served = Collections.synchronizedList(new ArrayList<>());
        List<Future<Waited>> all = new ArrayList<>();
        for (String tenant : List.of("a", "a", "a", "a", "a", "a", "b", "b", "b")) {
            all.add(enter(queue, tenant, () -> slots.tryAcquire() && served.add(tenant)));
        }
        for (int i = 1; i <= 9; i++) {
            slots.release();
            queue.ended("one");
            int count = i;
            await().until(() -> served.size() == count);
        }
        for (Future<Waited> each : all) {
            assertThat(each.get()).isEqualTo(new Waited.Entered());
        }
        assertThat(served.subList(0, 6)).containsExactly("a", "b", "a", "b", "a", "b");
    }

    @Test
    void oneMoreThanMayWaitIsRefusedAtOnce() throws Exception {
        GroupQueue queue = queue(2, LONG);
        var slots = new Semaphore(0);
        var _ = enter(queue, "a", slots);
        var _ = enter(queue, "a", slots);

        Waited third = queue.await(asking("b", LONG), () -> Duration.ZERO);

        assertThat(third)
                .isInstanceOfSatisfying(
                        Waited.Refused.class,
                        refused ->
                                assertThat(refused.retryAfter())
                                        .isGreaterThanOrEqualTo(Duration.ofSeconds(1)));
        assertThat(refused("full")).isEqualTo(1);
    }

    @Test
    void bodiesThatAreHeldAreBoundedToo() throws Exception {
        GroupQueue queue =
                new GroupQueue(
                        new QueueSettings(100, 250, LONG, Learned.SPILL),
                        new QueueMetrics(registry).of("g"),
                        clock::get,
                        waitingAnywhere);
        var slots = new Semaphore(0);
        Future<Waited> first = enter(queue, "a", slots);
        var _ = enter(queue, "a", slots);

        assertThat(queue.await(asking("b", LONG), () -> Duration.ZERO))
                .isInstanceOf(Waited.Refused.class);
        slots.release();
        queue.ended("one");
        first.get();
        var _ = enter(queue, "b", slots);
    }

    @Test
    void whoCannotBeServedInTimeIsRefusedAtOnceAndToldWhen() throws Exception {
        GroupQueue queue = queue(100, LONG);
        var slots = new Semaphore(0);
        for (int i = 0; i < 30; i++) {
            var _ = enter(queue, "a", slots);
        }
        // One a second.
        for (int i = 1; i <= 10; i++) {
            clock.addAndGet(1_000_000_000L);
            slots.release();
            queue.ended("one");
            int left = 30 - i;
            await().until(() -> queue.waiting() == left);
        }
        Waited late = queue.await(asking("a", Duration.ofSeconds(5)), () -> Duration.ZERO);

        assertThat(late)
                .isInstanceOfSatisfying(
                        Waited.Refused.class,
                        refused ->
                                assertThat(refused.retryAfter())
                                        .isBetween(Duration.ofSeconds(15), Duration.ofSeconds(30)));
        assertThat(refused("too_long")).isEqualTo(1);
        // Another tenant's comes second.
        var _ = enter(queue, "b", slots, Duration.ofSeconds(5));
    }

    @Test
    void whoHasWaitedLongEnoughIsRefused() throws Exception {
        GroupQueue queue =
                new GroupQueue(
                        new QueueSettings(10, 1_000, Duration.ofMillis(100), Learned.SPILL),
                        new QueueMetrics(registry).of("g"),
                        System::nanoTime,
                        waitingAnywhere);
        long before = System.nanoTime();
        Waited waited =
                queue.await(
                        new Asking(ONE, "a", 1, 1, before + LONG.toNanos()), () -> Duration.ZERO);

        assertThat(waited).isEqualTo(new Waited.Refused(Duration.ofSeconds(1)));
        assertThat(System.nanoTime() - before).isGreaterThan(90_000_000L);
        assertThat(refused("timeout")).isEqualTo(1);
        assertThat(waitingAnywhere).hasValue(0);
    }

    @Test
    void whoLearnsThatThereWillBeNoRoomInTimeDoesNotWait() {
        GroupQueue queue = queue(10, LONG);

        Waited waited = queue.await(asking("a", LONG), () -> Duration.ofSeconds(50));

        assertThat(waited).isEqualTo(new Waited.Refused(Duration.ofSeconds(50)));
    }

    @Test
    void roomThatNobodyTellsOfIsFoundByATick() throws Exception {
        GroupQueue queue = queue(10, LONG);
        var slots = new Semaphore(0);
        Future<Waited> waiting = enter(queue, "a", slots);
        slots.release();
        queue.tick();

        assertThat(waiting.get()).isEqualTo(new Waited.Entered());
    }

    @Test
    void whoIsFirstAndWantsOtherDeploymentsStopsNobody() throws Exception {
        GroupQueue queue = queue(10, LONG);
        var slots = new Semaphore(0);
        Future<Waited> first =
                start(queue, new Asking(Set.of("other"), "a", 1, 1, soon()), new Semaphore(0));
        Future<Waited> second = enter(queue, "a", slots);
        assertThat(queue.isAwaited(ONE)).isTrue();
        assertThat(queue.isAwaited(Set.of("third"))).isFalse();
        slots.release();
        queue.ended("one");

        assertThat(second.get()).isEqualTo(new Waited.Entered());
        assertThat(first).isNotDone();
    }

    @Test
    void aTryThatFailsOnItsOwnAccountLetsTheNextOneTry() throws Exception {
        GroupQueue queue = queue(10, LONG);
        var slots = new Semaphore(0);
        Future<Waited> broken =
                enter(
                        queue,
                        "a",
                        () -> {
                            if (slots.availablePermits() > 0) {
                                throw new IllegalStateException("a bug");
                            }
                            return false;
                        });
        Future<Waited> next = enter(queue, "a", slots);
        slots.release();
        queue.ended("one");

        assertThat(next.get()).isEqualTo(new Waited.Entered());
        assertThat(broken).failsWithin(Duration.ofSeconds(5));
        assertThat(queue.waiting()).isZero();
        assertThat(waitingAnywhere).hasValue(0);
    }

    @Test
    void closingSendsEverybodyAwayAtOnce() throws Exception {
        GroupQueue queue = queue(10, LONG);
        List<Future<Waited>> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(enter(queue, "a", new Semaphore(0)));
        }
        queue.close();

        for (Future<Waited> each : all) {
            assertThat(each.get()).isEqualTo(new Waited.Closed());
        }
        assertThat(queue.await(asking("a", LONG), () -> null)).isEqualTo(new Waited.Closed());
    }

    /** Twelve callers of four places, without a tick: a lost wake-up would last half a minute. */
    @RepeatedTest(5)
    void noWakeUpIsEverLost() throws Exception {
        var queue =
                new GroupQueue(
                        new QueueSettings(200, 1_000_000, LONG, Learned.SPILL),
                        new QueueMetrics(registry).of("g"),
                        System::nanoTime,
                        waitingAnywhere);
        var slots = new Semaphore(4);
        var inside = new AtomicInteger();
        var most = new AtomicInteger();
        List<Callable<Integer>> callers = new ArrayList<>();
        for (int caller = 0; caller < 12; caller++) {
            String tenant = "tenant" + caller % 3;
            callers.add(() -> {
                int entered = 0;
                for (int i = 0; i < 1_000; i++) {
                    long useless =
                            System.nanoTime()
                                    + (i % 10 == 0
                                            ? ThreadLocalRandom.current().nextInt(200_000)
                                            : LONG.toNanos());
                    boolean isIn =
                            (!queue.isAwaited(ONE) && slots.tryAcquire())
                                    || queue.await(
                                                    new Asking(ONE, tenant, 1 + i % 7, 1, useless),
                                                    () -> slots.tryAcquire() ? null : Duration.ZERO)
                                            instanceof Waited.Entered;
                    if (isIn) {
                        entered++;
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(50_000));
                        inside.decrementAndGet();
                        slots.release();
                        if (waitingAnywhere.get() > 0) {
                            queue.ended("one");
                        }
                    } else {
                        assertThat(i % 10).as("who had time was served").isZero();
                    }
                }
                return entered;
            });
        }
        long before = System.nanoTime();
        int served = 0;
        for (Future<Integer> each : threads.invokeAll(callers)) {
            served += each.get();
        }

        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(20));
        assertThat(served).isBetween(10_800, 12_000);
        assertThat(most).hasValueLessThanOrEqualTo(4);
        assertThat(queue.waiting()).isZero();
        assertThat(waitingAnywhere).hasValue(0);
        assertThat(slots.availablePermits()).isEqualTo(4);
    }

    private GroupQueue queue(int most, Duration timeout) {
        return new GroupQueue(
                new QueueSettings(most, 1_000_000, timeout, Learned.SPILL),
                new QueueMetrics(registry).of("g"),
                clock::get,
                waitingAnywhere);
    }

    private long soon() {
        return clock.get() + LONG.toNanos();
    }

    private Asking asking(String tenant, Duration left) {
        return new Asking(ONE, tenant, 100, 100, clock.get() + left.toNanos());
    }

    private Future<Waited> enter(GroupQueue queue, String tenant, Semaphore slots)
            throws Exception {
        return start(queue, asking(tenant, LONG), slots);
    }

    private Future<Waited> enter(GroupQueue queue, String tenant, Semaphore slots, Duration left)
            throws Exception {
        return start(queue, asking(tenant, left), slots);
    }

    private Future<Waited> enter(GroupQueue queue, String tenant, Callable<Boolean> isIn)
            throws Exception {
        return start(queue, asking(tenant, LONG), isIn);
    }

    private Future<Waited> start(GroupQueue queue, Asking asking, Semaphore slots)
            throws Exception {
        return start(queue, asking, slots::tryAcquire);
    }

    /** Begins to wait, and comes back when the call waits and its first try was in vain. */
    private Future<Waited> start(GroupQueue queue, Asking asking, Callable<Boolean> isIn)
            throws Exception {
        var tries = new AtomicInteger();
        int before = queue.waiting();
        Future<Waited> waiting =
                threads.submit(() ->
                        queue.await(
                                asking,
                                () -> {
                                    try {
                                        return isIn.call() ? null : Duration.ZERO;
                                    } catch (RuntimeException e) {
                                        throw e;
                                    } catch (Exception e) {
                                        throw new IllegalStateException(e);
                                    } finally {
                                        tries.incrementAndGet();
                                    }
                                }));
        await().until(() -> queue.waiting() == before + 1);
        return waiting;
    }

    private double refused(String reason) {
        return registry.get("sluice_queue_refused").tag("reason", reason).counter().count();
    }
}
