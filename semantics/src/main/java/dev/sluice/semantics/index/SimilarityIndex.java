package dev.sluice.semantics.index;

import dev.sluice.semantics.guards.Fingerprint;
import dev.sluice.semantics.guards.Guard;
import dev.sluice.semantics.guards.Guards;
import dev.sluice.semantics.index.Found.Hit;
import dev.sluice.semantics.index.Found.Miss;
import dev.sluice.semantics.index.Partition.Candidate;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Values by the question that they answer. An entry is found as soon as it was added; nothing of
 * one scope is ever found in another. For all threads: look-ups take no lock, changes that of their
 * scope.
 *
 * @param <T> what is kept for a question
 */
public final class SimilarityIndex<T> {

    /** Candidates that the guards look at, at most. */
    private static final int GUARDED_MAX = 32;

    private static final int SECOND_CHANCES_MAX = 64;
    private static final int QUEUE_SLACK = 1_024;

    private final IndexBounds bounds;
    private final int dimensions;
    private final Sketch sketch;
    private final LongSupplier nanoTime;
    private final Map<Scope, Partition<T>> partitions = new ConcurrentHashMap<>();
    private final Map<String, Entry<T>> byId = new ConcurrentHashMap<>();

    /**
     * All entries, the longest unused in front; holes of removed ones are tolerated for a while.
     */
    private final Queue<Entry<T>> byAge = new ConcurrentLinkedQueue<>();

    private final AtomicInteger queued = new AtomicInteger();
    private final AtomicInteger entries = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong evicted = new AtomicLong();
    private final AtomicBoolean tidying = new AtomicBoolean();

    /** What is in it, and what had to go. */
    public record Size(int entries, int scopes, long bytes, long evicted) {}

    /**
     * An empty index.
     *
     * @param dimensions of all vectors
     * @param nanoTime as {@link System#nanoTime}
     */
    public SimilarityIndex(IndexBounds bounds, int dimensions, LongSupplier nanoTime) {
        this.bounds = bounds;
        this.dimensions = dimensions;
        this.sketch = new Sketch(dimensions);
        this.nanoTime = nanoTime;
    }

    /**
     * The nearest entry of the scope that the guards let through.
     *
     * @param vector of length 1
     * @param threshold the least cosine, above 0
     */
    public Found<T> find(Scope scope, float[] vector, Fingerprint print, double threshold) {
        return find(scope, vector, print, threshold, true);
    }

    /** The nearest entry of the scope, whatever the guards say: to measure what they are for. */
    public Found<T> findUnguarded(
            Scope scope, float[] vector, Fingerprint print, double threshold) {
        return find(scope, vector, print, threshold, false);
    }

    private Found<T> find(
            Scope scope, float[] vector, Fingerprint print, double threshold, boolean guarded) {
        Question question = question(vector, print);
        Partition<T> partition = partitions.get(scope);
        if (partition == null) {
            return new Miss<>(0, null);
        }
        double best = 0;
        Guard refusedBy = null;
        int looked = 0;
        for (Candidate<T> candidate : partition.near(question, threshold, nanoTime.getAsLong())) {
            Entry<T> entry = candidate.entry();
            Optional<Guard> refusal =
                    guarded ? Guards.check(print, entry.print()) : Optional.empty();
            if (refusal.isEmpty()) {
                if (!entry.used) {
                    entry.used = true;
                }
                return new Hit<>(entry.id, entry.value, candidate.similarity());
            }
            if (refusedBy == null) {
                refusedBy = refusal.get();
                best = candidate.similarity();
            }
            if (++looked == GUARDED_MAX) {
                break;
            }
        }
        return new Miss<>(best, refusedBy);
    }

    private Question question(float[] vector, Fingerprint print) {
        if (vector.length != dimensions) {
            throw new IllegalArgumentException(
                    "a vector of %d numbers among those of %d"
                            .formatted(vector.length, dimensions));
        }
        return new Question(Vector.of(vector), sketch.of(vector), print);
    }

    /**
     * Keeps a value, instead of what was kept by that id; what was not used for longest goes if a
     * bound is reached.
     *
     * @param vector of length 1
     * @param valueBytes what the value weighs
     * @return false if it is larger than the index may be
     */
    public boolean add(
            Scope scope,
            String id,
            float[] vector,
            Fingerprint print,
            T value,
            int valueBytes,
            Duration timeToLive) {
        long expiresAt = nanoTime.getAsLong() + timeToLive.toNanos();
        var entry = new Entry<>(id, scope, question(vector, print), value, valueBytes, expiresAt);
        if (entry.bytes > bounds.bytes()) {
            return false;
        }
        // What becomes of an id happens in its turn: the map sees to that.
        byId.compute(
                id,
                (_, before) -> {
                    if (before != null) {
                        detach(before);
                    }
                    attach(entry);
                    return entry;
                });
        keepBounds(entry.scope);
        return true;
    }

    private void attach(Entry<T> entry) {
        while (!partitions.computeIfAbsent(entry.scope, _ -> new Partition<>()).add(entry)) {
            Thread.onSpinWait();
        }
        entries.incrementAndGet();
        bytes.addAndGet(entry.bytes);
        queued.incrementAndGet();
        byAge.add(entry);
    }

    private void detach(Entry<T> entry) {
        Partition<T> partition = partitions.get(entry.scope);
        if (partition == null) {
            throw new IllegalStateException("an entry without its scope");
        }
        partition.remove(entry);
        entries.decrementAndGet();
        bytes.addAndGet(-entry.bytes);
        if (partition.closeIfEmpty()) {
            partitions.remove(entry.scope, partition);
        }
    }

    private boolean remove(Entry<T> entry) {
        byId.computeIfPresent(
                entry.id,
                (_, current) -> {
                    if (current == entry) {
                        detach(entry);
                        return null;
                    }
                    return current;
                });
        return entry.removed;
    }

    private void keepBounds(Scope scope) {
        long now = nanoTime.getAsLong();
        Partition<T> partition = partitions.get(scope);
        while (partition != null && partition.live() > bounds.entriesInScope()) {
            Entry<T> oldest = partition.oldest(now);
            if (oldest == null) {
                break;
            }
            evict(oldest);
        }
        while (entries.get() > bounds.entries() || bytes.get() > bounds.bytes()) {
            Entry<T> oldest = oldest(now);
            if (oldest == null) {
                break;
            }
            evict(oldest);
        }
        if (queued.get() > 2 * entries.get() + QUEUE_SLACK) {
            dropRemoved();
        }
    }

    private void evict(Entry<T> entry) {
        remove(entry);
        evicted.incrementAndGet();
    }

    /** The entry to give up; one that was used goes to the end instead, so many times. */
    private @Nullable Entry<T> oldest(long nowNanos) {
        int chances = SECOND_CHANCES_MAX;
        for (Entry<T> entry = byAge.poll(); entry != null; entry = byAge.poll()) {
            if (entry.removed) {
                queued.decrementAndGet();
                continue;
            }
            if (!entry.used || entry.isExpired(nowNanos) || chances-- == 0) {
                queued.decrementAndGet();
                return entry;
            }
            entry.used = false;
            byAge.add(entry);
        }
        return null;
    }

    /**
     * Once through the queue, so that it holds no more holes than entries. One thread at a time.
     */
    private void dropRemoved() {
        if (!tidying.compareAndSet(false, true)) {
            return;
        }
        try {
            for (int left = queued.get(); left > 0; left--) {
                Entry<T> entry = byAge.poll();
                if (entry == null) {
                    return;
                }
                if (entry.removed) {
                    queued.decrementAndGet();
                } else {
                    byAge.add(entry);
                }
            }
        } finally {
            tidying.set(false);
        }
    }

    /** Whether there was an entry of that id. */
    public boolean remove(String id) {
        Entry<T> entry = byId.get(id);
        return entry != null && remove(entry);
    }

    /** Removes all whose value is meant, and says how many. Goes through everything. */
    public int removeIf(Predicate<T> meant) {
        int removed = 0;
        for (Entry<T> entry : byId.values()) {
            if (meant.test(entry.value) && remove(entry)) {
                removed++;
            }
        }
        return removed;
    }

    /** Removes what is out of date, which is not found any more anyway, and says how many. */
    public int removeExpired() {
        long now = nanoTime.getAsLong();
        int removed = 0;
        for (Entry<T> entry : byId.values()) {
            if (entry.isExpired(now) && remove(entry)) {
                removed++;
            }
        }
        return removed;
    }

    /** Removes everything that is there now. */
    public void clear() {
        removeIf(_ -> true);
    }

    /** How long the queue by age is, with its holes. */
    int queued() {
        return queued.get();
    }

    /** What is in it now. */
    public Size size() {
        return new Size(Math.max(0, entries.get()), partitions.size(), bytes.get(), evicted.get());
    }
}
