package dev.sluice.semantics.index;

/**
 * How much an index may hold. At a bound the entry that was not used for longest goes.
 *
 * @param entries in all scopes together
 * @param entriesInScope in one
 * @param bytes in all, values as they were weighed
 */
public record IndexBounds(int entries, int entriesInScope, long bytes) {

    public IndexBounds {
        if (entries < 1 || entriesInScope < 1 || bytes < 1) {
            throw new IllegalArgumentException("an index holds at least one entry");
        }
    }
}
