package dev.sluice.ingress.limits;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.fleet.Background;
import dev.sluice.ingress.fleet.TopicTail;
import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.BudgetState;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What every account has spent, as {@link Topics#BUDGETS} has it, read from its beginning and then
 * followed. With Kafka away, what was last read goes on to count.
 *
 * <p>At most a million accounts are kept; of others the books are not known here, and only what
 * live ingresses hold counts. Periods that ended more than a day ago are not kept.
 */
public final class BudgetStates implements BudgetBases, AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(BudgetStates.class);
    private static final int MOST_ACCOUNTS = 1_000_000;
    private static final Duration CLOSE = Duration.ofMillis(900);
    private static final Duration SNAPSHOT_PAUSE = Duration.ofSeconds(5);

    private final InstantSource clock;
    private final int mostAccounts;
    private final Counter unreadable;
    private final Counter dropped;
    private final Map<String, BudgetBase> bases = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, String> runs = new ConcurrentHashMap<>();
    private final TopicTail tail;
    private final BudgetSnapshot snapshot;
    private final AtomicLong changes = new AtomicLong();
    private final Background saving =
            new Background("sluice-budget-snapshot", SNAPSHOT_PAUSE, this::save);

    private long savedChanges;
    private long saveNotBeforeNanos = System.nanoTime();

    /**
     * Follows the topic once started.
     *
     * @param snapshot the file that the states are kept in for a start without Kafka
     */
    public BudgetStates(KafkaSettings kafka, Path snapshot, MeterRegistry metrics) {
        this(kafka, snapshot, metrics, InstantSource.system(), MOST_ACCOUNTS);
    }

    BudgetStates(
            KafkaSettings kafka,
            Path snapshot,
            MeterRegistry metrics,
            InstantSource clock,
            int mostAccounts) {
        this.snapshot = new BudgetSnapshot(snapshot);
        this.clock = requireNonNull(clock, "clock is null");
        this.mostAccounts = mostAccounts;
        this.unreadable =
                Counter.builder("sluice_budget_states_unreadable")
                        .description("Budget states that this ingress could not read and skipped.")
                        .register(metrics);
        this.dropped =
                Counter.builder("sluice_budget_states_dropped")
                        .description("Budget states of accounts beyond those that are kept.")
                        .register(metrics);
        Gauge.builder("sluice_budget_states", bases, Map::size)
                .description("Accounts of which this ingress knows what the books say.")
                .register(metrics);
        this.tail =
                new TopicTail(
                        kafka,
                        Topics.BUDGETS,
                        "budgets",
                        TopicTail.Start.COMMITTED,
                        record -> apply(record.key(), record.value()));
    }

    /** Reads the snapshot, then follows the topic, with or without Kafka. */
    public void start() {
        snapshot.read(runs, bases::put);
        tail.start();
        saving.start();
    }

    /** Whether everything that was there at the start has been read, once and for all. */
    public boolean caughtUp() {
        return tail.caughtUp();
    }

    @Override
    public @Nullable BudgetBase base(String account) {
        return bases.get(account);
    }

    /** What the books show of an account in the newest period they know; 0 where they show none. */
    public long spentPico(String account) {
        BudgetBase base = bases.get(account);
        return base == null ? 0 : base.spentPico();
    }

    /** Stops within two seconds, and keeps what it knows for the next start. */
    @Override
    public void close() {
        tail.close();
        saving.close(CLOSE);
    }

    /**
     * Never what is half read: the next start would know less than this one did. While states keep
     * changing, writing them takes at most a twentieth of the time.
     */
    private void save() {
        long now = changes.get();
        long begin = System.nanoTime();
        boolean isDue = begin - saveNotBeforeNanos >= 0 || saving.isClosing();
        if (!tail.caughtUp() || now == savedChanges || !isDue) {
            return;
        }
        try {
            snapshot.write(bases);
            savedChanges = now;
            long end = System.nanoTime();
            saveNotBeforeNanos = end + 20 * (end - begin);
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("error", e.toString())
                    .log("the budget states cannot be kept for a start without Kafka");
        }
    }

    /** Takes in one record of the topic. */
    void apply(@Nullable String account, byte @Nullable [] value) {
        if (account == null) {
            return;
        }
        changes.incrementAndGet();
        if (value == null) {
            bases.remove(account);
            return;
        }
        try {
            BudgetState state = Topics.BUDGETS.codec().decode(value);
            if (!state.account().equals(account)) {
                // What one account has spent is nothing that another's record may say.
                unreadable.increment();
                return;
            }
            Instant end = state.periodEnd();
            if (end != null && end.isBefore(clock.instant().minus(Duration.ofDays(1)))) {
                bases.remove(account);
            } else if (bases.size() < mostAccounts || bases.containsKey(account)) {
                bases.put(account, BudgetBase.of(state, runs));
            } else {
                dropped.increment();
            }
        } catch (NewerVersionException | UnreadableRecordException e) {
            unreadable.increment();
        }
    }
}
