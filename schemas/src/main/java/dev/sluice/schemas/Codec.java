package dev.sluice.schemas;

/**
 * Writes a record with its schema version and reads every version up to the current one.
 *
 * <p>Additive changes only inside a version: unknown fields are skipped.
 */
public interface Codec<T> {

    /** The record as UTF-8 JSON. */
    byte[] encode(T record);

    /**
     * Reads a record.
     *
     * @throws NewerVersionException if it was written by a newer version than this code knows
     * @throws UnreadableRecordException if it is damaged
     */
    T decode(byte[] bytes) throws NewerVersionException, UnreadableRecordException;
}
