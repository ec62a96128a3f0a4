package dev.sluice.batch.jobs;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/** A batch that is asked for; see {@link Batch}. */
public record NewBatch(
        Owner owner,
        String endpoint,
        String inputFileId,
        String window,
        Batch.Mode mode,
        @Nullable String metadata,
        @Nullable Long outputExpiresAfter,
        @Nullable Long spendCapPico,
        Instant createdAt,
        Instant expiresAt) {}
