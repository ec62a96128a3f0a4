package dev.sluice.ingress.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.internals.AutoOffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** By a clock and a broker of its own. */
class TopicHearingTest {

    private static final TopicPartition PARTITION = new TopicPartition("declarations", 0);
    private static final Duration AGE = Duration.ofSeconds(5);

    private final AtomicLong nanos = new AtomicLong();
    private final TopicHearing hearing = new TopicHearing(nanos::get);
    private final Broker broker = new Broker();

    /** Says where the topic ends, or nothing. */
    private static final class Broker extends MockConsumer<String, byte[]> {
        boolean isThere = true;

        Broker() {
            super(AutoOffsetResetStrategy.EARLIEST.name());
            assign(List.of(PARTITION));
            updateBeginningOffsets(Map.of(PARTITION, 0L));
            updateEndOffsets(Map.of(PARTITION, 0L));
        }

        @Override
        public synchronized Map<TopicPartition, Long> endOffsets(
                Collection<TopicPartition> partitions, Duration timeout) {
            if (!isThere) {
                throw new TimeoutException("away");
            }
            return super.endOffsets(partitions, timeout);
        }
    }

    @Test
    void knowsNothingBeforeItHasReadAll() {
        assertThat(hearing.isWithin(AGE)).isFalse();

        hearing.opened();
        assertThat(hearing.isWithin(AGE)).isFalse();
        hearing.caughtUp();

        assertThat(hearing.isWithin(AGE)).isTrue();
    }

    @Test
    void goesOnAsLongAsTheBrokerAnswers() {
        caughtUp();
        for (int second = 0; second < 20; second++) {
            pass(1);
        }
        assertThat(hearing.isWithin(Duration.ofSeconds(1))).isTrue();

        broker.isThere = false;
        for (int second = 0; second < 5; second++) {
            pass(1);
        }
        assertThat(hearing.isWithin(AGE)).isTrue();
        pass(1);
        assertThat(hearing.isWithin(AGE)).as("silent for 6 s").isFalse();

        broker.isThere = true;
        pass(1);
        assertThat(hearing.isWithin(AGE)).isTrue();
    }

    /** A broker that answers, but does not hand out what it has. */
    @Test
    void isBehindUntilItHasReadWhatIsThere() {
        caughtUp();
        broker.updateEndOffsets(Map.of(PARTITION, 7L));
        for (int second = 0; second < 6; second++) {
            pass(1);
        }
        assertThat(hearing.isWithin(AGE)).isFalse();

        broker.seek(PARTITION, 7);
        pass(0);

        assertThat(hearing.isWithin(AGE)).as("known up to when it asked").isTrue();
        assertThat(hearing.isWithin(Duration.ofSeconds(4))).isFalse();
    }

    private void caughtUp() {
        broker.seek(PARTITION, 0);
        hearing.opened();
        hearing.caughtUp();
    }

    private void pass(int seconds) {
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
        hearing.polled(broker, List.of(PARTITION));
    }
}
