package dev.sluice.ingress.cache;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An answer on its way, recorded while it comes. Who asks the same meanwhile follows it: the leader
 * is the call that was sent, and it waits for nobody. A follower that reads too slowly is left
 * behind.
 *
 * <p>Followers see events of a stream only from where the leader says that it is an answer for all
 * of them; until then nothing was sent to them, and they can still go their own way.
 */
public final class Flight {

    /** More callers of one key are sent themselves. */
    public static final int FOLLOWERS_MAX = 1_000;

    /** What a follower may have before it; also, from where on nobody can join any more. */
    private static final int LAG_BYTES_MAX = AnswerCache.LARGEST_ANSWER_BYTES;

    private static final Signal FAILED = new Signal.Failed();
    private static final Signal LATE = new Signal.Late();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<Follower> followers = new HashSet<>();

    /** Before the first event; null from when the record is too long to be kept or joined. */
    private @Nullable Segment first = new Segment(new byte[0], false, false);

    private Segment last = requireNonNull(first);
    private long recordedBytes;
    private boolean isReleased;
    private boolean isOver;
    private @Nullable String deploymentId;
    private @Nullable CachedAnswer landed;
    private long costPico;

    private static final class Segment {
        private final byte[] bytes;
        private final boolean usageOnly;
        private final boolean isLast;
        private @Nullable Segment next;

        Segment(byte[] bytes, boolean usageOnly, boolean isLast) {
            this.bytes = bytes;
            this.usageOnly = usageOnly;
            this.isLast = isLast;
        }
    }

    /** What a follower is told. */
    public sealed interface Signal {

        /**
         * The next event of the stream.
         *
         * @param usageOnly whether it is for those only who asked for usage
         * @param isLast whether the stream ends well with it
         */
        @SuppressWarnings("ArrayRecordComponent") // never compared
        record Event(byte[] bytes, boolean usageOnly, boolean isLast) implements Signal {}

        /** The whole answer is there, and may be given. */
        record Landed(CachedAnswer answer) implements Signal {}

        /** There will be no answer, or none for others, or the follower was left behind. */
        record Failed() implements Signal {}

        /** The deadline passed. */
        record Late() implements Signal {}
    }

    /** The leader's stream has a further event. */
    public void add(byte[] array, int offset, int length, boolean usageOnly) {
        lock.lock();
        try {
            append(Arrays.copyOfRange(array, offset, offset + length), usageOnly, false);
        } finally {
            lock.unlock();
        }
    }

    /** The leader's stream is an answer for all who follow: they may have what came so far. */
    public void release(String answeredBy) {
        lock.lock();
        try {
            deploymentId = answeredBy;
            isReleased = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The stream has ended well and is booked.
     *
     * @param end its last event
     * @param cost picodollars
     */
    public void ended(byte[] end, long cost) {
        lock.lock();
        try {
            costPico = cost;
            append(end, false, true);
        } finally {
            lock.unlock();
        }
    }

    /** The whole answer is there, and may be given to others. */
    public void land(CachedAnswer answer) {
        lock.lock();
        try {
            landed = answer;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing follows any more. Without an answer by now, there will be none. */
    public void close() {
        lock.lock();
        try {
            isOver = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether somebody else needs the answer. */
    public boolean hasFollowers() {
        lock.lock();
        try {
            return !followers.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** All events so far; null if they are too many to be kept. */
    public byte @Nullable [] recorded() {
        lock.lock();
        try {
            if (first == null) {
                return null;
            }
            var bytes = new ByteArrayOutputStream((int) recordedBytes);
            for (Segment at = first; at != null; at = at.next) {
                bytes.write(at.bytes, 0, at.bytes.length);
            }
            return bytes.toByteArray();
        } finally {
            lock.unlock();
        }
    }

    /** A place behind the leader; null if there is none any more. */
    @Nullable Follower follow() {
        lock.lock();
        try {
            Segment from = first;
            if (from == null || isOver || followers.size() >= FOLLOWERS_MAX) {
                return null;
            }
            var follower = new Follower(from);
            followers.add(follower);
            return follower;
        } finally {
            lock.unlock();
        }
    }

    private void append(byte[] bytes, boolean usageOnly, boolean isLast) {
        var segment = new Segment(bytes, usageOnly, isLast);
        last.next = segment;
        last = segment;
        recordedBytes += bytes.length;
        if (recordedBytes > LAG_BYTES_MAX) {
            first = null;
        }
        if (!followers.isEmpty()) {
            followers.forEach(follower -> follower.leaveBehind(recordedBytes));
            changed.signalAll();
        }
    }

    /** One call that waits for the leader's answer. */
    public final class Follower implements AutoCloseable {

        /** The segment that it was told last; null from when it was left behind. */
        private @Nullable Segment at;

        private long told;

        private Follower(Segment from) {
            this.at = from;
        }

        private void leaveBehind(long written) {
            if (written - told > LAG_BYTES_MAX) {
                at = null;
            }
        }

        /** Waits for the next event of the stream, or for the answer if it is none. */
        public Signal next(long deadlineNanos) {
            lock.lock();
            try {
                while (true) {
                    Segment here = at;
                    if (here == null) {
                        return FAILED;
                    }
                    Segment next = isReleased ? here.next : null;
                    if (next != null) {
                        at = next;
                        told += next.bytes.length;
                        return new Signal.Event(next.bytes, next.usageOnly, next.isLast);
                    }
                    CachedAnswer whole = landed;
                    if (whole != null && !isReleased) {
                        return new Signal.Landed(whole);
                    }
                    if (isOver) {
                        return FAILED;
                    }
                    if (!await(deadlineNanos)) {
                        return LATE;
                    }
                }
            } finally {
                lock.unlock();
            }
        }

        /** Waits for the whole answer. */
        public Signal whole(long deadlineNanos) {
            lock.lock();
            try {
                // It needs no events: those may go.
                at = null;
                while (true) {
                    told = recordedBytes;
                    CachedAnswer whole = landed;
                    if (whole != null) {
                        return new Signal.Landed(whole);
                    }
                    // What grows too long to be kept will not land.
                    if (isOver || first == null) {
                        return FAILED;
                    }
                    if (!await(deadlineNanos)) {
                        return LATE;
                    }
                }
            } finally {
                lock.unlock();
            }
        }

        @SuppressWarnings("WaitNotInLoop") // its callers are in one
        private boolean await(long deadlineNanos) {
            long left = deadlineNanos - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            try {
                changed.await(left, TimeUnit.NANOSECONDS);
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }

        /** Who answers the leader, once there were events. */
        public String deploymentId() {
            lock.lock();
            try {
                return requireNonNull(deploymentId, "nothing was released");
            } finally {
                lock.unlock();
            }
        }

        /** What the leader's stream cost, once its last event was told. */
        public long costPico() {
            lock.lock();
            try {
                return costPico;
            } finally {
                lock.unlock();
            }
        }

        /** It needs no answer any more. */
        @Override
        public void close() {
            lock.lock();
            try {
                followers.remove(this);
            } finally {
                lock.unlock();
            }
        }
    }
}
