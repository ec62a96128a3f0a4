package dev.sluice.ingress.cache;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Up to when a topic has been read. A poll that finds nothing does not tell whether there was
 * anybody to ask, so the broker is asked for the topic's end; when reading has come there, all that
 * was written before the question is known. One thread reads and tells; others ask.
 */
final class TopicHearing {

    private static final Logger LOGGER = LoggerFactory.getLogger(TopicHearing.class);
    private static final Duration BETWEEN_QUESTIONS = Duration.ofSeconds(1);
    private static final Duration ANSWER = Duration.ofSeconds(2);

    private final LongSupplier nanoTime;
    private Map<TopicPartition, Long> ends = Map.of();
    private long askedNanos;
    private volatile long knownNanos;
    private volatile boolean isKnown;

    /** Nothing is known yet. */
    TopicHearing(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.askedNanos = nanoTime.getAsLong();
    }

    /** Reading begins, or begins anew; its end was asked for just now. */
    void opened() {
        ends = Map.of();
        askedNanos = nanoTime.getAsLong();
    }

    /** What was there when reading began has been read. */
    void caughtUp() {
        known(askedNanos);
    }

    /** A poll is over. */
    void polled(Consumer<?, ?> open, List<TopicPartition> partitions) {
        try {
            if (ends.isEmpty()
                    && nanoTime.getAsLong() - askedNanos >= BETWEEN_QUESTIONS.toNanos()) {
                long asking = nanoTime.getAsLong();
                ends = open.endOffsets(partitions, ANSWER);
                askedNanos = asking;
            }
            if (!ends.isEmpty() && isAt(open)) {
                ends = Map.of();
                known(askedNanos);
            }
        } catch (TimeoutException e) {
            LOGGER.atTrace().setCause(e).log("Kafka does not say where a topic ends");
        }
    }

    private boolean isAt(Consumer<?, ?> open) {
        return ends.entrySet().stream()
                .allMatch(end -> open.position(end.getKey(), ANSWER) >= end.getValue());
    }

    private void known(long nanos) {
        knownNanos = nanos;
        isKnown = true;
    }

    /** Whether all is known that was written until so long ago. */
    boolean isWithin(Duration age) {
        return isKnown && nanoTime.getAsLong() - knownNanos <= age.toNanos();
    }
}
