package dev.sluice.ingress.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.ingress.cache.AnswerServer.ServerFailure;
import dev.sluice.ingress.cache.RedisMetrics.Lookup;
import dev.sluice.ingress.fleet.Background;
import dev.sluice.schemas.config.RedisSettings.Connection;
import dev.sluice.schemas.config.Secret;

import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * Answers in Redis. A look-up waits 50 ms at most. When Redis is silent, the first who notices
 * frees all that wait; after three failures in a row nobody asks it, until it has answered a probe
 * that nobody waits for. What is kept is written some time later.
 */
public final class RedisAnswers implements SharedAnswers {

    /** So many callers wait for Redis at once; more do without. */
    static final int MOST_WAITING = 2000;

    /**
     * So many answers are asked for at once: of what is more, one part may come without the rest.
     */
    static final int PORTION = 64;

    private static final Logger LOGGER = LoggerFactory.getLogger(RedisAnswers.class);
    private static final Duration PROBE_PAUSE = Duration.ofMillis(50);
    private static final Duration QUIET = Duration.ofSeconds(30);
    private static final Duration IDLE = Duration.ofSeconds(1);
    private static final Duration CLOSE = Duration.ofSeconds(1);
    private static final Duration CHECK = Duration.ofSeconds(1);
    private static final String PART = ":answer:";

    /** Questions lead to answers only; where these are gone they lead nowhere. */
    private static final String QUESTIONS = ":similar:";

    /** An answer from a minute ahead comes from a clock that tells nothing. */
    private static final long CLOCKS_DIFFER_MILLIS = 60_000;

    private final AnswerServer server;
    private final String prefix;
    private final String questions;
    private final List<String> probes;
    private final AnswerCodec codec;
    private final RedisMetrics metrics;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final Breaker breaker;
    private final WriteBehind writes;
    private final Semaphore places = new Semaphore(MOST_WAITING);
    private final Set<Asking> waiting = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isSweepWanted = new AtomicBoolean();
    private final Background probing =
            new Background("sluice-cache-redis", PROBE_PAUSE, this::probe);
    private final Background sweeping =
            new Background("sluice-cache-sweep", PROBE_PAUSE.multipliedBy(4), this::sweep);

    /** Of a Redis that comes and goes only the first is told, until it has been quiet. */
    private volatile boolean isNews = true;

    private volatile long toldNanos;
    private boolean isTold;

    /** One who waits, for one portion or several. */
    private record Asking(List<CompletableFuture<List<byte @Nullable []>>> portions) {

        /** Waits no longer; false if it did not wait any more. */
        boolean free() {
            boolean isFreed = false;
            for (CompletableFuture<?> portion : portions) {
                // A future that is cancelled already says so again.
                isFreed |= !portion.isDone() && portion.cancel(false);
            }
            return isFreed;
        }
    }

    /**
     * How answers are kept.
     *
     * @param prefix what names in Redis begin with
     * @param seal what all gateways of a fleet know, null for nothing
     * @param portion changes written at once
     */
    public record Keeping(String prefix, @Nullable Secret seal, int portion) {}

    /** Connects once started. */
    public RedisAnswers(Connection servers, Keeping keeping, MeterRegistry registry) {
        this(
                new RedissonServer(servers),
                keeping,
                new RedisMetrics(registry),
                InstantSource.system(),
                System::nanoTime);
    }

    RedisAnswers(
            AnswerServer server,
            Keeping keeping,
            RedisMetrics metrics,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.server = server;
        this.prefix = keeping.prefix() + PART;
        this.questions = keeping.prefix() + QUESTIONS;
        this.probes = server.probes(prefix + "probe");
        this.codec = new AnswerCodec(keeping.seal());
        this.metrics = metrics;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.breaker = new Breaker(nanoTime);
        this.toldNanos = nanoTime.getAsLong() - QUIET.toNanos();
        this.writes =
                new WriteBehind(
                        server,
                        codec,
                        this::name,
                        keeping.portion(),
                        breaker::isClosed,
                        metrics,
                        clock);
        metrics.asked(breaker::isClosed);
    }

    /** Begins, with or without Redis. Returns at once. */
    public void start() {
        writes.start();
        probing.start();
        sweeping.start();
    }

    /** Whether Redis is asked. */
    public boolean isThere() {
        return breaker.isClosed();
    }

    private String name(AnswerKey key) {
        return prefix + key.text();
    }

    @Override
    public List<@Nullable CachedAnswer> find(List<AnswerKey> keys, Duration within) {
        if (!breaker.isClosed()) {
            return none(Lookup.AWAY, keys.size());
        }
        if (!places.tryAcquire()) {
            return none(Lookup.BUSY, keys.size());
        }
        long began = nanoTime.getAsLong();
        try {
            return find(keys, within, began);
        } finally {
            places.release();
            metrics.waited(nanoTime.getAsLong() - began);
        }
    }

    private List<@Nullable CachedAnswer> find(List<AnswerKey> keys, Duration within, long began) {
        List<CompletableFuture<List<byte @Nullable []>>> asked = new ArrayList<>();
        for (int from = 0; from < keys.size(); from += PORTION) {
            asked.add(server.find(names(portion(keys, from))));
        }
        var asking = new Asking(asked);
        waiting.add(asking);
        try {
            if (!breaker.isClosed()) {
                // Who opened it may have looked before this one waited.
                asking.free();
            }
            return awaited(keys, asked, within, began);
        } finally {
            waiting.remove(asking);
            asking.free();
        }
    }

    private static List<AnswerKey> portion(List<AnswerKey> keys, int from) {
        return keys.subList(from, Math.min(keys.size(), from + PORTION));
    }

    private List<String> names(List<AnswerKey> keys) {
        List<String> names = new ArrayList<>(keys.size());
        keys.forEach(key -> names.add(name(key)));
        return names;
    }

    /** What came in time. What did not is a failure of the server's only if nothing did. */
    private List<@Nullable CachedAnswer> awaited(
            List<AnswerKey> keys,
            List<CompletableFuture<List<byte @Nullable []>>> asked,
            Duration within,
            long began) {
        List<@Nullable CachedAnswer> answers = new ArrayList<>(keys.size());
        boolean isAnswered = false;
        boolean isLate = false;
        boolean isRefused = false;
        for (CompletableFuture<List<byte @Nullable []>> one : asked) {
            List<AnswerKey> portion = portion(keys, answers.size());
            long left = within.toNanos() - (nanoTime.getAsLong() - began);
            try {
                answers.addAll(decoded(portion, one.get(Math.max(0, left), TimeUnit.NANOSECONDS)));
                breaker.answered();
                isAnswered = true;
            } catch (TimeoutException e) {
                isLate = true;
                answers.addAll(none(Lookup.LATE, portion.size()));
            } catch (CancellationException e) {
                answers.addAll(none(Lookup.LATE, portion.size()));
            } catch (ExecutionException e) {
                LOGGER.atTrace().setCause(e).log("Redis did not answer");
                isRefused = true;
                answers.addAll(none(Lookup.FAILED, portion.size()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                answers.addAll(none(Lookup.LATE, keys.size() - answers.size()));
                return answers;
            }
        }
        // Done with, so that it does not count as another's.
        asked.forEach(one -> one.cancel(false));
        // Who had less time than others cannot say that the server was silent.
        if (!isAnswered && isLate && within.compareTo(LONGEST_WAIT) >= 0) {
            silent(began);
        } else if (!isAnswered && isRefused) {
            failed(1);
        }
        return answers;
    }

    /** One waited in vain. If nobody was answered meanwhile, nobody else needs to wait as long. */
    private void silent(long began) {
        int askers = 1;
        if (breaker.isSilentSince(began)) {
            for (Asking other : waiting) {
                askers += other.free() ? 1 : 0;
            }
        }
        failed(askers);
    }

    private void failed(int askers) {
        if (breaker.failed(askers)) {
            waiting.forEach(Asking::free);
            isNews = nanoTime.getAsLong() - toldNanos >= QUIET.toNanos();
            toldNanos = nanoTime.getAsLong();
            LOGGER.atLevel(isNews ? Level.WARN : Level.DEBUG)
                    .log("Redis does not answer: answers are kept in process meanwhile");
        }
    }

    private List<@Nullable CachedAnswer> decoded(
            List<AnswerKey> keys, List<byte @Nullable []> found) {
        List<@Nullable CachedAnswer> answers = new ArrayList<>(keys.size());
        for (int i = 0; i < keys.size(); i++) {
            byte[] bytes = found.get(i);
            CachedAnswer answer = bytes == null ? null : codec.decode(keys.get(i), bytes);
            if (answer != null && answer.askedAtMillis() - clock.millis() > CLOCKS_DIFFER_MILLIS) {
                answer = null;
            }
            metrics.lookedUp(
                    bytes == null ? Lookup.MISS : answer == null ? Lookup.UNREADABLE : Lookup.HIT,
                    1);
            answers.add(answer);
        }
        return answers;
    }

    private List<@Nullable CachedAnswer> none(Lookup why, int count) {
        metrics.lookedUp(why, count);
        return Collections.nCopies(count, null);
    }

    @Override
    public List<@Nullable CachedAnswer> withheld(int count) {
        return none(Lookup.BEHIND, count);
    }

    @Override
    public void store(AnswerKey key, CachedAnswer answer) {
        writes.add(key, answer);
    }

    @Override
    public void remove(List<AnswerKey> keys) {
        keys.forEach(key -> writes.add(key, null));
    }

    @Override
    public void removeAll() {
        isSweepWanted.set(true);
    }

    /** Whether Redis would answer: while nobody asks it, and when nobody has for a second. */
    void probe() throws InterruptedException {
        if (probing.isClosing()) {
            return;
        }
        if (breaker.isProbeDue()) {
            String failure = failureOfProbe();
            if (breaker.probed(failure == null)) {
                LOGGER.atLevel(isNews ? Level.INFO : Level.DEBUG).log("answers are kept in Redis");
                isTold = false;
            } else if (failure != null && !isTold && isNews) {
                LOGGER.atWarn()
                        .addKeyValue("error", failure)
                        .log("Redis cannot be asked for answers; it is tried again and again");
                isTold = true;
            }
        } else if (breaker.isClosed()
                && breaker.isSilentSince(nanoTime.getAsLong() - IDLE.toNanos())) {
            if (failureOfProbe() == null) {
                breaker.answered();
            } else {
                failed(1);
            }
        }
    }

    /**
     * Null where Redis answers in time: in a cluster, for more than half of its slots. What single
     * servers of it fail to do costs the calls that ask them, and is theirs to tell.
     */
    private @Nullable String failureOfProbe() throws InterruptedException {
        List<CompletableFuture<?>> asked = new ArrayList<>();
        try {
            server.connect();
            long began = nanoTime.getAsLong();
            probes.forEach(name -> asked.add(server.find(List.of(name))));
            int answered = 0;
            String failure = "no answer";
            for (CompletableFuture<?> one : asked) {
                long left = LONGEST_WAIT.toNanos() - (nanoTime.getAsLong() - began);
                try {
                    one.get(Math.max(0, left), TimeUnit.NANOSECONDS);
                    answered++;
                } catch (ExecutionException e) {
                    Throwable cause = e.getCause();
                    failure = cause == null ? e.toString() : cause.getClass().getSimpleName();
                } catch (TimeoutException e) {
                    failure = "no answer in time";
                }
            }
            return 2 * answered > probes.size() ? null : failure;
        } catch (ServerFailure e) {
            return String.valueOf(e.getMessage());
        } finally {
            asked.forEach(one -> one.cancel(false));
        }
    }

    private void sweep() throws InterruptedException {
        if (sweeping.isClosing() || !breaker.isClosed() || !isSweepWanted.getAndSet(false)) {
            return;
        }
        try {
            LOGGER.atInfo()
                    .addKeyValue("removed", server.sweep(prefix))
                    .addKeyValue("questions", server.sweep(questions))
                    .log("answers were removed from Redis");
        } catch (ServerFailure e) {
            // None of them is given any more: that they still lie there costs memory alone.
            isSweepWanted.set(true);
            LOGGER.atDebug().setCause(e).log("answers could not be removed from Redis");
        }
    }

    /** Whether Redis takes a value and gives it back, within a second. Asks it in any case. */
    boolean check() {
        String name = prefix + "check";
        byte[] value = UUID.randomUUID().toString().getBytes(UTF_8);
        try {
            server.change(List.of(new AnswerServer.Change(name, value, CHECK.toMillis())))
                    .get(CHECK.toMillis(), TimeUnit.MILLISECONDS);
            byte[] found =
                    server.find(List.of(name))
                            .get(CHECK.toMillis(), TimeUnit.MILLISECONDS)
                            .getFirst();
            return Arrays.equals(value, found);
        } catch (ExecutionException | TimeoutException e) {
            LOGGER.atDebug().setCause(e).log("Redis failed a check");
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * What Redis says of itself, by the address of each server.
     *
     * @throws ServerFailure if it cannot be asked
     */
    Map<String, Map<String, String>> information() throws ServerFailure {
        return server.information();
    }

    /** Writes what waits, within a second, and leaves Redis. */
    @Override
    public void close() {
        probing.beginClose();
        sweeping.beginClose();
        writes.close();
        server.close();
        probing.close(CLOSE);
        sweeping.close(CLOSE);
    }
}
