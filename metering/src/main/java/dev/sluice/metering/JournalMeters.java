package dev.sluice.metering;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** What the writing side of a journal counts. */
final class JournalMeters implements AutoCloseable {

    private final MeterRegistry metrics;
    private final LongAdder starts = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final Timer fsync;
    private final Counter unacknowledged;
    private final List<Meter> ofThisJournal;

    JournalMeters(MeterRegistry metrics, SegmentChain chain, LongAdder ends) {
        this.metrics = metrics;
        this.fsync =
                Timer.builder(MeterNames.FSYNC)
                        .description("how long the disk takes to make what is new survive")
                        .register(metrics);
        this.unacknowledged =
                Counter.builder(MeterNames.UNACKNOWLEDGED)
                        .description("answers that ended before Kafka had their events")
                        .register(metrics);
        this.ofThisJournal =
                List.of(
                        Gauge.builder(MeterNames.BYTES, chain, SegmentChain::bytes)
                                .description("bytes of the journal on disk")
                                .register(metrics),
                        records("start", starts),
                        records("end", ends),
                        FunctionCounter.builder(MeterNames.WRITTEN, bytes, LongAdder::sum)
                                .description("bytes of records written down")
                                .register(metrics));
        // They are there before the first refusal, so that an alarm can be set on them.
        for (Journal.Outcome reason : List.of(Journal.Outcome.FULL, Journal.Outcome.SLOW_DISK)) {
            refusals("start", reason);
            refusals("end", reason);
        }
    }

    private Meter records(String kind, LongAdder count) {
        return FunctionCounter.builder(MeterNames.RECORDS, count, LongAdder::sum)
                .tag("record", kind)
                .description("records written down")
                .register(metrics);
    }

    void written(byte type, int size) {
        if (type == RecordFormat.START) {
            starts.increment();
        }
        bytes.add(size);
    }

    void refused(String record, Journal.Outcome reason) {
        refusals(record, reason).increment();
    }

    private Counter refusals(String record, Journal.Outcome reason) {
        return metrics.counter(
                MeterNames.REFUSED,
                "record",
                record,
                "reason",
                reason.name().toLowerCase(Locale.ROOT));
    }

    void unacknowledged() {
        unacknowledged.increment();
    }

    void forced(long nanos) {
        fsync.record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void close() {
        ofThisJournal.forEach(metrics::remove);
    }
}
