package dev.sluice.batch.run;

import dev.sluice.batch.jobs.Batch;
import dev.sluice.schemas.events.BatchEvent;

import java.time.InstantSource;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/** Tells how batches stand, each standing once. */
final class Progress {

    /** Of how many batches it is known what was told; beyond, the oldest may be told again. */
    private static final int KNOWN_MAX = 10_000;

    private final Consumer<BatchEvent> listener;
    private final InstantSource clock;
    private final Map<String, Standing> told = new LinkedHashMap<>();

    private record Standing(String status, Batch.Counts counts) {}

    Progress(Consumer<BatchEvent> listener, InstantSource clock) {
        this.listener = listener;
        this.clock = clock;
    }

    /** Tells of those whose standing has changed. */
    synchronized void tell(Collection<Batch> batches) {
        for (Batch batch : batches) {
            var standing = new Standing(batch.status().word(), batch.counts());
            if (standing.equals(told.put(batch.id(), standing))) {
                continue;
            }
            listener.accept(event(batch));
            if (told.size() > KNOWN_MAX) {
                told.remove(told.keySet().iterator().next());
            }
        }
    }

    private BatchEvent event(Batch batch) {
        Batch.Counts counts = batch.counts();
        return new BatchEvent(
                UUID.randomUUID().toString(),
                clock.instant(),
                batch.id(),
                batch.owner().tenant(),
                batch.endpoint(),
                batch.status().word(),
                counts.total(),
                counts.completed(),
                counts.failed(),
                counts.repeated(),
                batch.usage().spentPico(),
                batch.outputFileId(),
                batch.errorFileId());
    }
}
