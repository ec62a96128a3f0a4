package dev.sluice.router.budgets;

import dev.sluice.schemas.Topics;

import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.UsePartitionTimeOnInvalidTimestamp;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

import java.time.Duration;

/**
 * From what attempts cost to what each account has spent.
 *
 * <pre>
 *  sluice.spend.v1 ── {@link SpendReader} ── by account ── {@link BudgetKeeper} ── at most 4/s each ── sluice.budgets.v1
 *                      event ids, 24 h       (charges)      ledgers
 *  sluice.accounts.v1 ── {@link AccountReader} ── {@link AccountDirectory} ──┘
 * </pre>
 */
public final class BudgetTopology {

    private static final Serde<Ledger> LEDGER =
            Serdes.serdeFrom(
                    (_, ledger) -> ledger == null ? null : ledger.packed(),
                    (_, bytes) -> bytes == null ? null : Ledger.unpacked(bytes));

    private BudgetTopology() {}

    /** Builds it with a directory of its own: a topology begun again reads all accounts again. */
    public static Topology build(BudgetPolicy policy, BudgetMetrics metrics) {
        var directory = new AccountDirectory(policy);
        var builder = new StreamsBuilder();
        builder.addGlobalStore(
                unused(),
                Topics.ACCOUNTS.name(),
                Consumed.with(Serdes.String(), Serdes.ByteArray()).withName("accounts"),
                () -> new AccountReader(directory, metrics));
        builder.addStateStore(seen());
        builder.addStateStore(ledgers());
        builder.stream(
                        Topics.SPEND.name(),
                        Consumed.with(Serdes.String(), Serdes.ByteArray())
                                .withTimestampExtractor(new UsePartitionTimeOnInvalidTimestamp())
                                .withName("spend"))
                .process(() -> new SpendReader(metrics), Named.as("read"), SpendReader.SEEN)
                .repartition(
                        Repartitioned.with(Serdes.String(), Serdes.ByteArray()).withName("charges"))
                .process(
                        () -> new BudgetKeeper(directory, policy, metrics),
                        Named.as("keep"),
                        BudgetKeeper.LEDGERS)
                .to(
                        Topics.BUDGETS.name(),
                        Produced.with(Serdes.String(), Serdes.ByteArray()).withName("budgets"));
        return builder.build();
    }

    /** Kafka asks for a store where all records of a topic are read; the directory is ours. */
    private static StoreBuilder<KeyValueStore<String, byte[]>> unused() {
        return Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore("accounts"),
                        Serdes.String(),
                        Serdes.ByteArray())
                .withLoggingDisabled();
    }

    private static StoreBuilder<WindowStore<byte[], byte[]>> seen() {
        return Stores.windowStoreBuilder(
                Stores.persistentWindowStore(
                        SpendReader.SEEN, SpendReader.WINDOW, Duration.ofMillis(1), false),
                Serdes.ByteArray(),
                Serdes.ByteArray());
    }

    /** Cached, so that a burst on one account is one record of the changelog a commit. */
    private static StoreBuilder<KeyValueStore<String, Ledger>> ledgers() {
        return Stores.keyValueStoreBuilder(
                        Stores.persistentKeyValueStore(BudgetKeeper.LEDGERS),
                        Serdes.String(),
                        LEDGER)
                .withCachingEnabled();
    }
}
