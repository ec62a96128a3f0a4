package dev.sluice.ingress.cache;

import dev.sluice.ingress.fleet.TopicTail;
import dev.sluice.ingress.fleet.TopicTail.Start;
import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.CacheEvent;
import dev.sluice.schemas.events.CacheEvent.Scope;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * What of the kept answers is invalid, as {@link Topics#CACHE_EVENTS} tells it, and the way to
 * declare more. Until the topic was read once, nothing is given that was asked for before this
 * gateway began: what was declared meanwhile can only concern that. Until then, and again when
 * Kafka was not heard for five seconds, nothing that others kept is given either.
 *
 * <p>What is heard while it happens holds until now by the own clock, if that is ahead of the
 * other's: the answers that this gateway keeps are dated by its own.
 */
public final class Invalidations implements Validity, AutoCloseable {

    private static final int OWN_MOST = 10_000;

    /** Older ones are read again, after Kafka was away: they hold for what they held for. */
    private static final long NEWS_MILLIS = 300_000;

    private static final long AHEAD_MILLIS = 60_000;
    private static final Duration HEARD_WITHIN = Duration.ofSeconds(5);
    private static final Logger LOGGER = LoggerFactory.getLogger(Invalidations.class);

    private final CacheEventSender sender;
    private final InstantSource clock;
    private final Counter heard;
    private final Counter unreadable;
    private final InvalidationTable table = new InvalidationTable();
    private final long beganMillis;
    private final TopicHearing hearing;
    private final AtomicBoolean isToldCurrent = new AtomicBoolean();
    private final Map<String, Boolean> own =
            Collections.synchronizedMap(
                    new LinkedHashMap<>() {
                        private static final long serialVersionUID = 1;

                        @Override
                        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                            return size() > OWN_MOST;
                        }
                    });
    private final TopicTail tail;

    private volatile boolean caughtUp;
    private volatile Listener listener = _ -> {};

    /** Heard, and not yet told. */
    private final Map<Scope, List<String>> news = new EnumMap<>(Scope.class);

    /** What is told of declarations, beside what {@link #isInvalid} then says. */
    @FunctionalInterface
    interface Listener {

        /**
         * They hold by now.
         *
         * @param values which of each scope; none of {@link Scope#ALL}
         */
        void declared(Map<Scope, List<String>> values);
    }

    /** What became of a declaration. */
    public enum Reach {
        /** Every gateway hears of it, also those that start later. */
        EVERYWHERE,
        /** Kafka did not take it: it holds in this process, until that ends. */
        HERE
    }

    /** Knows nothing before {@link #start}. */
    public Invalidations(KafkaSettings kafka, MeterRegistry registry) {
        this(kafka, registry, InstantSource.system(), System::nanoTime);
    }

    Invalidations(
            KafkaSettings kafka,
            MeterRegistry registry,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.sender = new CacheEventSender(kafka);
        this.clock = clock;
        this.beganMillis = clock.millis();
        this.hearing = new TopicHearing(nanoTime);
        this.heard =
                Counter.builder("sluice_cache_invalidations")
                        .description("Declarations that kept answers are invalid")
                        .register(registry);
        this.unreadable =
                Counter.builder("sluice_cache_unreadable_events")
                        .description("Declarations that cannot be read: all answers are invalid")
                        .register(registry);
        Gauge.builder("sluice_cache_events_current", () -> isCurrent() ? 1 : 0)
                .description(
                        "1 while declarations are heard, 0 while nothing that others kept is given")
                .register(registry);
        this.tail =
                new TopicTail(
                        kafka, Topics.CACHE_EVENTS, "cache-events", Start.BEGINNING, new Events());
    }

    private final class Events implements TopicTail.Reader {

        @Override
        public void take(ConsumerRecord<String, byte[]> record) {
            apply(record.value(), record.timestamp());
        }

        @Override
        public void opened() {
            hearing.opened();
        }

        @Override
        public void caughtUp() {
            reachedTheEnd();
        }

        @Override
        public void polled(Consumer<String, byte[]> open, List<TopicPartition> partitions) {
            tell();
            hearing.polled(open, partitions);
        }
    }

    void listener(Listener told) {
        listener = told;
    }

    /** Begins, with or without Kafka. Returns at once. */
    public void start() {
        tail.start();
    }

    @Override
    public boolean isCurrent() {
        boolean is = hearing.isWithin(HEARD_WITHIN);
        if (is != isToldCurrent.get() && isToldCurrent.compareAndSet(!is, is)) {
            LOGGER.atLevel(is ? Level.INFO : Level.WARN)
                    .log(
                            is
                                    ? "what is declared invalid is heard: answers of others are given"
                                    : "Kafka was not heard for 5 s: no answers of others are given");
        }
        return is;
    }

    @Override
    public boolean isInvalid(AnswerKey key, CachedAnswer answer) {
        return (!caughtUp && answer.askedAtMillis() <= beganMillis) || table.isInvalid(key, answer);
    }

    /**
     * Declares answers invalid that were asked for until now. It holds here at once, and everywhere
     * when Kafka has it: that takes two seconds at most.
     *
     * @param values which of each scope; for {@link Scope#ALL} they do not matter
     * @param by who wants it: see {@link CacheEvent}
     */
    Reach declare(Map<Scope, List<String>> values, String by) {
        Instant now = clock.instant();
        List<CacheEvent> events = new ArrayList<>();
        values.forEach((scope, named) -> {
            if (scope == Scope.ALL) {
                events.add(event(now, scope, null, by));
            } else {
                named.forEach(value -> events.add(event(now, scope, value, by)));
            }
        });
        for (CacheEvent event : events) {
            own.put(event.eventId(), true);
            take(event, now.toEpochMilli());
        }
        listener.declared(values);
        return sender.send(events) ? Reach.EVERYWHERE : Reach.HERE;
    }

    private static CacheEvent event(Instant now, Scope scope, @Nullable String value, String by) {
        return CacheEvent.of(UUID.randomUUID().toString(), now, scope, value, by);
    }

    /**
     * Takes in one record of the topic. One that cannot be read may mean anything, so it means all.
     *
     * @param sentMillis when Kafka got it
     */
    void apply(byte @Nullable [] value, long sentMillis) {
        if (value == null) {
            return;
        }
        long now = clock.millis();
        try {
            CacheEvent event = Topics.CACHE_EVENTS.codec().decode(value);
            if (own.remove(event.eventId()) != null) {
                return;
            }
            add(take(event, until(now, event.at().toEpochMilli())), event.value());
        } catch (NewerVersionException | UnreadableRecordException e) {
            unreadable.increment();
            table.declare(Scope.ALL, null, until(now, sentMillis));
            add(Scope.ALL, null);
        }
    }

    private void add(Scope scope, @Nullable String value) {
        List<String> values = news.computeIfAbsent(scope, _ -> new ArrayList<>());
        if (scope != Scope.ALL && value != null) {
            values.add(value);
        }
    }

    /** Tells of all that was taken in since, at once: who listens may go through everything. */
    void tell() {
        if (!news.isEmpty()) {
            listener.declared(Map.copyOf(news));
            news.clear();
        }
    }

    private long until(long nowMillis, long saidMillis) {
        // A clock that is ahead dated its own answers ahead too; one that is far ahead means
        // nothing.
        return caughtUp && nowMillis - saidMillis < NEWS_MILLIS
                ? Math.max(nowMillis, Math.min(saidMillis, nowMillis + AHEAD_MILLIS))
                : Math.min(nowMillis, saidMillis);
    }

    private Scope take(CacheEvent event, long untilMillis) {
        heard.increment();
        Scope scope = event.scopeOrAll();
        String value = scope == Scope.ALL ? null : event.value();
        table.declare(scope, value, untilMillis);
        return scope;
    }

    /** What was declared before the start is known. */
    void reachedTheEnd() {
        caughtUp = true;
        hearing.caughtUp();
    }

    /** Stops within a second. */
    @Override
    public void close() {
        tail.close();
        sender.close();
    }
}
