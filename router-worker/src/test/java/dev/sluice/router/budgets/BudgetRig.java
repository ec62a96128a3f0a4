package dev.sluice.router.budgets;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.Secret;
import dev.sluice.schemas.events.BudgetState;
import dev.sluice.schemas.events.SpendEvent;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The topology on a bench, with a clock that is moved by hand. */
final class BudgetRig implements AutoCloseable {

    static final Secret SIGNING_KEY = new Secret("signing-key");
    static final RecordSignature SIGNATURE = new RecordSignature(SIGNING_KEY);

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final TopologyTestDriver driver;
    private final TestInputTopic<String, byte[]> spend;
    private final TestInputTopic<String, byte[]> accounts;
    private final TestOutputTopic<String, byte[]> budgets;
    private final Map<String, BudgetState> newest = new HashMap<>();
    private Instant now;

    BudgetRig(Path directory, Instant begin) {
        this(directory, begin, new BudgetPolicy(SIGNING_KEY, ZoneOffset.UTC, "1d", null));
    }

    BudgetRig(Path directory, Instant begin, BudgetPolicy policy) {
        this.now = begin;
        this.driver =
                new TopologyTestDriver(
                        BudgetTopology.build(policy, new BudgetMetrics(metrics)),
                        properties(directory),
                        begin);
        this.spend =
                driver.createInputTopic(
                        Topics.SPEND.name(), new StringSerializer(), new ByteArraySerializer());
        this.accounts =
                driver.createInputTopic(
                        Topics.ACCOUNTS.name(), new StringSerializer(), new ByteArraySerializer());
        this.budgets =
                driver.createOutputTopic(
                        Topics.BUDGETS.name(),
                        new StringDeserializer(),
                        new ByteArrayDeserializer());
    }

    private static Properties properties(Path directory) {
        var properties = new Properties();
        properties.put("application.id", "budgets-test");
        properties.put("bootstrap.servers", "localhost:1");
        properties.put("state.dir", directory.toString());
        properties.put("processing.guarantee", "exactly_once_v2");
        properties.put("rocksdb.config.setter", SmallRocksDb.class.getName());
        properties.put("processing.exception.handler.global.enabled", "true");
        return properties;
    }

    Instant now() {
        return now;
    }

    /** Sends events now. */
    void spend(EventBuilder... events) {
        for (EventBuilder event : events) {
            spend(event.build());
        }
    }

    void spend(SpendEvent event) {
        spend(event.requestId().toString(), Topics.SPEND.codec().encode(event));
    }

    /** Sends an event with the time of another clock. */
    void spend(SpendEvent event, Instant sentAt) {
        spend.pipeInput(event.requestId().toString(), Topics.SPEND.codec().encode(event), sentAt);
    }

    void spend(String key, byte[] value) {
        spend.pipeInput(key, value, now);
    }

    void account(Account account) {
        byte[] value = Topics.ACCOUNTS.codec().encode(account);
        account(account.recordKey(), value, SIGNATURE.of(account.recordKey(), value));
    }

    void account(String key, byte[] value, byte[] signature) {
        var headers = new RecordHeaders();
        headers.add(RecordSignature.HEADER, signature);
        accounts.pipeInput(new TestRecord<>(key, value, headers, now));
    }

    void advance(Duration time) {
        for (long left = time.toMillis(); left > 0; left -= 250) {
            Duration step = Duration.ofMillis(Math.min(250, left));
            now = now.plus(step);
            driver.advanceWallClockTime(step);
        }
    }

    /** Moves the clock at once; what was due in between happens at its end. */
    void leap(Duration time) {
        now = now.plus(time);
        driver.advanceWallClockTime(time);
    }

    /** What was published since the last look, in order. */
    List<KeyValue<String, BudgetState>> published() throws Exception {
        List<KeyValue<String, BudgetState>> states = new ArrayList<>();
        for (KeyValue<String, byte[]> record : budgets.readKeyValuesToList()) {
            BudgetState state =
                    record.value == null ? null : Topics.BUDGETS.codec().decode(record.value);
            states.add(new KeyValue<>(record.key, state));
            newest.put(record.key, state);
        }
        return states;
    }

    /** What a reader of the compacted topic has, after all that is due was published. */
    Map<String, BudgetState> states() throws Exception {
        advance(Duration.ofMillis(1_500));
        published();
        Map<String, BudgetState> known = new HashMap<>(newest);
        known.values().removeIf(state -> state == null);
        return known;
    }

    long spent(String account) throws Exception {
        BudgetState state = states().get(account);
        return state == null ? -1 : state.spentPico();
    }

    double events(String outcome) {
        return metrics.get("sluice_budgets_events").tag("outcome", outcome).counter().count();
    }

    double records(String outcome) {
        return metrics.get("sluice_budgets_account_records")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    @Override
    public void close() {
        driver.close();
    }
}
