package dev.sluice.metering;

import dev.sluice.schemas.config.GatewayConfig.JournalSettings;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The segments of a journal, oldest first: those of earlier runs, those written by this one, and
 * two that are ready before they are needed.
 *
 * <p>Who writes where: request threads only move {@link #active} one link on; one thread alone
 * appends to the chain; the shipper alone takes from its front.
 */
final class SegmentChain {

    private static final int READY_AHEAD = 2;

    private final JournalFolder folder;
    private final long segmentBytes;
    private final long maxBytes;
    private final AtomicReference<Segment> active;
    private final AtomicInteger ready = new AtomicInteger();

    /** Bytes of every segment up to the active one. */
    private final AtomicLong usedBytes = new AtomicLong();

    private final SegmentForcer forcer;
    private final AtomicReference<Segment> oldest;

    /** The end of the chain; of the thread that prepares. */
    private Segment newest;

    /** The disk has no more room, whatever the settings allow. */
    private volatile boolean diskFull;

    SegmentChain(JournalFolder folder, JournalSettings settings) throws IOException {
        this.folder = folder;
        this.segmentBytes = settings.segmentBytes();
        this.maxBytes = settings.maxBytes();
        List<Segment> leftovers = folder.leftovers();
        long number = leftovers.isEmpty() ? 1 : leftovers.getLast().number() + 1;
        try {
            newest = folder.create(number, segmentBytes);
        } catch (IOException e) {
            leftovers.forEach(Segment::close);
            throw e;
        }
        link(leftovers, newest);
        usedBytes.addAndGet(newest.capacity());
        active = new AtomicReference<>(newest);
        oldest = new AtomicReference<>(leftovers.isEmpty() ? newest : leftovers.getFirst());
        forcer = new SegmentForcer(newest, folder);
    }

    private void link(List<Segment> leftovers, Segment first) {
        for (int i = 0; i < leftovers.size(); i++) {
            usedBytes.addAndGet(leftovers.get(i).capacity());
            leftovers.get(i).linkTo(i + 1 < leftovers.size() ? leftovers.get(i + 1) : first);
        }
    }

    Segment active() {
        return active.get();
    }

    Segment oldest() {
        return oldest.get();
    }

    /** Moves on from a full segment; false if none is ready yet. */
    boolean roll(Segment full) {
        Segment next = full.next();
        if (next == null) {
            return false;
        }
        if (active.compareAndSet(full, next)) {
            usedBytes.addAndGet(next.capacity());
            ready.decrementAndGet();
        }
        return true;
    }

    /** Whether a next segment is there or may come. */
    boolean mayGrow() {
        return ready.get() > 0 || (!diskFull && bytes() + segmentBytes <= maxBytes);
    }

    /** Bytes that can still be written before the bound, or before the end of the disk. */
    long room() {
        long ahead =
                diskFull
                        ? ready.get() * segmentBytes
                        : (maxBytes - usedBytes.get()) / segmentBytes * segmentBytes;
        return Math.max(0, ahead) + active().free();
    }

    /** Bytes on disk. */
    long bytes() {
        return usedBytes.get() + ready.get() * segmentBytes;
    }

    /** How many segments may lie behind the one that is read before something is done about it. */
    long keepSegments() {
        return Math.clamp(maxBytes / segmentBytes / 4, 1, 4);
    }

    /** Makes the next segment where it is missing and allowed; for one thread. */
    void makeReady() throws IOException {
        while (ready.get() < READY_AHEAD && bytes() + segmentBytes <= maxBytes) {
            try {
                Segment made = folder.create(newest.number() + 1, segmentBytes);
                ready.incrementAndGet();
                newest.linkTo(made);
                newest = made;
                diskFull = false;
            } catch (IOException e) {
                diskFull = true;
                throw e;
            }
        }
    }

    /** Makes what was written survive a power loss; false if nothing was new. */
    boolean force() {
        return forcer.force();
    }

    /** Deletes the oldest segment, of which nothing is needed any more; the shipper's. */
    void removeOldest() throws IOException {
        Segment gone = oldest();
        Segment next = gone.next();
        if (next == null) {
            throw new IllegalStateException("the active segment cannot go");
        }
        oldest.set(next);
        usedBytes.addAndGet(-gone.capacity());
        gone.delete();
    }

    /** Forces and unmaps everything; segments that were made and never used are deleted. */
    void close() throws IOException {
        force();
        boolean used = true;
        for (Segment segment = oldest(); segment != null; segment = segment.next()) {
            if (used) {
                segment.close();
            } else {
                segment.delete();
            }
            used &= segment != active();
        }
    }
}
