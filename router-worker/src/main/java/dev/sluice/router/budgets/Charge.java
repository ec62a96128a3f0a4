package dev.sluice.router.budgets;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.UnreadableRecordException;

import org.jspecify.annotations.Nullable;

import java.nio.BufferUnderflowException;
import java.time.Instant;

/**
 * What one spend event costs one account, on its way between the two halves of the topology.
 *
 * @param costPico picodollars; less than 0 where a correction gives back
 * @param writer the journal that the event was first written to
 * @param modelGroup the public model name; only on what is charged to a key
 */
record Charge(
        long costPico,
        Instant startedAt,
        Instant endedAt,
        String writer,
        @Nullable String modelGroup) {

    private static final byte VERSION = 1;

    Charge {
        requireNonNull(startedAt, "startedAt is null");
        requireNonNull(endedAt, "endedAt is null");
        requireNonNull(writer, "writer is null");
    }

    /** Without the model. */
    Charge ofAnyModel() {
        return modelGroup == null ? this : new Charge(costPico, startedAt, endedAt, writer, null);
    }

    byte[] packed() {
        return new Packer(VERSION)
                .number(costPico)
                .instant(startedAt)
                .instant(endedAt)
                .text(writer)
                .text(modelGroup)
                .bytes();
    }

    /**
     * Reads a charge.
     *
     * @throws NewerRecordException if a newer version than this wrote it
     * @throws UnreadableRecordException if it is damaged
     */
    static Charge unpacked(byte[] bytes) throws UnreadableRecordException {
        try {
            var packed = new Unpacker(bytes, VERSION, "charge");
            return new Charge(
                    packed.number(),
                    packed.instant(),
                    packed.instant(),
                    requireNonNull(packed.text(), "writer is null"),
                    packed.text());
        } catch (BufferUnderflowException | IllegalArgumentException | NullPointerException e) {
            throw new UnreadableRecordException("charge is damaged", e);
        }
    }
}
