package dev.sluice.ingress.cache;

import dev.sluice.ingress.cache.AnswerServer.Change;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * What is to be written to the server, in the order in which it came. One thread writes it; who
 * adds something never waits. What finds the queue full is dropped, and so is a portion that the
 * server does not take: the answer is asked for once more then. While the server is away, what is
 * there waits.
 */
final class WriteBehind implements AutoCloseable {

    /** So many changes wait, and no more. */
    static final int MOST_CHANGES = 10_000;

    /** So many bytes of answers wait, about, and no more. */
    static final long MOST_BYTES = 32 << 20;

    private static final Logger LOGGER = LoggerFactory.getLogger(WriteBehind.class);
    private static final Duration TAKEN = Duration.ofSeconds(2);
    private static final Duration AWAY_PAUSE = Duration.ofMillis(50);
    private static final Duration LAST = Duration.ofMillis(500);
    private static final long PORTION_BYTES = 4 << 20;
    private static final int OVERHEAD_BYTES = 250;

    private final AnswerServer server;
    private final AnswerCodec codec;
    private final Names names;
    private final int portion;
    private final BooleanSupplier isThere;
    private final RedisMetrics metrics;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition some = lock.newCondition();
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private final Thread writer =
            Thread.ofPlatform().daemon().name("sluice-cache-writer").unstarted(this::run);

    private long bytes;
    private boolean isClosing;

    /** The name under which the server keeps an answer. */
    @FunctionalInterface
    interface Names {
        String of(AnswerKey key);
    }

    /** An answer to be kept, or none: to be removed. */
    private record Waiting(AnswerKey key, @Nullable CachedAnswer answer) {
        long bytes() {
            return (long) OVERHEAD_BYTES + (answer == null ? 0 : answer.bytes().length);
        }
    }

    /**
     * Writes nothing before {@link #start}.
     *
     * @param portion changes in one round trip, at most
     * @param isThere whether the server can be written to
     */
    WriteBehind(
            AnswerServer server,
            AnswerCodec codec,
            Names names,
            int portion,
            BooleanSupplier isThere,
            RedisMetrics metrics,
            InstantSource clock) {
        this.server = server;
        this.codec = codec;
        this.names = names;
        this.portion = portion;
        this.isThere = isThere;
        this.metrics = metrics;
        this.clock = clock;
        metrics.waiting(this::size, this::bytes);
    }

    void start() {
        writer.start();
    }

    /** Takes an answer to be kept; null to be removed. Never waits for the server. */
    void add(AnswerKey key, @Nullable CachedAnswer answer) {
        var waiting = new Waiting(key, answer);
        lock.lock();
        try {
            if (isClosing || queue.size() >= MOST_CHANGES || bytes + waiting.bytes() > MOST_BYTES) {
                metrics.dropped(1);
                return;
            }
            queue.add(waiting);
            bytes += waiting.bytes();
            some.signal();
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return queue.size();
        } finally {
            lock.unlock();
        }
    }

    long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            for (List<Waiting> taken = take(); !taken.isEmpty(); taken = take()) {
                try {
                    write(taken);
                } catch (RuntimeException e) {
                    metrics.notTaken(taken.size());
                    LOGGER.atError().setCause(e).log("answers could not be written");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for something that can be written; nothing means the end. */
    private List<Waiting> take() throws InterruptedException {
        lock.lock();
        try {
            while (!isClosing && (queue.isEmpty() || !isThere.getAsBoolean())) {
                if (queue.isEmpty()) {
                    some.await();
                } else if (some.awaitNanos(AWAY_PAUSE.toNanos()) <= 0) {
                    LOGGER.atTrace().log("answers wait for the server");
                }
            }
            List<Waiting> taken = new ArrayList<>();
            long size = 0;
            while (!queue.isEmpty()
                    && taken.size() < portion
                    && size < PORTION_BYTES
                    && isThere.getAsBoolean()) {
                Waiting next = queue.remove();
                size += next.bytes();
                taken.add(next);
            }
            bytes -= size;
            return taken;
        } finally {
            lock.unlock();
        }
    }

    private void write(List<Waiting> taken) throws InterruptedException {
        List<Change> changes = new ArrayList<>(taken.size());
        for (Waiting waiting : taken) {
            Change change = changeOrNull(waiting);
            if (change == null) {
                metrics.dropped(1);
            } else {
                changes.add(change);
            }
        }
        if (changes.isEmpty()) {
            return;
        }
        try {
            server.change(changes).get(TAKEN.toMillis(), TimeUnit.MILLISECONDS);
            metrics.written(changes.size());
        } catch (ExecutionException | TimeoutException e) {
            // How the server fares is for those to tell who look answers up.
            metrics.notTaken(changes.size());
            LOGGER.atDebug().setCause(e).log("answers could not be written");
        }
    }

    /** One that cannot be written must not keep others from it. */
    private @Nullable Change changeOrNull(Waiting waiting) {
        try {
            return change(waiting);
        } catch (RuntimeException e) {
            LOGGER.atError().setCause(e).log("an answer cannot be written");
            return null;
        }
    }

    private @Nullable Change change(Waiting waiting) {
        CachedAnswer answer = waiting.answer();
        String name = names.of(waiting.key());
        if (answer == null) {
            return new Change(name, null, 1);
        }
        long left = answer.lifetimeMillis() - answer.ageMillis(clock.millis());
        byte[] value = left > 0 ? codec.encode(waiting.key(), answer) : null;
        return value == null ? null : new Change(name, value, left);
    }

    /** Writes what is there, for half a second at most. */
    @Override
    public void close() {
        lock.lock();
        try {
            isClosing = true;
            some.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            if (writer.isAlive() && !writer.join(LAST)) {
                writer.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            writer.interrupt();
        }
    }
}
