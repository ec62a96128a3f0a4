package dev.sluice.schemas.events;

import static java.util.Objects.requireNonNull;

/**
 * Consecutive lines of a batch that may be called now. A hint to whoever works: what is true stands
 * in the database, so that a pointer that comes twice or never does no harm.
 *
 * @param portion the row that says whether they are still to be called
 * @param firstLine the number of the first of them, from 1
 * @param lines how many
 * @param file the input file
 * @param offset of the first byte in it
 * @param length bytes
 */
public record BatchPointer(
        String batch,
        long portion,
        int firstLine,
        int lines,
        String file,
        long offset,
        int length) {

    public BatchPointer {
        requireNonNull(batch, "batch is null");
        requireNonNull(file, "file is null");
    }
}
