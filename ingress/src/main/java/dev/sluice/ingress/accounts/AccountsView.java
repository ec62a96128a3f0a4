package dev.sluice.ingress.accounts;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.accounts.AccountsMetrics.Verdict;
import dev.sluice.ingress.fleet.Background;
import dev.sluice.ingress.fleet.TopicTail;
import dev.sluice.schemas.NewerVersionException;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.UnreadableRecordException;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Account.Customer;
import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.KafkaSettings;

import io.micrometer.core.instrument.MeterRegistry;

import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The accounts as {@link Topics#ACCOUNTS} tells them. A record is believed only if its signature
 * holds, it stands under its own key, and it is newer than what is known; everything else is
 * counted and changes nothing.
 *
 * <p>It serves once the topic was read to its end, or at once from the snapshot of an earlier run;
 * before that no key is known to be good, and none to be bad. With a snapshot, what changed while
 * this ingress was down holds only once the topic was read: some seconds, or as long as Kafka is
 * away. When Kafka leaves later, it serves what it knows.
 */
public final class AccountsView implements KeyDirectory, AutoCloseable {

    /**
     * So many accounts are kept; of further new ones nothing is known, and their keys get a 503.
     */
    public static final int ACCOUNTS_MAX = 2_000_000;

    private static final Logger LOGGER = LoggerFactory.getLogger(AccountsView.class);
    private static final Duration BETWEEN_QUESTIONS = Duration.ofSeconds(1);
    private static final Duration ANSWER = Duration.ofSeconds(2);
    private static final Duration SNAPSHOT_PAUSE = Duration.ofSeconds(5);
    private static final Duration CLOSE = Duration.ofMillis(900);
    private static final Duration UNKNOWN_KEY_WAIT = Duration.ofMillis(300);
    private static final int RECORD_BYTES_MAX = 1 << 20;
    private static final Resolution.NotReady NOT_READ =
            new Resolution.NotReady("The gateway has not read its accounts yet.");

    private final RecordSignature signature;
    private final AccountsSnapshot snapshot;
    private final AccountsMetrics metrics;
    private final AccountStore store;
    private final AccountsOfKeys accountsOfKeys;
    private final Patience patience = new Patience();
    private final ReentrantLock lock = new ReentrantLock();
    private final AtomicLong changes = new AtomicLong();
    private final Condition changed = lock.newCondition();
    private final TopicTail tail;
    private final Background saving =
            new Background("sluice-accounts-snapshot", SNAPSHOT_PAUSE, this::save);

    private volatile boolean hasSnapshot;
    private volatile boolean isFollowing;
    private long savedChanges;
    private long saveNotBeforeNanos = System.nanoTime();
    private boolean alarmed;

    /**
     * A view that knows nothing before {@link #start}.
     *
     * @param snapshot the file that the accounts are kept in for a start without Kafka
     */
    public AccountsView(
            KafkaSettings kafka, RecordSignature signature, Path snapshot, MeterRegistry metrics) {
        this(kafka, signature, snapshot, metrics, ACCOUNTS_MAX);
    }

    AccountsView(
            KafkaSettings kafka,
            RecordSignature signature,
            Path snapshot,
            MeterRegistry metrics,
            int accountsMax) {
        this.signature = requireNonNull(signature, "signature is null");
        this.snapshot = new AccountsSnapshot(snapshot, signature);
        this.metrics = new AccountsMetrics(metrics);
        this.store = new AccountStore(accountsMax);
        this.accountsOfKeys = new AccountsOfKeys(store);
        this.tail =
                new TopicTail(
                        kafka,
                        Topics.ACCOUNTS,
                        "accounts",
                        TopicTail.Start.BEGINNING,
                        new Following());
        AccountsMetrics.accounts(metrics, store::size);
    }

    /** Reads the snapshot, then follows the topic, with or without Kafka. */
    public void start() {
        snapshot.read()
                .ifPresent(accounts -> {
                    lock.lock();
                    try {
                        accounts.forEach(store::put);
                    } finally {
                        lock.unlock();
                    }
                    hasSnapshot = true;
                });
        tail.start();
        saving.start();
    }

    /** Whether the topic was read to the end that it had at the start, once and for all. */
    public boolean caughtUp() {
        return tail.caughtUp();
    }

    /** Whether keys can be told, by the topic or by a snapshot; else virtual keys get a 503. */
    public boolean isRead() {
        return tail.caughtUp() || hasSnapshot;
    }

    /** Whether Kafka tells of changes, as it did some seconds ago. */
    public boolean isFollowing() {
        return isFollowing;
    }

    /** Whether keys can be told: by the topic or by a snapshot, and all accounts have a place. */
    public boolean isComplete() {
        return isRead() && !store.isFull();
    }

    /** Accounts that are known, deleted ones included. */
    public int size() {
        return store.size();
    }

    /** The account that stands under a record key has at least this version, here and now. */
    public boolean hasSeen(String recordKey, long version) {
        return store.version(recordKey) >= version;
    }

    /**
     * Waits until this view has seen changes.
     *
     * @param versions the version to wait for, by record key
     * @return false if time ran out first
     */
    public boolean awaitVersions(Map<String, Long> versions, Duration atMost) {
        return await(
                () ->
                        versions.entrySet().stream()
                                .allMatch(entry -> hasSeen(entry.getKey(), entry.getValue())),
                atMost);
    }

    @Override
    public Resolution resolve(KeyHash hash, boolean mayWait) {
        boolean known = isRead() && store.key(hash) != null;
        if (!known && mayWait && !store.isDeleted(hash) && patience.begin(hash)) {
            try {
                await(() -> isRead() && store.key(hash) != null, UNKNOWN_KEY_WAIT);
            } finally {
                patience.end();
            }
        }
        if (!isRead()) {
            return NOT_READ;
        }
        Account.ApiKey key = store.key(hash);
        if (key == null) {
            return store.isFull() ? NOT_READ : Resolution.UNKNOWN;
        }
        return accountsOfKeys.of(key);
    }

    @Override
    public @Nullable EndUser endUser(String id) {
        Customer customer = store.find(Kind.CUSTOMER, Customer.class, id);
        return customer == null ? null : accountsOfKeys.endUser(customer);
    }

    @Override
    public @Nullable Limits budget(String id) {
        Account.Budget budget = store.find(Kind.BUDGET, Account.Budget.class, id);
        return budget == null ? null : budget.limits();
    }

    private boolean await(BooleanSupplier condition, Duration atMost) {
        lock.lock();
        try {
            long leftNanos = atMost.toNanos();
            while (!condition.getAsBoolean()) {
                if (leftNanos <= 0) {
                    return false;
                }
                leftNanos = changed.awaitNanos(leftNanos);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes in one record of the topic. There is no other way in than this and the signed snapshot.
     *
     * @param sent the header {@link RecordSignature#HEADER}
     */
    public void accept(@Nullable String key, byte @Nullable [] value, byte @Nullable [] sent) {
        Verdict outcome = judge(key, value, sent);
        metrics.count(outcome);
        if (outcome == Verdict.TAKEN) {
            return;
        }
        boolean alarming = outcome == Verdict.NEWER_SCHEMA || outcome == Verdict.FULL;
        LOGGER.atLevel(alarming && !alarmed ? Level.ERROR : Level.DEBUG)
                .addKeyValue("topic", Topics.ACCOUNTS.name())
                .addKeyValue("outcome", outcome)
                .log("an account record is not taken, what was known before holds on");
        alarmed |= alarming;
    }

    private Verdict judge(@Nullable String key, byte @Nullable [] value, byte @Nullable [] sent) {
        if (value == null) {
            return Verdict.WITHOUT_VALUE;
        }
        if (value.length > RECORD_BYTES_MAX) {
            return Verdict.TOO_LARGE;
        }
        if (key == null || !signature.isOf(key, value, sent)) {
            return Verdict.UNSIGNED;
        }
        try {
            Account account = Topics.ACCOUNTS.codec().decode(value);
            return account.recordKey().equals(key) ? take(account) : Verdict.WRONG_KEY;
        } catch (NewerVersionException e) {
            return Verdict.NEWER_SCHEMA;
        } catch (UnreadableRecordException e) {
            return Verdict.UNREADABLE;
        }
    }

    private Verdict take(Account account) {
        lock.lock();
        try {
            AccountStore.Outcome outcome = store.put(account);
            if (outcome == AccountStore.Outcome.TAKEN) {
                changes.incrementAndGet();
                changed.signalAll();
            }
            return switch (outcome) {
                case TAKEN -> Verdict.TAKEN;
                case KNOWN -> Verdict.KNOWN;
                case OLDER -> Verdict.OLDER;
                case FULL -> Verdict.FULL;
                case MALFORMED -> Verdict.UNREADABLE;
            };
        } finally {
            lock.unlock();
        }
    }

    /** Takes in the topic, and asks each second whether Kafka is there. */
    private final class Following implements TopicTail.Reader {

        private long askedNanos;

        @Override
        public void opened() {
            isFollowing = true;
            askedNanos = System.nanoTime();
        }

        @Override
        public void take(ConsumerRecord<String, byte[]> record) {
            Header header = record.headers().lastHeader(RecordSignature.HEADER);
            accept(record.key(), record.value(), header == null ? null : header.value());
        }

        @Override
        public void caughtUp() {
            lock.lock();
            try {
                changes.incrementAndGet();
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void polled(Consumer<String, byte[]> open, List<TopicPartition> partitions) {
            if (System.nanoTime() - askedNanos > BETWEEN_QUESTIONS.toNanos()) {
                follows(answers(open, partitions));
                askedNanos = System.nanoTime();
            }
        }

        @Override
        public void lost() {
            isFollowing = false;
        }
    }

    private void follows(boolean isThere) {
        if (isThere != isFollowing) {
            LOGGER.atLevel(isThere ? Level.INFO : Level.WARN)
                    .log(
                            isThere
                                    ? "Kafka answers again: changes of accounts are seen"
                                    : "Kafka does not answer: changes of accounts are not seen");
        }
        isFollowing = isThere;
    }

    /** A poll that finds nothing does not tell whether there was anybody to ask. */
    private static boolean answers(Consumer<String, byte[]> open, List<TopicPartition> partitions) {
        try {
            open.endOffsets(partitions, ANSWER);
            return true;
        } catch (TimeoutException e) {
            LOGGER.atDebug().setCause(e).log("Kafka does not answer");
            return false;
        }
    }

    /**
     * Never a view that is half read: the next start would take it for the whole. While accounts
     * keep changing, writing them takes at most a twentieth of the time.
     */
    private void save() {
        long now = changes.get();
        long begin = System.nanoTime();
        boolean isDue = begin - saveNotBeforeNanos >= 0 || saving.isClosing();
        if (!isComplete() || now == savedChanges || !isDue) {
            return;
        }
        try {
            snapshot.write(store);
            savedChanges = now;
            long end = System.nanoTime();
            saveNotBeforeNanos = end + 20 * (end - begin);
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("error", e.toString())
                    .log("the accounts cannot be kept for a start without Kafka");
        }
    }

    /** Stops within two seconds, and keeps what it knows for the next start. */
    @Override
    public void close() {
        tail.close();
        saving.close(CLOSE);
    }
}
