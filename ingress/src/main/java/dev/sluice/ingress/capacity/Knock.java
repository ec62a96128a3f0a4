package dev.sluice.ingress.capacity;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/** Tries to get a call in. */
@FunctionalInterface
public interface Knock {

    /**
     * Tries once, without waiting.
     *
     * @return null if it was let in; else how long it takes at least until there is room, zero
     *     where the end of any call may make some
     */
    @Nullable Duration knock();
}
