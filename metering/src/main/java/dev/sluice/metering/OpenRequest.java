package dev.sluice.metering;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;

/**
 * A request that is not over as far as the journal has been read: an attempt has not ended, or none
 * that ended was the last. It holds the segments that its records are in.
 */
final class OpenRequest {

    private final UUID id;
    private final List<Attempt> running = new ArrayList<>(1);
    private final BitSet ended = new BitSet();
    private boolean finalSeen;
    private @Nullable Attempt lastEnded;

    /** An attempt and the record that tells of it. */
    record Attempt(int number, Place place) {}

    OpenRequest(UUID id) {
        this.id = id;
    }

    UUID id() {
        return id;
    }

    void started(int number, Place place) {
        stopped(number);
        hold(place);
        running.add(new Attempt(number, place));
    }

    void ended(int number, boolean isFinal, Place place) {
        stopped(number);
        ended.set(number);
        if (isFinal) {
            finalSeen = true;
            forget(lastEnded);
            lastEnded = null;
        } else if (!finalSeen && (lastEnded == null || number >= lastEnded.number)) {
            hold(place);
            forget(lastEnded);
            lastEnded = new Attempt(number, place);
        }
    }

    /**
     * Takes note of the copy of a start that an earlier run made. The original may be gone; the end
     * of the attempt may already have been read.
     */
    void startMoved(int number, Place place) {
        if (!ended.get(number)) {
            started(number, place);
        }
    }

    /** Whether a record of this attempt still holds its segment. */
    boolean holdsOn(int number, boolean start) {
        return start
                ? running.stream().anyMatch(attempt -> attempt.number == number)
                : lastEnded != null && lastEnded.number == number;
    }

    private void stopped(int number) {
        for (int i = 0; i < running.size(); i++) {
            if (running.get(i).number == number) {
                forget(running.remove(i));
                return;
            }
        }
    }

    /** Whether no more can come. */
    boolean isOver() {
        return finalSeen && running.isEmpty();
    }

    boolean isFinalSeen() {
        return finalSeen;
    }

    /** Attempts without an end, in the order in which they began. */
    List<Attempt> running() {
        return List.copyOf(running);
    }

    /** The last attempt that ended without being the request's last, null after that one. */
    @Nullable Attempt lastEnded() {
        return lastEnded;
    }

    /** Lets go of every segment. */
    void release() {
        running.forEach(OpenRequest::forget);
        running.clear();
        forget(lastEnded);
        lastEnded = null;
    }

    private static void hold(Place place) {
        place.segment().holds().add(place.size());
    }

    private static void forget(@Nullable Attempt attempt) {
        if (attempt != null) {
            attempt.place.segment().holds().remove(attempt.place.size());
        }
    }
}
