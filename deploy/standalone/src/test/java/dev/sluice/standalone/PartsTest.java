package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

class PartsTest {

    private final List<String> events = new CopyOnWriteArrayList<>();
    private final Parts parts = new Parts(Duration.ofSeconds(2), Duration.ofSeconds(1));

    @Test
    void drainsAllInOrderBeforeItClosesTheFirst() throws Exception {
        parts.start(Place.KAFKA, new FakePart("kafka"));
        parts.start(Place.INGRESS, new FakePart("ingress"));
        parts.start(Place.SPEND_AGGREGATOR, new FakePart("books"));
        events.clear();

        parts.close();

        assertThat(events)
                .containsExactly(
                        "drain ingress",
                        "drain books",
                        "drain kafka",
                        "close ingress",
                        "close books",
                        "close kafka");
    }

    @Test
    void closesTheOthersWhenOneFails() throws Exception {
        parts.start(Place.INGRESS, new FakePart("ingress").failingToStop());
        parts.start(Place.SPEND_AGGREGATOR, new FakePart("books"));

        parts.close();

        assertThat(events).contains("drain books", "close books");
    }

    @Test
    void closesOnlyOnce() throws Exception {
        parts.start(Place.INGRESS, new FakePart("ingress"));

        parts.close();
        parts.close();

        assertThat(events).containsOnlyOnce("close ingress");
    }

    @Test
    void sharesOneBudgetBetweenAllDrains() throws Exception {
        parts.start(Place.INGRESS, new FakePart("ingress"));
        parts.start(Place.SPEND_AGGREGATOR, new FakePart("books"));

        parts.close();

        assertThat(allowed.get()).isLessThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void closesWhatFailedToStartAndForgetsIt() {
        assertThatThrownBy(
                        () -> parts.start(Place.INGRESS, new FakePart("ingress").failingToStart()))
                .isInstanceOf(CannotStartException.class);
        assertThat(events).containsExactly("start ingress", "close ingress");
        events.clear();

        parts.close();

        assertThat(events).isEmpty();
    }

    @Test
    void refusesToStartAfterTheStop() {
        parts.close();

        assertThatThrownBy(() -> parts.start(Place.INGRESS, new FakePart("kafka")))
                .isInstanceOf(CannotStartException.class)
                .hasMessageContaining("stopped");
        assertThat(events).isEmpty();
    }

    @Test
    void closesWhatWasStillStartingWhenTheStopCame() throws Exception {
        var begun = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var slow =
                new FakePart("kafka") {
                    @Override
                    public void start() throws CannotStartException {
                        super.start();
                        begun.countDown();
                        awaitQuietly(goOn);
                    }
                };
        var outcome = new AtomicReference<Exception>();
        Thread starter =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                parts.start(Place.INGRESS, slow);
                            } catch (CannotStartException e) {
                                outcome.set(e);
                            }
                        });
        begun.await();

        parts.close();
        goOn.countDown();
        starter.join();

        assertThat(events).containsExactly("start kafka", "close kafka");
        assertThat(outcome.get()).isInstanceOf(CannotStartException.class);
    }

    @Test
    void isReadyWhenAllAre() throws Exception {
        var late = new FakePart("kafka");
        late.ready = false;
        parts.start(Place.INGRESS, new FakePart("ingress"));
        parts.start(Place.KAFKA, late);

        assertThat(parts.awaitReady(Duration.ofMillis(30))).isFalse();
        assertThat(parts.notReady()).containsExactly("kafka");

        late.ready = true;
        assertThat(parts.awaitReady(Duration.ofSeconds(5))).isTrue();
    }

    @Test
    void doesNotWaitForReadinessAfterTheStop() throws Exception {
        var never = new FakePart("kafka");
        never.ready = false;
        parts.start(Place.INGRESS, never);
        Thread closer = Thread.ofPlatform().start(parts::close);

        boolean ready = parts.awaitReady(Duration.ofDays(1));
        closer.join();

        // Either it saw the stop, or nothing was left to wait for.
        assertThat(ready && !parts.isStopping()).isFalse();
    }

    private final AtomicReference<Duration> allowed = new AtomicReference<>(Duration.ZERO);

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes down what is done to it. */
    private class FakePart implements Part {

        private final String name;
        private boolean failsToStart;
        private boolean failsToStop;
        private volatile boolean ready = true;

        FakePart(String name) {
            this.name = name;
        }

        FakePart failingToStart() {
            failsToStart = true;
            return this;
        }

        FakePart failingToStop() {
            failsToStop = true;
            return this;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void start() throws CannotStartException {
            events.add("start " + name);
            if (failsToStart) {
                throw new CannotStartException("broken");
            }
        }

        @Override
        public boolean ready() {
            return ready;
        }

        @Override
        public boolean drain(Duration atMost) {
            events.add("drain " + name);
            allowed.set(atMost);
            if (failsToStop) {
                throw new IllegalStateException("cannot drain");
            }
            return true;
        }

        @Override
        public void close() {
            events.add("close " + name);
            if (failsToStop) {
                throw new IllegalStateException("cannot close");
            }
        }
    }
}
