package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;
import dev.sluice.testkit.RedisCluster;
import dev.sluice.testkit.RedisProcess;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** Callers of gateways whose Redis goes and comes, and whose Kafka is away where none is named. */
@ExtendWith(KafkaExtension.class)
class CacheOutageIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final JsonMapper JSON = new JsonMapper();

    private final List<GatewayUnderTest> gateways = new ArrayList<>();
    private RedisProcess redis;
    @TempDir private Path data;

    @BeforeEach
    void start() {
        redis = RedisProcess.start();
    }

    @AfterEach
    void stop() throws IOException {
        for (GatewayUnderTest gateway : gateways) {
            gateway.close();
        }
        redis.close();
    }

    /** Row C16. */
    @Test
    void aGatewayWhoseRedisCannotBeReachedServesAndKeepsInProcess() throws IOException {
        redis.stop();
        GatewayUnderTest gateway = gateway("one");

        String id = id(chat(gateway, "a"));

        assertThat(id(chat(gateway, "a"))).as("from the process").isEqualTo(id);
        assertThat(gateway.get("/health/readiness").body()).contains("\"cache_redis\":\"away\"");
        assertThat(gateway.get("/cache/ping").statusCode()).isEqualTo(503);
        redis.restart();
        await().atMost(SOON).until(() -> isThere(gateway));
        assertThat(gateway.get("/cache/ping").statusCode()).isEqualTo(200);
    }

    @Test
    void noCallerSeesThatRedisIsStoppedFrozenEmptiedOrStartedAgain(KafkaBroker broker)
            throws Exception {
        GatewayUnderTest one = gateway("one", broker);
        GatewayUnderTest other = gateway("other", broker);
        await().atMost(SOON).until(() -> isThere(one) && isThere(other));
        var failures = new ConcurrentLinkedQueue<String>();
        var isOver = new AtomicBoolean();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> callers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                GatewayUnderTest gateway = i % 2 == 0 ? one : other;
                int caller = i / 2;
                callers.add(
                        executor.submit(() -> {
                            for (int n = 0; !isOver.get(); n++) {
                                HttpResponse<String> answer = chat(gateway, caller + " " + n / 2);
                                if (answer.statusCode() != 200) {
                                    failures.add(answer.body());
                                }
                            }
                        }));
            }
            try {
                away(one, other);
            } finally {
                isOver.set(true);
            }
            for (Future<?> caller : callers) {
                caller.get();
            }
        }

        assertThat(failures).isEmpty();
        String id = id(chat(one, "afterwards"));
        await().atMost(SOON).until(() -> redis.command("DBSIZE").matches("(?s):[1-9].*"));
        await().atMost(SOON)
                .until(() -> id(chat(other, "afterwards")).equals(id(chat(one, "afterwards"))));
        assertThat(id).isNotEmpty();
    }

    /** Each of it while callers call. */
    private void away(GatewayUnderTest one, GatewayUnderTest other) {
        await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
        redis.freeze();
        await().atMost(SOON).until(() -> !isThere(one) && !isThere(other));
        redis.thaw();
        await().atMost(SOON).until(() -> isThere(one) && isThere(other));
        redis.command("FLUSHALL");
        redis.stop();
        await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
        redis.restart();
        await().atMost(SOON).until(() -> isThere(one) && isThere(other));
    }

    @Test
    void withoutKafkaADeclarationHoldsWhereItWasMadeAndSaysSo() throws IOException {
        GatewayUnderTest gateway = gateway("one");
        await().atMost(SOON).until(() -> isThere(gateway));
        String old = id(chat(gateway, "a"));

        HttpResponse<String> told = gateway.post("/cache/delete", "{\"models\": [\"gpt-4o\"]}");

        assertThat(told.statusCode()).isEqualTo(503);
        assertThat(told.body()).contains("at this gateway alone");
        assertThat(id(chat(gateway, "a"))).isNotEqualTo(old);
    }

    @Test
    void aClusterServesTheCacheAndTheLimits(KafkaBroker broker) throws IOException {
        try (RedisCluster cluster = RedisCluster.start()) {
            String settings =
                    """
                    litellm_settings:
                      cache: true
                      cache_params:
                        type: redis
                        redis_startup_nodes: [{host: 127.0.0.1, port: %d}]
                    """
                            .formatted(cluster.servers().getLast().port());
            GatewayUnderTest one = gateway("one", settings, broker);
            GatewayUnderTest other = gateway("other", settings, broker);

            await().atMost(SOON)
                    .untilAsserted(() ->
                            assertThat(List.of(one, other))
                                    .allSatisfy(CacheOutageIT::areBothThere));
            String first = id(chat(one, "a"));
            await().atMost(SOON).until(() -> id(chat(other, "a")).equals(id(chat(one, "a"))));
            assertThat(first).isNotEmpty();
            assertThat(one.get("/cache/redis/info").body())
                    .contains("127.0.0.1:" + cluster.servers().getFirst().port());
            for (GatewayUnderTest gateway : List.of(one, other)) {
                gateway.close();
                gateways.remove(gateway);
            }
        }
    }

    @Test
    void sentinelsLeadTheCacheAndTheLimitsToTheirMaster() throws IOException {
        try (RedisProcess sentinel = redis.sentinel("main")) {
            GatewayUnderTest gateway =
                    gateway(
                            "one",
                            """
                            litellm_settings:
                              cache: true
                              cache_params: {type: redis, service_name: main, sentinel_nodes: [[127.0.0.1, %d]]}
                            """
                                    .formatted(sentinel.port()));

            await().atMost(SOON).untilAsserted(() -> areBothThere(gateway));
            id(chat(gateway, "a"));

            await().atMost(SOON).until(() -> redis.command("KEYS sluice:answer:*").contains("$"));
            assertThat(gateway.get("/cache/redis/info").body()).contains("\"role\":\"master\"");
            gateway.close();
            gateways.remove(gateway);
        }
    }

    private static void areBothThere(GatewayUnderTest gateway) {
        assertThat(gateway.get("/health/readiness").body())
                .contains("\"cache_redis\":\"ready\"")
                .contains("\"redis\":\"ready\"");
    }

    @Test
    void withoutKafkaAGatewayGivesOnlyWhatItKeptItself() throws IOException {
        GatewayUnderTest one = gateway("one");
        await().atMost(SOON).until(() -> isThere(one));
        String old = id(chat(one, "a"));
        await().atMost(SOON).until(() -> redis.command("DBSIZE").matches("(?s):[1-9].*"));

        GatewayUnderTest later = gateway("later");
        await().atMost(SOON).until(() -> isThere(later));

        assertThat(later.get("/health/readiness").body()).contains("\"cache_events\":\"away\"");
        assertThat(id(chat(later, "a"))).as("it may have been declared invalid").isNotEqualTo(old);
        assertThat(id(chat(later, "a"))).as("its own").isNotEqualTo(id(chat(one, "a")));
        assertThat(id(chat(later, "a"))).as("its own").isEqualTo(id(chat(later, "a")));
        assertThat(later.metrics())
                .containsPattern("sluice_cache_redis_lookups_total\\{outcome=\"behind\"} [1-9]")
                .contains("sluice_cache_events_current 0");
    }

    @Test
    void aGatewayThatHearsKafkaNoMoreGivesOnlyWhatItKeptItself() throws IOException {
        GatewayUnderTest one;
        GatewayUnderTest other;
        String theirs;
        try (KafkaBroker broker = KafkaBroker.start()) {
            one = gateway("one", broker);
            other = gateway("other", broker);
            await().atMost(SOON).until(() -> isThere(one) && isThere(other));
            // What a gateway asks for itself before it has heard Kafka, it keeps as its own.
            await().atMost(SOON).until(() -> hearsKafka(one) && hearsKafka(other));
            theirs = id(chat(one, "c"));
            await().atMost(SOON).until(() -> redis.command("DBSIZE").matches("(?s):[1-9].*"));
            assertThat(id(chat(other, "c"))).as("a copy").isEqualTo(theirs);
        }
        await().atMost(SOON)
                .until(() ->
                        other.get("/health/readiness")
                                .body()
                                .contains("\"cache_events\":\"away\""));

        String own = id(chat(other, "c"));

        assertThat(own).as("it may have been declared invalid").isNotEqualTo(theirs);
        assertThat(id(chat(other, "c"))).isEqualTo(own);
        assertThat(id(chat(one, "c"))).isEqualTo(theirs);
    }

    private static boolean hearsKafka(GatewayUnderTest gateway) {
        return gateway.get("/health/readiness").body().contains("\"cache_events\":\"ready\"");
    }

    private GatewayUnderTest gateway(String name) {
        return gateway(name, settings());
    }

    private GatewayUnderTest gateway(String name, KafkaBroker broker) {
        return gateway(name, settings(), broker);
    }

    private String settings() {
        return """
        litellm_settings:
          cache: true
          cache_params: {host: 127.0.0.1, port: %d, password: ""}
        """
                .formatted(redis.port());
    }

    private GatewayUnderTest gateway(String name, String settings, KafkaBroker broker) {
        GatewayUnderTest gateway =
                GatewayUnderTest.withKafka(data.resolve(name), settings, broker.bootstrapServers());
        gateways.add(gateway);
        await().atMost(SOON)
                .until(() ->
                        gateway.get("/health/readiness")
                                .body()
                                .contains("\"cache_events\":\"ready\""));
        return gateway;
    }

    private GatewayUnderTest gateway(String name, String settings) {
        GatewayUnderTest gateway =
                GatewayUnderTest.withTwoDeployments(data.resolve(name), settings);
        gateways.add(gateway);
        return gateway;
    }

    private static boolean isThere(GatewayUnderTest gateway) {
        return gateway.get("/health/readiness").body().contains("\"cache_redis\":\"ready\"");
    }

    private static HttpResponse<String> chat(GatewayUnderTest gateway, String question) {
        return gateway.post(
                "/v1/chat/completions",
                "{\"model\": \"gpt-4o\", \"max_tokens\": 5, \"messages\": [{\"role\": \"user\","
                        + " \"content\": \""
                        + question
                        + "\"}]}");
    }

    private static String id(HttpResponse<String> answer) throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body()).path("id").asText();
    }
}
