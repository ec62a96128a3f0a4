package dev.sluice.router.budgets;

import static dev.sluice.router.budgets.Accounts.key;
import static dev.sluice.router.budgets.Accounts.limits;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.events.BudgetState;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedForward;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.NullUnmarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** What a keeper finds in the store of one that ended without a word. */
@NullUnmarked // a state that is missing fails the test as well as any assertion
final class BudgetKeeperTest {

    private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");
    private static final BudgetPolicy POLICY =
            new BudgetPolicy(BudgetRig.SIGNING_KEY, ZoneOffset.UTC, "1d", null);

    @TempDir private Path directory;
    private final AccountDirectory accounts = new AccountDirectory(POLICY);
    private final Map<String, @Nullable BudgetState> published = new HashMap<>();
    private @Nullable MockProcessorContext<String, byte[]> context;
    private @Nullable KeyValueStore<String, Ledger> store;
    private @Nullable BudgetKeeper keeper;

    @BeforeEach
    void begin() {
        var properties = new Properties();
        properties.put("application.id", "keeper");
        properties.put("bootstrap.servers", "localhost:1");
        context = new MockProcessorContext<>(properties, new TaskId(0, 0), directory.toFile());
        context.setCurrentSystemTimeMs(NOON.toEpochMilli());
        store =
                Stores.keyValueStoreBuilder(
                                Stores.inMemoryKeyValueStore(BudgetKeeper.LEDGERS),
                                Serdes.String(),
                                Serdes.serdeFrom(
                                        (_, ledger) -> ledger == null ? null : ledger.packed(),
                                        (_, bytes) ->
                                                bytes == null ? null : Ledger.unpacked(bytes)))
                        .withLoggingDisabled()
                        .build();
        store.init(context.getStateStoreContext(), store);
        restart();
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void publishesWhatItsPredecessorDidNotComeTo() throws Exception {
        charge("proxy", 3);
        charge("proxy", 4);

        restart();
        tick(Duration.ofMillis(250));

        assertThat(published.get("proxy")).extracting(BudgetState::spentPico).isEqualTo(7L);
    }

    @Test
    void publishesNothingThatIsPublished() throws Exception {
        charge("proxy", 3);
        tick(Duration.ofMillis(250));
        published.clear();

        restart();
        tick(Duration.ofMillis(250));

        assertThat(published).isEmpty();
    }

    @Test
    void endsAPeriodThatEndedMeanwhile() throws Exception {
        charge("proxy", 3);
        tick(Duration.ofMillis(250));

        restart();
        tick(Duration.ofHours(13));

        assertThat(published.get("proxy")).extracting(BudgetState::spentPico).isEqualTo(0L);
    }

    @Test
    void noticesWhatChangedMeanwhile() throws Exception {
        tell(key("k1", 1, limits(9L, null, NOON)));
        tell(key("k2", 1, limits(9L, null, NOON)));
        charge("key:k1", 3);
        charge("key:k2", 3);
        tick(Duration.ofMillis(250));
        end();
        tell(key("k1", 2, limits(9L, "1h", NOON)));
        tell(new Account.Deleted("key:k2", 2));
        published.clear();

        restart();
        tick(Duration.ofMillis(250));

        assertThat(published).containsOnlyKeys("key:k1", "key:k2").containsEntry("key:k2", null);
        assertThat(published.get("key:k1"))
                .extracting(BudgetState::periodEnd)
                .isEqualTo(NOON.plusSeconds(3_600));
    }

    @Test
    void forgetsTheUnknownInTheOrderOfTheirSilence() throws Exception {
        for (int i = 9; i >= 0; i--) {
            charge("customer:e" + i, 3);
            tick(Duration.ofMinutes(1));
        }

        restart();
        tick(Duration.ofMinutes(55));

        assertThat(store.get("customer:e9")).isNull();
        assertThat(store.get("customer:e6")).isNull();
        assertThat(store.get("customer:e4")).isNotNull();
        assertThat(store.get("customer:e0")).isNotNull();
        assertThat(published).isEmpty();
    }

    @Test
    void listensNoMoreOnceItIsClosed() throws Exception {
        tell(key("k1", 1, limits(9L, null, NOON)));
        charge("key:k1", 3);
        tick(Duration.ofMillis(250));
        published.clear();

        end();
        tell(key("k1", 2, limits(9L, "1h", NOON)));
        tick(Duration.ofMillis(250));

        assertThat(published).isEmpty();
    }

    private void end() {
        keeper.close();
    }

    private void restart() {
        if (keeper != null) {
            keeper.close();
        }
        context.scheduledPunctuators().forEach(CapturedPunctuator::cancel);
        keeper = new BudgetKeeper(accounts, POLICY, new BudgetMetrics(new SimpleMeterRegistry()));
        keeper.init(context);
    }

    private void charge(String account, long pico) {
        Instant now = Instant.ofEpochMilli(context.currentSystemTimeMs());
        var charge = new Charge(pico, now, now, "j1", null);
        keeper.process(new Record<>(account, charge.packed(), now.toEpochMilli()));
    }

    private void tick(Duration later) throws Exception {
        long now = context.currentSystemTimeMs() + later.toMillis();
        context.setCurrentSystemTimeMs(now);
        for (int i = 0; i < 2; i++) {
            // A review may ask for a publication.
            for (CapturedPunctuator due : List.copyOf(context.scheduledPunctuators())) {
                if (!due.cancelled()) {
                    due.getPunctuator().punctuate(now);
                }
            }
        }
        for (CapturedForward<? extends String, ? extends byte[]> forward : context.forwarded()) {
            byte[] value = forward.record().value();
            published.put(
                    forward.record().key(),
                    value == null ? null : Topics.BUDGETS.codec().decode(value));
        }
        context.resetForwards();
    }

    private void tell(Account account) {
        byte[] value = Topics.ACCOUNTS.codec().encode(account);
        String key = account.recordKey();
        accounts.accept(key, value, BudgetRig.SIGNATURE.of(key, value));
    }
}
