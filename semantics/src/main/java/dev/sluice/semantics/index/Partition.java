package dev.sluice.semantics.index;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The entries of one scope. Look-ups take no lock: they scan the sketches as they are, and believe
 * nothing that the entry itself does not confirm. Changes take the lock of this scope.
 */
final class Partition<T> {

    /** Entries that are compared exactly, at most: the nearest by their sketches. */
    private static final int CANDIDATES = 256;

    private static final int SMALLEST = 4;

    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Entry<T>> byAge = new ArrayDeque<>(SMALLEST);
    private final Deque<Integer> free = new ArrayDeque<>(SMALLEST);
    private int live;
    private boolean closed;

    /** Replaced when it grows or shrinks; what it holds changes. */
    private volatile Table<T> table = new Table<>(SMALLEST);

    /** An entry with its cosine. */
    record Candidate<T>(Entry<T> entry, double similarity) {}

    private static final class Table<T> {
        private final long[] sketches;
        private final AtomicReferenceArray<Entry<T>> entries;

        /** Slots that were ever taken. */
        private volatile int used;

        Table(int capacity) {
            sketches = new long[capacity * Sketch.WORDS];
            entries = new AtomicReferenceArray<>(capacity);
        }

        int capacity() {
            return entries.length();
        }

        void put(int slot, Entry<T> entry) {
            System.arraycopy(
                    entry.question.sketch(), 0, sketches, slot * Sketch.WORDS, Sketch.WORDS);
            entries.setRelease(slot, entry);
            used = Math.max(used, slot + 1);
        }
    }

    /** Those that are near enough, the nearest first; of the same, the one kept first. */
    List<Candidate<T>> near(Question question, double threshold, long nowNanos) {
        Table<T> now = table;
        Nearest nearest = new Nearest(CANDIDATES, Sketch.distanceMax(threshold));
        long[] sketch = question.sketch();
        long[] sketches = now.sketches;
        int used = now.used;
        for (int slot = 0; slot < used; slot++) {
            int distance = Sketch.distance(sketch, sketches, slot * Sketch.WORDS);
            if (distance <= nearest.limit()) {
                nearest.take(slot, distance);
            }
        }
        List<Candidate<T>> near = new ArrayList<>();
        for (int i = 0; i < nearest.count(); i++) {
            Entry<T> entry = now.entries.getAcquire(nearest.slot(i));
            if (entry != null && !entry.removed && !entry.isExpired(nowNanos)) {
                double similarity = question.vector().cosine(entry.question.vector());
                if (similarity >= threshold) {
                    near.add(new Candidate<>(entry, similarity));
                }
            }
        }
        near.sort(
                Comparator.comparingDouble((Candidate<T> candidate) -> -candidate.similarity())
                        .thenComparing(candidate -> candidate.entry().id));
        return near;
    }

    /** False if this partition is empty for good, and another takes its place. */
    boolean add(Entry<T> entry) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            Integer reused = free.pollLast();
            int slot = reused == null ? table.used : reused;
            if (slot == table.capacity()) {
                rebuild(2 * slot);
                slot = table.used;
            }
            entry.slot = slot;
            table.put(slot, entry);
            live++;
            byAge.addLast(entry);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** An entry that is in it. */
    void remove(Entry<T> entry) {
        lock.lock();
        try {
            entry.removed = true;
            table.entries.setRelease(entry.slot, null);
            free.addLast(entry.slot);
            entry.slot = Entry.NOWHERE;
            live--;
            tidy();
        } finally {
            lock.unlock();
        }
    }

    /** The entry to give up: expired, or not used since it was last looked at; null if empty. */
    @Nullable Entry<T> oldest(long nowNanos) {
        lock.lock();
        try {
            for (Entry<T> entry = byAge.pollFirst(); entry != null; entry = byAge.pollFirst()) {
                if (entry.removed) {
                    continue;
                }
                if (!entry.used || entry.isExpired(nowNanos)) {
                    return entry;
                }
                entry.used = false;
                byAge.addLast(entry);
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    int live() {
        lock.lock();
        try {
            return live;
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing is in it; then nothing ever will be. */
    boolean closeIfEmpty() {
        lock.lock();
        try {
            closed |= live == 0;
            return closed;
        } finally {
            lock.unlock();
        }
    }

    private void tidy() {
        if (byAge.size() > 2 * live + SMALLEST) {
            byAge.removeIf(entry -> entry.removed);
        }
        if (table.capacity() > SMALLEST && live < table.capacity() / 4) {
            rebuild(Math.max(SMALLEST, table.capacity() / 2));
        }
    }

    /** Copies what lives; look-ups under way go on in the old one. */
    private void rebuild(int capacity) {
        Table<T> before = table;
        Table<T> after = new Table<>(capacity);
        int slot = 0;
        for (int i = 0; i < before.used; i++) {
            Entry<T> entry = before.entries.getAcquire(i);
            if (entry != null) {
                entry.slot = slot;
                after.put(slot++, entry);
            }
        }
        free.clear();
        table = after;
    }
}
