package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.KafkaTopics;
import dev.sluice.schemas.Topics;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.CacheUse;
import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.SpendEvent.Status;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;

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

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is booked of calls that others have paid for, wholly or in part. */
@ExtendWith(KafkaExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CacheBooksIT {

    /** 10 tokens read and 5 written, a thousandth of a dollar each. */
    private static final long CHAT_PICO = 15_000_000_000L;

    private static final long LETTER_PICO = 1_000_000_000L;

    private final Map<UUID, List<SpendEvent>> events = new HashMap<>();
    private EchoProvider provider;
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
        consumer.seekToBeginning(partitions);
        provider = new EchoProvider();
        gateway =
                GatewayUnderTest.withKafka(
                        data,
                        """
                          - model_name: chat
                            litellm_params: {model: openai/m, api_base: PROVIDER/a/v1, api_key: k, input_cost_per_token: 0.001, output_cost_per_token: 0.001}
                          - model_name: vectors
                            litellm_params: {model: openai/e, api_base: PROVIDER/e/v1, api_key: k, input_cost_per_token: 0.001}
                          - model_name: others
                            litellm_params: {model: openai/o, api_base: PROVIDER/o/v1, api_key: k, input_cost_per_token: 0.001}
                        litellm_settings: {cache: true}
                        """
                                .replace("PROVIDER", provider.url()),
                        broker.bootstrapServers());
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
        provider.close();
        consumer.close();
    }

    @Test
    void booksAHitAtNoCostWithWhatItSaved() {
        chat("again", "");
        HttpResponse<String> hit = chat("again", "");

        SpendEvent event = only(hit);
        assertThat(event.kind()).isEqualTo(Kind.CACHE_HIT);
        assertThat(event.attempt()).isZero();
        assertThat(event.costPico()).isZero();
        assertThat(event.cache()).isEqualTo(new CacheUse("process", key(hit), CHAT_PICO));
    }

    @Test
    void booksFollowersAsHits() throws Exception {
        for (String form : List.of("", ", \"stream\": true")) {
            int before = provider.calls();
            String text = form.isEmpty() ? "held" : "stepwise";
            var leader = CompletableFuture.supplyAsync(() -> chat(text, form));
            await().until(() -> provider.calls() > before);
            var follower = CompletableFuture.supplyAsync(() -> chat(text, form));
            await().until(() -> gateway.metrics().contains("sluice_requests_in_flight 2.0"));
            if (form.isEmpty()) {
                provider.release();
            } else {
                provider.step(1_000);
            }

            assertThat(only(leader.get(20, TimeUnit.SECONDS)).kind()).isEqualTo(Kind.SETTLED);
            HttpResponse<String> followed = follower.get(20, TimeUnit.SECONDS);
            SpendEvent event = only(followed);
            assertThat(event.kind()).isEqualTo(Kind.CACHE_HIT);
            assertThat(event.status()).isEqualTo(Status.SUCCESS);
            assertThat(event.target().model()).isEqualTo("m");
            assertThat(event.cache())
                    .isEqualTo(new CacheUse("coalesced", key(followed), CHAT_PICO));
        }
    }

    @Test
    void booksWhatAPartOfAListCostAndWhatWasSaved() {
        embed("[\"known\"]");
        SpendEvent part = only(embed("[\"new\", \"known\"]"));
        SpendEvent whole = only(embed("[\"known\", \"new\"]"));

        assertThat(part.kind()).isEqualTo(Kind.SETTLED);
        assertThat(part.attempt()).isEqualTo(1);
        assertThat(part.usage().promptTokens()).isEqualTo(3);
        assertThat(part.costPico()).isEqualTo(3 * LETTER_PICO);
        assertThat(requireNonNull(part.cache()).savedPico()).isEqualTo(5 * LETTER_PICO);
        assertThat(whole.kind()).isEqualTo(Kind.CACHE_HIT);
        assertThat(requireNonNull(whole.cache()).savedPico()).isEqualTo(8 * LETTER_PICO);
    }

    @Test
    void booksNothingSavedWhereAPartCouldNotBeHad() {
        embed("[\"there\"]");

        SpendEvent failed = only(embed("[\"there\", \"fail\"]"));

        assertThat(failed.kind()).isEqualTo(Kind.VOIDED);
        assertThat(failed.cache()).isNull();
    }

    @Test
    void booksNothingSavedWhereAnotherModelAnsweredTheWholeList() {
        embed("[\"here\"]");
        HttpResponse<String> answer =
                gateway.post(
                        "/v1/embeddings",
                        "{\"model\": \"vectors\", \"num_retries\": 0, \"fallbacks\": [\"others\"], \"input\": [\"here\", \"elsewhere\"]}");

        List<SpendEvent> both = all(answer, 2);

        assertThat(both).extracting(SpendEvent::kind).contains(Kind.VOIDED, Kind.SETTLED);
        assertThat(both).extracting(SpendEvent::cache).containsOnlyNulls();
        assertThat(both).extracting(SpendEvent::costPico).contains(13 * LETTER_PICO);
    }

    @Test
    void booksAReplayWhoseCallerLeftAsThat() throws Exception {
        String text = "word ".repeat(20_000);
        chat(text, "");
        String body =
                "{\"model\": \"chat\", \"stream\": true, \"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]}"
                        .formatted(text);
        String head;
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4_096);
            socket.setSoLinger(true, 0);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.port()));
            socket.getOutputStream()
                    .write(
                            "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                                    .formatted(GatewayUnderTest.KEY, body.length(), body)
                                    .getBytes(US_ASCII));
            head = new String(socket.getInputStream().readNBytes(2_000), US_ASCII);
        }
        Matcher id = Pattern.compile("x-litellm-call-id: (\\S+)").matcher(head);
        assertThat(id.find()).as(head).isTrue();

        SpendEvent event = all(UUID.fromString(id.group(1)), 1).getFirst();

        assertThat(event.kind()).isEqualTo(Kind.CACHE_HIT);
        assertThat(event.status()).isEqualTo(Status.CANCELLED);
        assertThat(event.errorClass()).isEqualTo("client_gone");
        assertThat(requireNonNull(event.cache()).savedPico()).isZero();
    }

    private HttpResponse<String> chat(String text, String more) {
        return gateway.post(
                "/v1/chat/completions",
                "{\"model\": \"chat\", \"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]%s}"
                        .formatted(text, more));
    }

    private HttpResponse<String> embed(String input) {
        return gateway.post(
                "/v1/embeddings",
                "{\"model\": \"vectors\", \"num_retries\": 0, \"input\": %s}".formatted(input));
    }

    private static String key(HttpResponse<String> answer) {
        return answer.headers().firstValue("x-litellm-cache-key").orElseThrow();
    }

    /** The one event of a call; none of its attempts failed. */
    private SpendEvent only(HttpResponse<String> answer) {
        return all(answer, 1).getFirst();
    }

    private List<SpendEvent> all(HttpResponse<String> answer, int count) {
        return all(
                UUID.fromString(answer.headers().firstValue("x-litellm-call-id").orElseThrow()),
                count);
    }

    private List<SpendEvent> all(UUID id, int count) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> {
                    read();
                    return events.getOrDefault(id, List.of()).size() >= count;
                });
        List<SpendEvent> found = requireNonNull(events.get(id));
        assertThat(found).hasSize(count);
        return found;
    }

    private void read() throws Exception {
        for (var one : consumer.poll(Duration.ofMillis(100))) {
            SpendEvent event = Topics.SPEND.codec().decode(one.value());
            events.computeIfAbsent(event.requestId(), _ -> new ArrayList<>()).add(event);
        }
    }
}
