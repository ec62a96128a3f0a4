package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.capacity.Entry;

import java.time.Duration;

/** One time round the deployments of a group: who did not let the call in, and why. */
final class Round {

    private static final Duration NEVER = Duration.ofNanos(Long.MAX_VALUE);

    private int shut;
    private int full;
    private int learnedFull;
    private Duration retryAfter = NEVER;
    private Duration soonest = NEVER;
    private boolean ignoresRests;
    private boolean exceedsLearned;

    /** Begins anew. */
    void begin() {
        shut = 0;
        full = 0;
        learnedFull = 0;
        retryAfter = NEVER;
        soonest = NEVER;
        ignoresRests = false;
        exceedsLearned = false;
    }

    /** Another one has no room. */
    void full(Entry.Full refused) {
        full++;
        learnedFull += refused.isLearned() ? 1 : 0;
        retryAfter = min(retryAfter, refused.retryAfter());
        soonest = min(soonest, refused.soonest());
    }

    /** Another one did not let the call in, for want of room or because it rests. */
    void shut() {
        shut++;
    }

    /** Whether all of so many were asked. */
    boolean isOver(int deployments) {
        return shut >= deployments;
    }

    /** Whether who rests has to let calls in. */
    boolean ignoresRests() {
        return ignoresRests;
    }

    /** Whether who seems to have enough has to let calls in. */
    boolean exceedsLearned() {
        return exceedsLearned;
    }

    /**
     * After all were asked in vain: whether to go round again, because some now have to let the
     * call in. What the config lets them have stays.
     *
     * @param mayExceedLearned whether they may have more than they seem to bear
     */
    boolean again(int deployments, boolean mayExceedLearned) {
        boolean exceeds = learnedFull > 0 && mayExceedLearned;
        boolean ignores = full < deployments;
        if (!exceeds && !ignores) {
            return false;
        }
        boolean exceededBefore = exceedsLearned;
        boolean ignoredBefore = ignoresRests;
        begin();
        exceedsLearned = exceeds || exceededBefore;
        ignoresRests = ignores || ignoredBefore;
        return true;
    }

    /** How long it takes at least until anybody has room, zero for until any call ends. */
    Duration soonest() {
        return soonest;
    }

    /** When it is worth to come again, in whole seconds, one at least. */
    long retryAfterSeconds() {
        return Math.max(1, retryAfter.toSeconds());
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
