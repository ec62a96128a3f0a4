package dev.sluice.ingress.similar;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.sluice.ingress.cache.AnswerKey;
import dev.sluice.ingress.fleet.Background;
import dev.sluice.ingress.similar.QuestionCodec.Kept;
import dev.sluice.ingress.similar.QuestionServer.Addition;
import dev.sluice.ingress.similar.QuestionServer.Item;
import dev.sluice.ingress.similar.QuestionServer.Place;
import dev.sluice.ingress.similar.SimilarAnswers.Asked;
import dev.sluice.schemas.config.RedisSettings.Connection;
import dev.sluice.schemas.config.Secret;
import dev.sluice.semantics.index.Scope;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * Questions in Redis, a list for each scope. Who asks in a scope fetches what was added to its list
 * since he last did, twice a second at most. After a failure nobody asks Redis for a second.
 */
public final class RedisQuestions implements SharedQuestions {

    /** So many of a scope are shared; of more the oldest are known only where they were asked. */
    static final int MOST_IN_SCOPE = 10_000;

    /** So many wait to be written; of more the newest are not shared. */
    static final int MOST_WAITING = 4_096;

    private static final Logger LOGGER = LoggerFactory.getLogger(RedisQuestions.class);
    private static final int SCOPES = 20_000;
    private static final int FETCHED_AT_ONCE = 500;
    private static final int WRITTEN_AT_ONCE = 100;
    private static final long AGAIN_NANOS = 500_000_000L;
    private static final long AWAY_NANOS = 1_000_000_000L;
    private static final Duration WRITING = Duration.ofMillis(20);
    private static final Duration WRITTEN = Duration.ofSeconds(2);
    private static final Duration CLOSE = Duration.ofSeconds(1);

    private final QuestionServer server;
    private final String prefix;
    private final QuestionCodec codec;
    private final Duration usualLifetime;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final Counter dropped;
    private final Cache<Scope, Reading> readings =
            Caffeine.newBuilder().maximumSize(SCOPES).executor(Runnable::run).build();
    private final BlockingQueue<Addition> queue = new ArrayBlockingQueue<>(MOST_WAITING);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Background writing =
            new Background("sluice-similar-writer", WRITING, this::write);

    private volatile Learner learner = (_, _, _) -> {};
    private final AtomicBoolean probing = new AtomicBoolean();
    private volatile boolean away;
    private volatile boolean isClosed;
    private volatile long askAgainNanos;

    /**
     * Connects when it is first asked.
     *
     * @param prefix what names in Redis begin with
     * @param seal what all gateways of a fleet know, null for nothing
     * @param usualLifetime how long answers are kept whose caller names no time
     */
    public RedisQuestions(
            Connection servers,
            String prefix,
            @Nullable Secret seal,
            Duration usualLifetime,
            MeterRegistry registry) {
        this(
                new RedissonQuestionServer(servers),
                prefix,
                new QuestionCodec(seal),
                usualLifetime,
                InstantSource.system(),
                System::nanoTime,
                registry);
    }

    RedisQuestions(
            QuestionServer server,
            String prefix,
            QuestionCodec codec,
            Duration usualLifetime,
            InstantSource clock,
            LongSupplier nanoTime,
            MeterRegistry registry) {
        this.server = server;
        this.prefix = prefix + ":";
        this.codec = codec;
        this.usualLifetime = usualLifetime;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.dropped =
                Counter.builder("sluice_semantic_unshared")
                        .description("Questions that other ingresses were not told of.")
                        .register(registry);
    }

    /** How far a scope was read. */
    private static final class Reading {

        private final AtomicBoolean busy = new AtomicBoolean();
        private volatile Place place = QuestionServer.BEGINNING;
        private volatile boolean everFetched;
        private volatile long fetchedNanos;
        private volatile CompletableFuture<?> learned = CompletableFuture.completedFuture(null);

        boolean isFresh(long now) {
            return everFetched && now - fetchedNanos < AGAIN_NANOS;
        }
    }

    @Override
    public void start(Learner learner) {
        this.learner = learner;
        writing.start();
    }

    @Override
    public Fetch fetch(Scope scope) {
        if (isClosed) {
            return Fetch.NOTHING;
        }
        long now = nanoTime.getAsLong();
        boolean probes = away;
        if (probes && (now - askAgainNanos < 0 || !probing.compareAndSet(false, true))) {
            return Fetch.NOTHING;
        }
        Reading reading = readings.get(scope, _ -> new Reading());
        if (!reading.isFresh(now) && reading.busy.compareAndSet(false, true)) {
            try {
                reading.learned =
                        CompletableFuture.runAsync(() -> read(scope, reading), threads)
                                .whenComplete((_, _) -> done(reading));
            } catch (RejectedExecutionException e) {
                // Closed meanwhile.
                done(reading);
            }
        } else if (probes) {
            probing.set(false);
        }
        CompletableFuture<?> learned = reading.learned;
        // While Redis is away one asks whether it is back, and nobody waits for that.
        return probes || learned.isDone() ? Fetch.NOTHING : within -> await(learned, within);
    }

    private void done(Reading reading) {
        reading.busy.set(false);
        probing.set(false);
    }

    private static void await(CompletableFuture<?> learned, Duration within) {
        try {
            learned.get(within.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOGGER.atTrace().setCause(e).log("not fetched in time");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** On a thread of its own: to the end of the list, however long it is. */
    private void read(Scope scope, Reading reading) {
        try {
            List<Item> items;
            int left = MOST_IN_SCOPE;
            do {
                items =
                        server.after(name(scope), reading.place, FETCHED_AT_ONCE)
                                .get(WRITTEN.toMillis(), TimeUnit.MILLISECONDS);
                for (Item item : items) {
                    learn(scope, item.bytes());
                    reading.place = item.place();
                }
                left -= items.size();
            } while (items.size() == FETCHED_AT_ONCE && left > 0);
            reading.fetchedNanos = nanoTime.getAsLong();
            reading.everFetched = true;
            away = false;
        } catch (ExecutionException | TimeoutException e) {
            failed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void learn(Scope scope, byte[] bytes) {
        Kept kept = codec.decode(scope, bytes);
        if (kept != null) {
            Duration left = Duration.ofMillis(kept.untilMillis() - clock.millis());
            if (left.isPositive()) {
                learner.learn(kept.asked(), kept.key(), left);
            }
        }
    }

    private void failed(Exception e) {
        askAgainNanos = nanoTime.getAsLong() + AWAY_NANOS;
        if (!away) {
            away = true;
            LOGGER.atDebug().setCause(e).log("shared questions cannot be reached");
        }
    }

    @Override
    public void tell(Asked asked, AnswerKey key, Duration lifetime) {
        if (isClosed) {
            return;
        }
        long until = clock.millis() + lifetime.toMillis();
        byte[] bytes = codec.encode(new Kept(asked, key, until));
        Duration longest = lifetime.compareTo(usualLifetime) > 0 ? lifetime : usualLifetime;
        if (!queue.offer(new Addition(name(asked.scope()), bytes, MOST_IN_SCOPE, longest))) {
            dropped.increment();
        }
    }

    private String name(Scope scope) {
        return prefix + QuestionCodec.name(scope);
    }

    /** What cannot be written is not shared: the next that is asked alike will be. */
    private void write() {
        List<Addition> portion = new ArrayList<>();
        while (queue.drainTo(portion, WRITTEN_AT_ONCE) > 0) {
            try {
                server.add(portion).get(WRITTEN.toMillis(), TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException e) {
                dropped.increment(portion.size());
                failed(e);
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            portion.clear();
        }
    }

    @Override
    public void close() {
        isClosed = true;
        writing.close(CLOSE);
        threads.shutdownNow();
        server.close();
    }
}
