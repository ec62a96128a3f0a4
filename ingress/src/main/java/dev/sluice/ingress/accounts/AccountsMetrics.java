package dev.sluice.ingress.accounts;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** The names under which the view of the accounts can be watched. */
final class AccountsMetrics {

    private final Map<Verdict, Counter> verdicts = new EnumMap<>(Verdict.class);

    /** What became of a record of the topic. All but the first two deserve an operator's look. */
    enum Verdict {
        TAKEN,
        KNOWN,
        OLDER,
        UNSIGNED,
        WITHOUT_VALUE,
        WRONG_KEY,
        TOO_LARGE,
        UNREADABLE,
        NEWER_SCHEMA,
        FULL
    }

    AccountsMetrics(MeterRegistry metrics) {
        for (Verdict verdict : Verdict.values()) {
            verdicts.put(
                    verdict,
                    Counter.builder("sluice_account_records")
                            .description("Records of the accounts topic, by what became of them.")
                            .tag("outcome", verdict.name().toLowerCase(Locale.ROOT))
                            .register(metrics));
        }
    }

    void count(Verdict verdict) {
        Counter counter = verdicts.get(verdict);
        if (counter != null) {
            counter.increment();
        }
    }

    static void accounts(MeterRegistry metrics, Supplier<Number> count) {
        Gauge.builder("sluice_accounts", count)
                .description("Accounts that this ingress knows, deleted ones included.")
                .register(metrics);
    }
}
