package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.DecisionEvent;
import dev.sluice.schemas.events.DecisionEvent.Considered;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** What is told on Kafka of how calls were routed, where all of them are told of. */
@ExtendWith(KafkaExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DecisionEventsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String SECRET = "the crown jewels";

    private static final String MODELS =
            """
              - model_name: near-and-far
                litellm_params: {model: m, api_base: SIMULATOR/d/near/v1, api_key: key-of-near, region_name: us-east, cooldown_time: 60}
                model_info: {id: near}
              - model_name: near-and-far
                litellm_params: {model: m, api_base: SIMULATOR/d/far/v1, api_key: key-of-far, region_name: eu-west}
                model_info: {id: far}
              - model_name: failing
                litellm_params: {model: m, api_base: SIMULATOR/d/failing/v1, api_key: k}
                model_info: {id: failing}
              - model_name: narrow
                litellm_params: {model: m, api_base: SIMULATOR/d/narrow/v1, api_key: k, max_parallel_requests: 1}
                model_info: {id: narrow}
              - model_name: hedged
                litellm_params: {model: m, api_base: SIMULATOR/d/slow/v1, api_key: k, order: 1}
                model_info: {id: slow}
              - model_name: hedged
                litellm_params: {model: m, api_base: SIMULATOR/d/spare/v1, api_key: k, order: 2}
                model_info: {id: spare}
            router_settings:
              routing_strategy: least-busy
              num_retries: 1
              fallbacks: [{failing: [single]}]
            sluice:
              region: us-east
              instance_id: gateway-1
              decisions: {sample_rate: 1, max_per_second: 1000}
              hedging: {enabled: true, max_share: 1, min_delay: 0.3}
            """;

    private final List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
    private GatewayUnderTest gateway;
    private KafkaConsumer<String, byte[]> consumer;

    @BeforeAll
    void start(@TempDir Path data, KafkaBroker broker) throws Exception {
        KafkaSettings kafka = KafkaSettings.of(broker.bootstrapServers());
        KafkaTopics.ensure(kafka, Topics.DECISIONS);
        consumer =
                new KafkaConsumer<>(
                        kafka.client("test"),
                        new StringDeserializer(),
                        new ByteArrayDeserializer());
        List<TopicPartition> partitions =
                consumer.partitionsFor(Topics.DECISIONS.name()).stream()
                        .map(each -> new TopicPartition(each.topic(), each.partition()))
                        .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        gateway = GatewayUnderTest.withKafka(data, MODELS, broker.bootstrapServers());
        heal();
    }

    @AfterEach
    void heal() {
        gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
        consumer.close();
    }

    @Test
    void tellsWhoWasConsideredAndWhatCameOfIt() {
        fail("near", "\"status\": 429");
        DecisionEvent event = only(events(chat("near-and-far", "\"stream\":true,")));

        assertThat(event.decision()).isEqualTo(1);
        assertThat(event.ingressId()).isEqualTo("gateway-1");
        assertThat(event.region()).isEqualTo("us-east");
        assertThat(event.modelGroup()).isEqualTo("near-and-far");
        assertThat(event.strategy()).isEqualTo("least-busy");
        assertThat(event.measure()).isEqualTo("open_calls");
        assertThat(event.stream()).isTrue();
        assertThat(event.sampleRate()).isEqualTo(1);
        assertThat(event.order()).containsExactly("near", "far");
        assertThat(event.chosen()).isEqualTo("near");
        assertThat(event.candidates())
                .extracting(Considered::deploymentId, Considered::tier, Considered::propensity)
                .containsExactly(tuple("near", 0, 1.0), tuple("far", 1, 0.0));
        assertThat(event.attempts())
                .extracting(
                        DecisionEvent.Outcome::deploymentId,
                        DecisionEvent.Outcome::attempt,
                        DecisionEvent.Outcome::status)
                .containsExactly(tuple("near", 1, "failure"), tuple("far", 2, "success"));
        assertThat(event.attempts().getFirst().errorClass()).isEqualTo("http_429");
        assertThat(event.attempts().getFirst().ttftUs()).isNull();
        assertThat(event.attempts().getLast().ttftUs())
                .isBetween(0L, event.attempts().getLast().totalUs());

        DecisionEvent next = only(events(chat("near-and-far", "")));
        Considered near = next.candidates().getFirst();
        assertThat(near.leftOut()).isEqualTo("rest");
        assertThat(near.restsUntil()).isAfter(next.at());
        assertThat(next.chosen()).isEqualTo("far");
    }

    @Test
    void tellsOfEachGroupThatStoodIn() {
        fail("failing", "\"status\": 500");
        List<DecisionEvent> events = events(chat("failing", ""), 2);

        assertThat(events)
                .extracting(DecisionEvent::modelGroup)
                .containsExactly("failing", "single");
        assertThat(events.getFirst().attempts()).hasSize(2);
        assertThat(events.getLast().attempts())
                .extracting(DecisionEvent.Outcome::attempt, DecisionEvent.Outcome::status)
                .containsExactly(tuple(3, "success"));
    }

    /** The second attempt fails while the first is still silent, and then answers. */
    @Test
    void tellsAttemptsInTheOrderInWhichTheyWereMade() {
        for (int i = 0; i < 3; i++) {
            chat("hedged", "\"stream\":true,");
        }
        fail("slow", "\"stall_after_bytes\": 0, \"stall_ms\": 900");
        fail("spare", "\"status\": 500");

        DecisionEvent event = only(events(chat("hedged", "\"stream\":true,")));

        assertThat(event.chosen()).isEqualTo("slow");
        assertThat(event.attempts())
                .extracting(
                        DecisionEvent.Outcome::deploymentId,
                        DecisionEvent.Outcome::attempt,
                        DecisionEvent.Outcome::status)
                .containsExactly(tuple("slow", 1, "success"), tuple("spare", 2, "failure"));
    }

    @Test
    void tellsWhatWasDecidedAnewAfterWaiting() throws Exception {
        fail("narrow", "\"stall_after_bytes\": 0, \"stall_ms\": 1500");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<HttpResponse<String>> first = threads.submit(() -> chat("narrow", ""));
            await().until(() -> isBusy("narrow"));
            HttpResponse<String> second = chat("narrow", "");

            assertThat(only(events(first.get())).attempts()).hasSize(1);
            List<DecisionEvent> events = events(second, 2);
            assertThat(events)
                    .extracting(DecisionEvent::decision, DecisionEvent::modelGroup)
                    .containsExactly(tuple(1, "narrow"), tuple(2, "narrow"));
            assertThat(events.getFirst().attempts()).isEmpty();
            assertThat(events.getFirst().chosen()).isNull();
            assertThat(events.getLast().chosen()).isEqualTo("narrow");
            assertThat(events.getLast().attempts()).hasSize(1);
            assertThat(events.getLast().at()).isAfter(events.getFirst().at());
        }
    }

    /** Whether a call is open at its deployment. */
    private boolean isBusy(String model) {
        String told =
                gateway.post(
                                "/v1/route/explain",
                                "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
                                        .formatted(model))
                        .body();
        return told.contains("\"in_flight_here\":1");
    }

    @Test
    void propensitiesAreThoseOfTheStrategy() {
        DecisionEvent event = only(events(chat("gpt-4o", "")));

        assertThat(event.candidates().stream().mapToDouble(Considered::propensity).sum())
                .isCloseTo(1, within(1e-9));
        assertThat(event.candidates()).allMatch(each -> each.propensity() == 0.5);
    }

    @Test
    void neverTellsAPromptOrAKey() {
        HttpResponse<String> answer = chat("gpt-4o", "\"user\":\"somebody\",");
        events(answer);

        String all =
                String.join(
                        "\n",
                        records.stream()
                                .map(each -> new String(each.value(), StandardCharsets.UTF_8))
                                .toList());
        assertThat(all)
                .contains(id(answer))
                .doesNotContain(SECRET, GatewayUnderTest.KEY, "key-a", "key-of-", "somebody");
    }

    private static DecisionEvent only(List<DecisionEvent> events) {
        assertThat(events).hasSize(1);
        return events.getFirst();
    }

    private List<DecisionEvent> events(HttpResponse<String> answer) {
        return events(answer, 1);
    }

    private List<DecisionEvent> events(HttpResponse<String> answer, int count) {
        String id = id(answer);
        await().atMost(PATIENCE)
                .until(() -> {
                    consumer.poll(Duration.ofMillis(100)).forEach(records::add);
                    return records.stream().filter(each -> each.key().equals(id)).count() >= count;
                });
        return records.stream()
                .filter(each -> each.key().equals(id))
                .map(DecisionEventsIT::decode)
                .sorted(Comparator.comparingInt(DecisionEvent::decision))
                .toList();
    }

    private static DecisionEvent decode(ConsumerRecord<String, byte[]> written) {
        try {
            return Topics.DECISIONS.codec().decode(written.value());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static String id(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.headers().firstValue("x-litellm-call-id").orElseThrow();
    }

    private void fail(String deployment, String fault) {
        gateway.scenario(
                "{\"match\": {\"deployment\": \"%s\"}, \"profile\": \"instant\", \"fault\": {%s}}"
                        .formatted(deployment, fault));
    }

    private HttpResponse<String> chat(String model, String fields) {
        return gateway.post(
                "/v1/chat/completions",
                "{\"model\":\"%s\",%s\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                        .formatted(model, fields, SECRET));
    }
}
