package dev.sluice.batch.jobs;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * What is known of a file; its bytes are in a {@link dev.sluice.batch.storage.Storage} under its
 * id.
 *
 * @param purpose OpenAI's word: {@code batch}, {@code batch_output}, …
 * @param filename as its owner calls it, without folders
 * @param expiresAt from when on it is gone; null for never
 */
public record StoredFile(
        String id,
        Owner owner,
        String purpose,
        String filename,
        long bytes,
        Instant createdAt,
        @Nullable Instant expiresAt) {

    /** The purpose of the input of a batch. */
    public static final String BATCH = "batch";

    /** The purpose of what a batch writes. */
    public static final String BATCH_OUTPUT = "batch_output";

    public StoredFile {
        requireNonNull(id, "id is null");
        requireNonNull(owner, "owner is null");
        requireNonNull(purpose, "purpose is null");
        requireNonNull(filename, "filename is null");
        requireNonNull(createdAt, "createdAt is null");
    }
}
