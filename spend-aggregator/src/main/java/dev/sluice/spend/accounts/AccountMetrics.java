package dev.sluice.spend.accounts;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The way of the accounts to the topic in figures. */
final class AccountMetrics {

    /** Why a record on the topic is not ours to believe. */
    enum Foreign {
        EMPTY,
        UNSIGNED,
        UNREADABLE,
        MISPLACED
    }

    private final AtomicInteger waiting = new AtomicInteger();
    private final Counter published;
    private final Counter repaired;
    private final Map<Foreign, Counter> foreign = new EnumMap<>(Foreign.class);

    AccountMetrics(MeterRegistry registry) {
        Gauge.builder("sluice.accounts.outbox.waiting", waiting, AtomicInteger::get)
                .description("Changes of accounts that are not yet on the topic")
                .strongReference(true)
                .register(registry);
        published =
                Counter.builder("sluice.accounts.published")
                        .description("Records of accounts that the topic took")
                        .register(registry);
        repaired =
                Counter.builder("sluice.accounts.repaired")
                        .description("Records published again because the topic did not hold them")
                        .register(registry);
        Arrays.stream(Foreign.values())
                .forEach(why ->
                        foreign.put(
                                why,
                                Counter.builder("sluice.accounts.foreign")
                                        .description("Records on the topic that are not believed")
                                        .tag("reason", why.name().toLowerCase(Locale.ROOT))
                                        .register(registry)));
    }

    void waiting(int rows) {
        waiting.set(rows);
    }

    void published(int records) {
        published.increment(records);
    }

    void repaired(int records) {
        repaired.increment(records);
    }

    void foreign(Foreign why) {
        requireNonNull(foreign.get(why)).increment();
    }
}
