package dev.sluice.metering;

/** Follows the writers and makes what they wrote survive a power loss. */
final class SegmentForcer {

    /** Rounds that a full segment is watched for a record that is still being completed. */
    private static final int PATIENCE_ROUNDS = 100;

    private final JournalFolder folder;
    private Segment segment;

    /** Up to here every record was complete before the last force. */
    private int completeTo = Segment.FIRST_RECORD;

    private int forcedTo = Segment.FIRST_RECORD;
    private int rounds;

    SegmentForcer(Segment first, JournalFolder folder) {
        this.segment = first;
        this.folder = folder;
    }

    /** Forces what is new; false if nothing is. */
    synchronized boolean force() {
        boolean forced = false;
        while (true) {
            boolean sealed = segment.isSealed();
            int limit = segment.limit();
            int complete = completeUpTo(limit);
            if (complete > completeTo || limit > forcedTo) {
                forced = true;
                segment.force(completeTo, limit);
                if (forcedTo == Segment.FIRST_RECORD) {
                    folder.force();
                }
                completeTo = complete;
                forcedTo = limit;
            }
            Segment next = segment.next();
            if (!sealed || next == null || (complete < limit && rounds++ < PATIENCE_ROUNDS)) {
                return forced;
            }
            segment = next;
            completeTo = Segment.FIRST_RECORD;
            forcedTo = Segment.FIRST_RECORD;
            rounds = 0;
        }
    }

    private int completeUpTo(int limit) {
        int at = completeTo;
        while (at < limit) {
            long firstWord = segment.firstWord(at);
            if (firstWord == 0) {
                return at;
            }
            int length = RecordFormat.length(firstWord);
            at += length > 0 ? RecordFormat.size(length) : RecordFormat.ALIGNMENT;
        }
        return at;
    }
}
