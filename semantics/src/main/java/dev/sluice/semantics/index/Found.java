package dev.sluice.semantics.index;

import dev.sluice.semantics.guards.Guard;

import org.jspecify.annotations.Nullable;

/** What a look-up came to. */
public sealed interface Found<T> {

    /**
     * An entry that is near enough and that the guards let through.
     *
     * @param similarity cosine of the two questions
     */
    record Hit<T>(String id, T value, double similarity) implements Found<T> {}

    /**
     * Nothing to give.
     *
     * @param similarity of the nearest that was near enough, 0 if none was
     * @param refusedBy the guard that refused that one; null if none was near enough
     */
    record Miss<T>(double similarity, @Nullable Guard refusedBy) implements Found<T> {}
}
