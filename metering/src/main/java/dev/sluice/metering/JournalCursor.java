package dev.sluice.metering;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.UUID;

/**
 * Reads the records of a chain in order, once. Not safe for use by several threads.
 *
 * <p>A place that is not complete is waited for while its writer may still be at work, and skipped
 * after some patience; damage is skipped at once. To skip is to look at each aligned place for the
 * next record that its checksum proves. On the way every empty place is claimed, so that a writer
 * who comes late knows and writes elsewhere.
 */
final class JournalCursor {

    private static final Logger LOGGER = LoggerFactory.getLogger(JournalCursor.class);

    private final long patienceNanos;
    private final JournalFolder folder;
    private Segment segment;
    private int at;
    private int nextAt = Segment.FIRST_RECORD;
    private long waitingSince;
    private long damaged;
    private long holes;

    /**
     * A cursor before the first record of a segment; bytes that are none are kept in the folder.
     */
    JournalCursor(Segment first, JournalFolder folder, Duration patience) {
        segment = first;
        this.folder = folder;
        patienceNanos = patience.toNanos();
    }

    /** Moves to the next record; false if there is none for now. */
    boolean advance() {
        while (true) {
            // Asked before the limit: once sealed, the limit is final.
            boolean sealed = segment.isSealed();
            int limit = segment.limit();
            if (nextAt >= limit) {
                Segment next = segment.next();
                if (!sealed || next == null) {
                    return false;
                }
                segment = next;
                nextAt = Segment.FIRST_RECORD;
                continue;
            }
            long firstWord = segment.firstWord(nextAt);
            if (segment.holdsRecord(nextAt, firstWord, limit)) {
                found(firstWord);
                return true;
            }
            if (firstWord == 0 && mayStillCome()) {
                return false;
            }
            skip(limit);
        }
    }

    private void found(long firstWord) {
        at = nextAt;
        nextAt = at + RecordFormat.size(RecordFormat.length(firstWord));
        waitingSince = 0;
    }

    private boolean mayStillCome() {
        if (!segment.isLive()) {
            return false;
        }
        long now = System.nanoTime();
        waitingSince = waitingSince == 0 ? now : waitingSince;
        return now - waitingSince < patienceNanos;
    }

    private void skip(int limit) {
        int from = nextAt;
        boolean hole = isEmpty(segment.firstWord(from));
        boolean anything = false;
        int place = from;
        for (; place < limit; place += RecordFormat.ALIGNMENT) {
            long firstWord = segment.firstWord(place);
            if (firstWord == 0 && (!segment.isLive() || segment.claim(place))) {
                continue;
            }
            anything = true;
            firstWord = segment.firstWord(place);
            if (segment.holdsRecord(place, firstWord, limit)) {
                break;
            }
        }
        nextAt = Math.min(place, limit);
        waitingSince = 0;
        // Zeros up to the end of an earlier run's segment are where it stopped, nothing worse.
        if (anything || segment.isLive()) {
            report(hole, from);
        }
    }

    private void report(boolean hole, int from) {
        if (hole) {
            holes++;
        } else {
            damaged++;
        }
        LOGGER.atWarn()
                .addKeyValue("segment", segment.number())
                .addKeyValue("from", from)
                .addKeyValue("to", nextAt)
                .addKeyValue("kept", keepAside(from))
                .log(hole ? "journal record was never completed" : "journal is damaged, skipped");
    }

    private String keepAside(int from) {
        byte[] skipped = segment.copy(from, nextAt);
        for (int i = RecordFormat.HEADER / 4; i < skipped.length; i++) {
            if (skipped[i] != 0) {
                return String.valueOf(folder.keepAside(segment.number(), from, skipped));
            }
        }
        return "nothing";
    }

    private static boolean isEmpty(long firstWord) {
        return firstWord == 0 || firstWord == RecordFormat.CLAIMED;
    }

    /** The segment that is being read. */
    Segment segment() {
        return segment;
    }

    /** Where the record begins. */
    int at() {
        return at;
    }

    /** Where the record ends. */
    int end() {
        return nextAt;
    }

    Place place() {
        return new Place(segment, at, nextAt - at);
    }

    byte type() {
        return segment.type(at);
    }

    boolean isFinal() {
        return (segment.flags(at) & RecordFormat.FINAL) != 0;
    }

    boolean isMoved() {
        return (segment.flags(at) & RecordFormat.MOVED) != 0;
    }

    int attempt() {
        return segment.attempt(at);
    }

    UUID requestId() {
        return segment.requestId(at);
    }

    byte[] payload() {
        return segment.payload(at);
    }

    /** Damaged spans that were skipped. */
    long damaged() {
        return damaged;
    }

    /** Records that were begun and never completed. */
    long holes() {
        return holes;
    }
}
