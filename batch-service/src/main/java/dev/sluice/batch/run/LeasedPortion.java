package dev.sluice.batch.run;

import dev.sluice.batch.lines.Portion;

/**
 * Lines that are this process' to call, for as long as it says so.
 *
 * @param keyHash on whose behalf
 * @param tries how often its lines failed before in a way that counts
 * @param waits how often they had to wait before
 * @param isRepeated whether another process had them and fell silent
 */
record LeasedPortion(
        long id,
        String batch,
        String file,
        String endpoint,
        String keyHash,
        Portion portion,
        int tries,
        int waits,
        boolean isRepeated) {}
