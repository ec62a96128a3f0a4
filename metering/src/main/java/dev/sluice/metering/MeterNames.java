package dev.sluice.metering;

/** The names of this module's meters. */
final class MeterNames {

    static final String BYTES = "sluice_journal_bytes";
    static final String RECORDS = "sluice_journal_records_total";
    static final String WRITTEN = "sluice_journal_written_bytes_total";
    static final String FSYNC = "sluice_journal_fsync_seconds";
    static final String UNACKNOWLEDGED = "sluice_journal_unacknowledged_total";
    static final String REFUSED = "sluice_journal_refused_total";
    static final String PENDING = "sluice_journal_pending_events";
    static final String OLDEST_PENDING = "sluice_journal_oldest_pending_seconds";
    static final String OPEN_REQUESTS = "sluice_journal_open_requests";
    static final String CORRUPT = "sluice_journal_corrupt_records_total";
    static final String HOLES = "sluice_journal_holes_total";
    static final String SHIPPED = "sluice_spend_events_shipped_total";
    static final String SHIP_FAILURES = "sluice_spend_ship_failures_total";

    private MeterNames() {}
}
