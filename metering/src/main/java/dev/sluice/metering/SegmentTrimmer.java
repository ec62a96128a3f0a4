package dev.sluice.metering;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;

/**
 * Deletes segments from the front of the chain once everything in them is acknowledged.
 *
 * <p>A request that stays open for long would keep its segment and with it all later ones. Where
 * that is the only reason left and the few records of such requests are small, they are copied to
 * the end of the journal and the segment goes.
 */
final class SegmentTrimmer {

    private static final Logger LOGGER = LoggerFactory.getLogger(SegmentTrimmer.class);
    private static final int MOVE_AT_MOST_SHARE = 4;
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Journal journal;
    private final OpenRequests openRequests;
    private final long keepSegments;
    private long notBefore = System.nanoTime();

    /** A chain of up to {@code keepSegments} is left to grow before records are moved. */
    SegmentTrimmer(Journal journal, OpenRequests openRequests, long keepSegments) {
        this.journal = journal;
        this.openRequests = openRequests;
        this.keepSegments = keepSegments;
    }

    /** Lets go of what is no longer needed before the segment that is being read. */
    void trim(Segment reading) {
        Segment oldest = journal.chain().oldest();
        if (oldest == reading || System.nanoTime() - notBefore < 0) {
            return;
        }
        try {
            if (isDone(oldest)) {
                // What made these segments superfluous must not be lost before them.
                journal.chain().force();
            }
            while (oldest != reading && isDone(oldest)) {
                journal.chain().removeOldest();
                oldest = journal.chain().oldest();
            }
            if (oldest != reading && reading == journal.chain().active()) {
                moveOut(oldest, reading);
            }
        } catch (IOException | UncheckedIOException e) {
            LOGGER.atError().setCause(e).log("journal segment cannot be removed");
            notBefore = System.nanoTime() + RETRY_NANOS;
        }
    }

    private static boolean isDone(Segment segment) {
        return !segment.holds().isUnacknowledged() && !segment.holds().isOpen();
    }

    private void moveOut(Segment segment, Segment reading) {
        boolean few = segment.holds().openBytes() <= segment.capacity() / MOVE_AT_MOST_SHARE;
        boolean many = reading.number() - segment.number() >= keepSegments;
        if (!few || !many || segment.holds().isUnacknowledged()) {
            return;
        }
        // The copies are taken note of when they are read; until then there is nothing to do.
        notBefore = System.nanoTime() + RETRY_NANOS;
        for (OpenRequest request : openRequests.all()) {
            for (OpenRequest.Attempt attempt : request.running()) {
                if (!move(request, attempt, segment)) {
                    return;
                }
            }
            OpenRequest.Attempt ended = request.lastEnded();
            if (ended != null && !move(request, ended, segment)) {
                return;
            }
        }
    }

    private boolean move(OpenRequest request, OpenRequest.Attempt attempt, Segment from) {
        Place place = attempt.place();
        return place.segment() != from
                || journal.move(
                                place.payload(),
                                place.type(),
                                place.flags(),
                                attempt.number(),
                                request.id())
                        == Journal.Outcome.WRITTEN;
    }
}
