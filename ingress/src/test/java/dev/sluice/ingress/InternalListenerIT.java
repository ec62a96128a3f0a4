package dev.sluice.ingress;

import static dev.sluice.ingress.accounts.TestingAccounts.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.ingress.accounts.KeyHash;
import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The listener on which our own services call on behalf of others. */
@ExtendWith(KafkaExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class InternalListenerIT {

    private static final String SERVICE = "Bearer " + GatewayUnderTest.CREDENTIAL;
    private static final String CHAT = "/v1/chat/completions";

    private final List<SpendEvent> events = new ArrayList<>();
    private GatewayUnderTest gateway;
    private KafkaConsumer<String, byte[]> consumer;

    @BeforeAll
    void start(@TempDir Path data, KafkaBroker broker) throws Exception {
        KafkaSettings kafka = KafkaSettings.of(broker.bootstrapServers());
        KafkaTopics.ensure(kafka, Topics.SPEND);
        consumer =
                new KafkaConsumer<>(
                        kafka.client("test"),
                        new StringDeserializer(),
                        new ByteArrayDeserializer());
        List<TopicPartition> partitions =
                consumer.partitionsFor(Topics.SPEND.name()).stream()
                        .map(each -> new TopicPartition(each.topic(), each.partition()))
                        .toList();
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position);
        gateway = GatewayUnderTest.withKafka(data, "", broker.bootstrapServers());
        gateway.apply(key("sk-good").models("single").build(), key("sk-blocked").blocked().build());
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
        consumer.close();
    }

    @Test
    void booksALineOfABatchOnWhoseBehalfItIsCalled() {
        HttpResponse<String> answer =
                line("sk-good", "single", "x-sluice-batch", "batch_1", "x-sluice-batch-line", "17");

        assertThat(answer.statusCode()).isEqualTo(200);
        SpendEvent event = event(answer);
        assertThat(event.batch()).isEqualTo(new SpendEvent.BatchLine("batch_1", 17));
        assertThat(event.owner().keyHash()).isEqualTo(hash("sk-good"));
    }

    @Test
    void holdsWhatTheKeyMayDo() {
        assertThat(line("sk-good", "gpt-4o").statusCode()).isEqualTo(401);
        assertThat(line("sk-blocked", "single").statusCode()).isEqualTo(401);
        assertThat(line("sk-unknown", "single").statusCode()).isEqualTo(401);
        assertThat(line(GatewayUnderTest.KEY, "gpt-4o").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer " + GatewayUnderTest.KEY, "Bearer services", "service", ""})
    void knowsNobodyButOurServices(String shown) {
        HttpResponse<String> answer =
                gateway.postInternally(
                        CHAT,
                        body("single"),
                        "Authorization",
                        shown,
                        "x-sluice-on-behalf-of",
                        hash(GatewayUnderTest.KEY));

        assertThat(answer.statusCode()).isEqualTo(401);
    }

    @Test
    void servesNothingElse() {
        for (String path :
                List.of("/key/generate", "/v1/messages", "/cache/flushall", "/metrics")) {
            assertThat(
                            gateway.postInternally(
                                            path,
                                            body("single"),
                                            "Authorization",
                                            SERVICE,
                                            "x-sluice-on-behalf-of",
                                            hash(GatewayUnderTest.KEY))
                                    .statusCode())
                    .as(path)
                    .isEqualTo(404);
        }
    }

    @Test
    void thePublicListenerReadsNoneOfItsHeaders() {
        String[] claims = {
            "x-sluice-on-behalf-of",
            hash("sk-good"),
            "x-sluice-batch",
            "b",
            "x-sluice-batch-line",
            "1"
        };
        HttpResponse<String> answer = gateway.post(CHAT, body("single"), claims);

        assertThat(answer.statusCode()).isEqualTo(200);
        SpendEvent event = event(answer);
        assertThat(event.batch()).isNull();
        assertThat(event.owner().keyHash()).isEqualTo(hash(GatewayUnderTest.KEY));
        assertThat(gateway.post(CHAT, body("single"), "Authorization", SERVICE).statusCode())
                .isEqualTo(401);
    }

    private HttpResponse<String> line(String key, String model, String... more) {
        List<String> headers =
                new ArrayList<>(
                        List.of("Authorization", SERVICE, "x-sluice-on-behalf-of", hash(key)));
        headers.addAll(List.of(more));
        return gateway.postInternally(CHAT, body(model), headers.toArray(String[]::new));
    }

    private static String body(String model) {
        return "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
                .formatted(model);
    }

    private static String hash(String key) {
        return HexFormat.of().formatHex(KeyHash.sha256(key));
    }

    private SpendEvent event(HttpResponse<String> answer) {
        String id = answer.headers().firstValue("x-litellm-call-id").orElseThrow();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> {
                    for (ConsumerRecord<String, byte[]> record :
                            consumer.poll(Duration.ofMillis(100))) {
                        events.add(Topics.SPEND.codec().decode(record.value()));
                    }
                    return events.stream().anyMatch(e -> e.requestId().toString().equals(id));
                });
        return events.stream()
                .filter(e -> e.requestId().toString().equals(id))
                .findFirst()
                .orElseThrow();
    }
}
