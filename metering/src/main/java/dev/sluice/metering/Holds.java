package dev.sluice.metering;

/** Why a segment must stay. The shipper's thread alone reads and writes it. */
final class Holds {

    private int openRecords;
    private long openBytes;
    private int unacknowledged;

    void add(int recordBytes) {
        openRecords++;
        openBytes += recordBytes;
    }

    void remove(int recordBytes) {
        openRecords--;
        openBytes -= recordBytes;
    }

    void sent() {
        unacknowledged++;
    }

    void acknowledged() {
        unacknowledged--;
    }

    /** Bytes of records whose request is still open. */
    long openBytes() {
        return openBytes;
    }

    boolean isOpen() {
        return openRecords > 0;
    }

    boolean isUnacknowledged() {
        return unacknowledged > 0;
    }
}
