package dev.sluice.ingress.capacity;

import java.time.Duration;

/** What came of asking for room at a deployment. */
public sealed interface Entry {

    /** The attempt may be made; its end must be told to the room. */
    record In(Room room) implements Entry {}

    /**
     * There is none.
     *
     * @param retryAfter when it is worth to come again, a second or more
     * @param soonest how long it takes at least until there is room, zero where the end of any call
     *     may make some
     * @param isLearned whether nothing but the learned limit stands against it
     */
    record Full(Duration retryAfter, Duration soonest, boolean isLearned) implements Entry {}
}
