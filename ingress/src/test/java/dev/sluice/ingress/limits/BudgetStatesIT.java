package dev.sluice.ingress.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.BudgetState;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

@ExtendWith(KafkaExtension.class)
class BudgetStatesIT {

    private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final KafkaSettings AWAY = KafkaSettings.of("127.0.0.1:1");

    @TempDir private Path folder;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final String account = "key:" + UUID.randomUUID();

    @Test
    void readsFromTheBeginningAndThenFollows(KafkaBroker broker) throws Exception {
        KafkaSettings kafka = KafkaSettings.of(broker.bootstrapServers());
        KafkaTopics.ensure(kafka, Topics.BUDGETS);
        try (var producer =
                        new KafkaProducer<>(
                                kafka.client("test"),
                                new StringSerializer(),
                                new ByteArraySerializer());
                var states = new BudgetStates(kafka, snapshot(), metrics)) {
            producer.send(record(state(100, null))).get();
            states.start();

            await().atMost(PATIENCE).until(states::caughtUp);
            assertThat(states.spentPico(account)).isEqualTo(100);
            producer.send(record(state(250, null))).get();
            await().atMost(PATIENCE).until(() -> states.spentPico(account) == 250);
            BudgetBase base = requireNonNull(states.base(account));
            assertThat(base.of("run-a")).isEqualTo(250);
            assertThat(base.of("run-b")).isZero();
        }
    }

    @Test
    void startsWithoutKafka() {
        try (var states = new BudgetStates(AWAY, snapshot(), metrics)) {
            states.start();

            assertThat(states.caughtUp()).isFalse();
            assertThat(states.base(account)).isNull();
        }
    }

    @Test
    void knowsWithoutKafkaWhatItKnewInAnEarlierRun(KafkaBroker broker) throws Exception {
        KafkaSettings kafka = KafkaSettings.of(broker.bootstrapServers());
        KafkaTopics.ensure(kafka, Topics.BUDGETS);
        try (var producer =
                        new KafkaProducer<>(
                                kafka.client("test"),
                                new StringSerializer(),
                                new ByteArraySerializer());
                var earlier = new BudgetStates(kafka, snapshot(), metrics)) {
            producer.send(record(state(100, null))).get();
            earlier.start();
            await().atMost(PATIENCE).until(earlier::caughtUp);
        }

        try (var states = new BudgetStates(AWAY, snapshot(), metrics)) {
            states.start();

            BudgetBase base = requireNonNull(states.base(account));
            assertThat(base.spentPico()).isEqualTo(100);
            assertThat(base.periodStartMillis()).isEqualTo(NOON.toEpochMilli());
            assertThat(base.of("run-a")).isEqualTo(100);
            assertThat(states.caughtUp()).isFalse();
        }
    }

    @Test
    void takesNothingFromAFileThatIsNotWhole() throws Exception {
        try (var states = new BudgetStates(AWAY, snapshot(), metrics)) {
            states.apply(account, encode(state(7, null)));
            BudgetBase base = requireNonNull(states.base(account));
            new BudgetSnapshot(snapshot()).write(Map.of(account, base, "key:other", base));
        }
        byte[] whole = Files.readAllBytes(snapshot());
        for (int length = 0; length < whole.length; length++) {
            Files.write(snapshot(), Arrays.copyOf(whole, length));
            assertThat(read()).isEmpty();
        }
        for (int place = 0; place < whole.length; place++) {
            byte[] damaged = whole.clone();
            damaged[place] ^= 4;
            Files.write(snapshot(), damaged);
            assertThat(read()).isEmpty();
        }
        Files.write(snapshot(), whole);
        assertThat(read()).containsOnlyKeys(account, "key:other");
    }

    private Map<String, BudgetBase> read() {
        Map<String, BudgetBase> found = new HashMap<>();
        new BudgetSnapshot(snapshot()).read(new ConcurrentHashMap<>(), found::put);
        return found;
    }

    private Path snapshot() {
        return folder.resolve("budgets.snapshot");
    }

    @Test
    void skipsWhatItCannotReadAndWhatIsOverAndWhatIsTooMuch() {
        try (var states =
                new BudgetStates(AWAY, snapshot(), metrics, InstantSource.fixed(NOON), 1)) {
            states.apply("a", "{".getBytes(StandardCharsets.UTF_8));
            states.apply("a", encode(state("a", 1, NOON.minus(Duration.ofDays(2)))));
            assertThat(states.base("a")).isNull();
            states.apply("a", encode(state("a", 2, NOON.minus(Duration.ofHours(2)))));
            states.apply("b", encode(state("b", 3, null)));
            states.apply("a", encode(state("b", 0, null)));

            assertThat(states.spentPico("a")).isEqualTo(2);
            assertThat(states.base("b")).isNull();
            states.apply("a", null);
            assertThat(states.base("a")).isNull();
            assertThat(metrics.get("sluice_budget_states_unreadable").counter().count())
                    .isEqualTo(2);
            assertThat(metrics.get("sluice_budget_states_dropped").counter().count()).isEqualTo(1);
        }
    }

    private BudgetState state(long spent, @Nullable Instant end) {
        return state(account, spent, end);
    }

    private static BudgetState state(String of, long spent, @Nullable Instant end) {
        return new BudgetState(of, NOON, end, spent, spent, Map.of("run-a", spent), Instant.now());
    }

    private ProducerRecord<String, byte[]> record(BudgetState state) {
        return new ProducerRecord<>(Topics.BUDGETS.name(), state.account(), encode(state));
    }

    private static byte[] encode(BudgetState state) {
        return Topics.BUDGETS.codec().encode(state);
    }
}
