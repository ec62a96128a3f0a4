package dev.sluice.router.budgets;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.BudgetPeriod;

import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Keeps the ledgers of one partition's accounts and publishes what changed: at once, and then what
 * changes within 250 ms together.
 *
 * <p>The clock is asked to call once a second, for what changes without a charge, and while
 * something is to be published: each call is a transaction, also of a gateway that nobody uses.
 *
 * <p>What is to be done later (publish, end a period, forget) follows from the store: it is looked
 * through once at the start, and what it says is then kept at hand. Nothing is published of an
 * account that has no record and no budget: the output stays proportional to accounts, whatever
 * callers name as end users.
 */
final class BudgetKeeper implements Processor<String, byte[], String, byte[]> {

    static final String LEDGERS = "ledgers";
    static final Duration GATHER_FOR = Duration.ofMillis(250);
    static final Duration REVIEW_INTERVAL = Duration.ofSeconds(1);

    /** A call that claims to have started later than this from now does not end a period. */
    private static final Duration CLOCK_SKEW_MAX = Duration.ofSeconds(10);

    /** Of each kind of work that comes in bursts (midnight, a shared budget) at most so much. */
    private static final int WORK_PER_REVIEW_MAX = 10_000;

    private static final Logger LOGGER = LoggerFactory.getLogger(BudgetKeeper.class);

    private final AccountDirectory directory;
    private final BudgetPolicy policy;
    private final BudgetMetrics metrics;

    /** Told by another thread; never more than there are accounts. */
    private final Set<String> changed = ConcurrentHashMap.newKeySet();

    private final Consumer<String> watcher = changed::add;
    private final Set<String> pending = new LinkedHashSet<>();
    private final PeriodEnds ends = new PeriodEnds();
    private final Unknowns unknowns;
    private @Nullable Cancellable gathering;
    private @Nullable ProcessorContext<String, byte[]> context;
    private @Nullable KeyValueStore<String, Ledger> ledgers;

    BudgetKeeper(AccountDirectory directory, BudgetPolicy policy, BudgetMetrics metrics) {
        this.directory = directory;
        this.policy = policy;
        this.metrics = metrics;
        this.unknowns = new Unknowns(policy.endUserBudgetId() != null);
    }

    /** Also called when a task is begun again after a failed transaction. */
    @Override
    public void init(ProcessorContext<String, byte[]> context) {
        this.context = context;
        this.ledgers = context.getStateStore(LEDGERS);
        directory.unwatch(watcher);
        forgetWhatIsAtHand();
        directory.watch(watcher);
        lookThrough();
        context.schedule(
                REVIEW_INTERVAL,
                PunctuationType.WALL_CLOCK_TIME,
                millis -> review(Instant.ofEpochMilli(millis)));
    }

    @Override
    public void process(Record<String, byte[]> record) {
        Charge charge = decoded(record.value());
        if (charge == null) {
            return;
        }
        Instant now = now();
        String account = record.key();
        charge(account, charge, now);
        String modelGroup = charge.modelGroup();
        if (modelGroup != null) {
            directory
                    .modelAccount(account, modelGroup)
                    .ifPresent(model -> charge(model, charge, now));
        }
    }

    @Override
    public void close() {
        directory.unwatch(watcher);
    }

    private static @Nullable Charge decoded(byte[] value) {
        try {
            return Charge.unpacked(value);
        } catch (UnreadableRecordException e) {
            LOGGER.atError().addKeyValue("error", e.getMessage()).log("charge is lost");
            return null;
        }
    }

    private void charge(String account, Charge charge, Instant now) {
        Optional<BudgetTerms> known = directory.terms(account);
        BudgetTerms terms = known.orElse(BudgetTerms.NONE);
        Instant latest = now.plus(CLOCK_SKEW_MAX);
        Instant started = charge.startedAt().isAfter(latest) ? latest : charge.startedAt();
        Instant at = started.isAfter(now) ? started : now;
        Ledger before = store().get(account);
        Tally tally =
                before == null
                        ? Tally.opened(terms, policy.zone(), at)
                        : before.tally().at(at, terms, policy.zone());
        boolean announced = before != null && before.announced();
        save(
                account,
                before,
                new Ledger(tally.charged(charge), now, announced, known.isPresent()),
                now);
    }

    /** What happens without a charge. */
    private void review(Instant now) {
        takeChanges(now);
        ends.due(now, WORK_PER_REVIEW_MAX).forEach(account -> review(account, now));
        unknowns.due(now, WORK_PER_REVIEW_MAX).forEach(account -> forget(account, now));
    }

    private void takeChanges(Instant now) {
        Iterator<String> accounts = changed.iterator();
        for (int i = 0; i < WORK_PER_REVIEW_MAX && accounts.hasNext(); i++) {
            String account = accounts.next();
            // First out, then looked at: a change in between puts it in again.
            accounts.remove();
            review(account, now);
            modelsOf(account).forEach(model -> review(model, now));
            if (directory.isForAllEndUsers(account)) {
                changed.addAll(unknowns.accounts());
            }
        }
    }

    /** The accounts of a key's models, which begin with the key's own name. */
    private Set<String> modelsOf(String account) {
        if (!account.startsWith(Account.ApiKey.recordKey(""))) {
            return Set.of();
        }
        Set<String> models = new LinkedHashSet<>();
        try (KeyValueIterator<String, Ledger> found = store().range(account + ":", account + ";")) {
            found.forEachRemaining(entry -> models.add(entry.key));
        }
        return models;
    }

    /** Brings an account to the terms and the period that hold now, if it is one of ours. */
    private void review(String account, Instant now) {
        Ledger before = store().get(account);
        if (before == null) {
            return;
        }
        Optional<BudgetTerms> known = directory.terms(account);
        Tally tally = before.tally().at(now, known.orElse(BudgetTerms.NONE), policy.zone());
        if (known.isEmpty() && before.announced()) {
            forward(account, null, now);
        }
        boolean isNews = !before.announced() || !tally.equals(before.tally());
        var after =
                new Ledger(
                        tally,
                        before.touchedAt(),
                        known.isPresent() && before.announced(),
                        known.isPresent() && (before.pending() || isNews));
        if (after.equals(before)) {
            watchOver(account, after);
        } else {
            save(account, before, after, now);
        }
    }

    private void publishSoon(String account, Instant now) {
        pending.add(account);
        if (gathering == null) {
            publish(now);
            gather();
        }
    }

    private void gather() {
        gathering =
                requireNonNull(context, "not begun")
                        .schedule(
                                GATHER_FOR,
                                PunctuationType.WALL_CLOCK_TIME,
                                millis -> publishGathered(Instant.ofEpochMilli(millis)));
    }

    private void publishGathered(Instant now) {
        if (pending.isEmpty()) {
            requireNonNull(gathering, "not begun").cancel();
            gathering = null;
        } else {
            publish(now);
        }
    }

    private void publish(Instant now) {
        for (String account : pending) {
            Ledger ledger = store().get(account);
            if (ledger != null && ledger.pending()) {
                Tally tally = ledger.tally();
                forward(account, Topics.BUDGETS.codec().encode(tally.state(account)), now);
                store().put(account, new Ledger(tally, ledger.touchedAt(), true, false));
                metrics.published();
            }
        }
        pending.clear();
    }

    private void forget(String account, Instant now) {
        if (directory.isLasting(account)) {
            return;
        }
        Ledger ledger = store().delete(account);
        if (ledger != null) {
            ends.move(account, ledger.tally().period().end(), null);
            if (ledger.announced()) {
                forward(account, null, now);
            }
            metrics.forgot();
        }
    }

    private void save(String account, @Nullable Ledger before, Ledger after, Instant now) {
        store().put(account, after);
        Instant end = before == null ? null : before.tally().period().end();
        ends.move(account, end, after.tally().period().end());
        watchOver(account, after);
        if (after.pending()) {
            publishSoon(account, now);
        }
    }

    private void watchOver(String account, Ledger ledger) {
        if (directory.isLasting(account)) {
            unknowns.remove(account);
        } else {
            unknowns.touch(account, ledger.touchedAt());
        }
    }

    private void forgetWhatIsAtHand() {
        changed.clear();
        gathering = null;
        pending.clear();
        ends.clear();
        unknowns.clear();
    }

    /** What was left undone, and what changed while nobody looked, is done at the next review. */
    private void lookThrough() {
        try (KeyValueIterator<String, Ledger> all = store().all()) {
            while (all.hasNext()) {
                KeyValue<String, Ledger> entry = all.next();
                Tally tally = entry.value.tally();
                BudgetPeriod period = tally.period();
                ends.move(entry.key, null, period.end());
                watchOver(entry.key, entry.value);
                if (entry.value.pending()) {
                    pending.add(entry.key);
                }
                Optional<BudgetTerms> terms = directory.terms(entry.key);
                boolean isStale =
                        !tally.terms().equals(terms.orElse(BudgetTerms.NONE))
                                || terms.isPresent() != entry.value.announced();
                if (isStale) {
                    changed.add(entry.key);
                }
            }
        }
        unknowns.sort();
        gather();
    }

    private Instant now() {
        return Instant.ofEpochMilli(requireNonNull(context, "not begun").currentSystemTimeMs());
    }

    private KeyValueStore<String, Ledger> store() {
        return requireNonNull(ledgers, "not begun");
    }

    @SuppressWarnings("NullAway") // Kafka's record has no nullness; no value is a tombstone
    private void forward(String account, byte @Nullable [] value, Instant now) {
        requireNonNull(context, "not begun")
                .forward(new Record<>(account, value, now.toEpochMilli()));
    }
}
