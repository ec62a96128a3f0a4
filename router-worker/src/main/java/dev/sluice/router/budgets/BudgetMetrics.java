package dev.sluice.router.budgets;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** The names under which the counting of budgets can be watched. */
public final class BudgetMetrics {

    private final MeterRegistry registry;
    private final Map<Event, Counter> events = new EnumMap<>(Event.class);
    private final Map<AccountDirectory.Outcome, Counter> accounts =
            new EnumMap<>(AccountDirectory.Outcome.class);
    private final Counter states;
    private final Counter forgotten;

    /** Registers all names, so that they are there before anything happens. */
    public BudgetMetrics(MeterRegistry metrics) {
        this.registry = metrics;
        for (Event event : Event.values()) {
            events.put(
                    event,
                    Counter.builder("sluice_budgets_events")
                            .description("Spend events read, by what became of them.")
                            .tag("outcome", label(event))
                            .register(metrics));
        }
        for (AccountDirectory.Outcome outcome : AccountDirectory.Outcome.values()) {
            accounts.put(
                    outcome,
                    Counter.builder("sluice_budgets_account_records")
                            .description("Account records read, by what became of them.")
                            .tag("outcome", label(outcome))
                            .register(metrics));
        }
        this.states =
                Counter.builder("sluice_budgets_states")
                        .description("Budget states published.")
                        .register(metrics);
        this.forgotten =
                Counter.builder("sluice_budgets_forgotten")
                        .description("Accounts without a record that were idle or too many.")
                        .register(metrics);
    }

    /** Shows whether the application counts, and whether it stands still on purpose. */
    public void watch(BooleanSupplier ready, BooleanSupplier halted) {
        Gauge.builder("sluice_budgets_ready", () -> ready.getAsBoolean() ? 1 : 0)
                .description("1 while the worker counts spend, else 0.")
                .register(registry);
        Gauge.builder("sluice_budgets_halted", () -> halted.getAsBoolean() ? 1 : 0)
                .description("1 while a record of a newer version stops the counting, else 0.")
                .register(registry);
    }

    /** What becomes of a spend event. */
    enum Event {
        COUNTED,
        /** It cost nothing. */
        FREE,
        /** Another event of the same id came before. */
        REPEATED,
        UNREADABLE,
        /** The name of an account that it is charged to is too long to be one. */
        MISNAMED
    }

    void saw(Event event) {
        increment(events.get(event));
    }

    void saw(AccountDirectory.Outcome outcome) {
        increment(accounts.get(outcome));
    }

    void published() {
        states.increment();
    }

    void forgot() {
        forgotten.increment();
    }

    private static void increment(@Nullable Counter counter) {
        if (counter != null) {
            counter.increment();
        }
    }

    private static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
