package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;
import dev.sluice.testkit.RedisProcess;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Two gateways on one Redis, as LiteLLM's users switch it on: the same asked in other words. */
@ExtendWith(KafkaExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SimilarQuestionsIT {

    private static final Pattern ENTRIES =
            Pattern.compile("(?m)^sluice_semantic_entries ([0-9.E]+)$");
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String CHAT = "/v1/chat/completions";
    private static final String SIMILARITY = "x-litellm-semantic-similarity";

    private RedisProcess redis;
    private EchoProvider provider;
    private GatewayUnderTest one;
    private GatewayUnderTest other;

    @BeforeAll
    void start(@TempDir Path data, KafkaBroker broker) throws IOException {
        redis = RedisProcess.start();
        provider = new EchoProvider();
        one = gateway(data.resolve("one"), broker.bootstrapServers());
        other = gateway(data.resolve("other"), broker.bootstrapServers());
        // The model is loaded in the background; until then, and on a busy machine, all is a miss.
        warm(one);
        warm(other);
    }

    private GatewayUnderTest gateway(Path data, String kafka) {
        return GatewayUnderTest.withKafka(
                data,
                """
                  - model_name: chat
                    litellm_params: {model: openai/m, api_base: PROVIDER/a/v1, api_key: k}
                  - model_name: other
                    litellm_params: {model: openai/m, api_base: PROVIDER/b/v1, api_key: k}
                litellm_settings:
                  cache: true
                  cache_params: {type: redis, host: 127.0.0.1, port: PORT, namespace: questions, similarity_threshold: 0.9}
                  cache_kwargs: {semantic_similarity: true}
                """
                        .replace("PROVIDER", provider.url())
                        .replace("PORT", Integer.toString(redis.port())),
                kafka);
    }

    private static void warm(GatewayUnderTest gateway) {
        var tries = new AtomicInteger();
        await().atMost(SOON)
                .until(() -> {
                    // Equal questions would be answered as such.
                    String space =
                            "{\"namespace\": \"warm-%d\"}".formatted(tries.incrementAndGet());
                    ask(gateway, "Which planet is the largest one?", Map.of("cache", space));
                    return isSimilar(
                            ask(gateway, "Which planet is the largest?", Map.of("cache", space)));
                });
    }

    @AfterAll
    void stop() throws IOException {
        one.close();
        other.close();
        provider.close();
        redis.close();
    }

    @Test
    void theSeedsQuestionsAboutFranceShareAnAnswer() throws IOException {
        HttpResponse<String> first = kept("What is the capital of France?", Map.of());

        HttpResponse<String> alike = similar(one, "What's the capital city of France?", Map.of());

        assertThat(id(alike)).isEqualTo(id(first));
        assertThat(header(alike, SIMILARITY)).matches("0\\.9[0-9]{3}");
        assertThat(header(alike, "x-sluice-cache-hit")).isEqualTo("semantic");
        assertThat(header(alike, "x-litellm-response-cost")).isEqualTo("0");
        HttpResponse<String> germany = ask(one, "What is the capital of Germany?", Map.of());
        assertThat(isSimilar(germany)).isFalse();
        assertThat(id(germany)).isNotEqualTo(id(first));
    }

    @Test
    void anotherGatewayKnowsTheQuestionThroughRedis() throws IOException {
        HttpResponse<String> first = kept("Who wrote the novel Moby Dick?", Map.of());

        HttpResponse<String> alike = similar(other, "Who wrote the novel Moby-Dick?", Map.of());

        assertThat(id(alike)).isEqualTo(id(first));
    }

    @Test
    void whatElseDiffersKeepsThemApart() throws IOException {
        HttpResponse<String> first = kept("How tall is the Eiffel tower?", Map.of());
        similar(one, "How tall is the Eiffel Tower ?", Map.of());

        for (Map<String, String> more :
                Map.of(
                                "a", Map.of("temperature", "0.5"),
                                "b", Map.of("user", "\"somebody\""),
                                "c", Map.of("cache", "{\"namespace\": \"mine\"}"),
                                "d", Map.of("tools", "[]"))
                        .values()) {
            HttpResponse<String> apart = ask(one, "How tall is the Eiffel Tower ? ", more);

            assertThat(isSimilar(apart)).as(more.toString()).isFalse();
            assertThat(id(apart)).isNotEqualTo(id(first));
        }
    }

    @Test
    void aStreamingCallerGetsItToo() {
        kept("What is the boiling point of water at sea level?", Map.of());

        HttpResponse<String> stream =
                similar(
                        one,
                        "what is the boiling point of water at sea level",
                        Map.of("stream", "true"));

        assertThat(stream.body()).contains("data: ").endsWith("data: [DONE]\n\n");
    }

    @Test
    void theFigureIsInTheMetrics() {
        kept("Which river flows through Cologne?", Map.of());
        similar(one, "which river flows through cologne", Map.of());

        assertThat(one.metrics())
                .containsPattern(
                        "litellm_cache_hits_total\\{kind=\"semantic\",model=\"chat\"} [1-9]")
                .containsPattern("sluice_semantic_lookups_total\\{result=\"hit\"} [1-9]")
                .containsPattern("sluice_semantic_entries [1-9]");
    }

    /** The question may be known still; the answer that it leads to is not given. */
    @Test
    void noGatewayGivesAnAnswerThatWasDeclaredInvalid() throws IOException {
        var countries = List.of("Spain", "Italy", "Norway", "Poland", "Japan").iterator();
        for (String declared :
                List.of(
                        "{\"keys\": [\"KEY\"]}",
                        "{\"models\": [\"chat\"]}",
                        "{\"namespaces\": [\"\"]}",
                        "{\"tags\": [\"nightly\"]}",
                        "")) {
            String country = countries.next();
            String text = "What is the capital of %s?".formatted(country);
            Map<String, String> tagged = Map.of("metadata", "{\"tags\": [\"nightly\"]}");
            HttpResponse<String> first = kept(text, tagged);
            String alike = "What's the capital city of %s?".formatted(country);
            var unstored = new HashMap<>(tagged);
            unstored.put("cache", "{\"no-store\": true}");
            for (GatewayUnderTest gateway : List.of(one, other)) {
                assertThat(id(similar(gateway, alike, unstored))).isEqualTo(id(first));
            }

            HttpResponse<String> told =
                    declared.isEmpty()
                            ? one.post("/cache/flushall", "")
                            : one.post(
                                    "/cache/delete",
                                    declared.replace("KEY", header(first, "x-litellm-cache-key")));

            assertThat(told.statusCode()).as(told.body()).isEqualTo(200);
            assertThat(isSimilar(ask(one, alike, unstored))).as(declared).isFalse();
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> !isSimilar(ask(other, alike, unstored)));
            assertThat(isSimilar(ask(other, alike, unstored))).as(declared).isFalse();
        }
        await().atMost(SOON).until(() -> redis.command("KEYS questions:*").equals("*0\r\n"));
    }

    /**
     * Asks anew until the question itself is among those that are looked through: on a busy machine
     * its vector may be late, then it is not kept.
     */
    private HttpResponse<String> kept(String text, Map<String, String> more) {
        double before = entries();
        var asked = new HashMap<>(more);
        asked.put("cache", "{\"no-cache\": true}");
        return await().atMost(SOON)
                .pollInterval(Duration.ofMillis(500))
                .until(() -> ask(one, text, asked), _ -> entries() > before);
    }

    private double entries() {
        Matcher entries = ENTRIES.matcher(one.metrics());
        return entries.find() ? Double.parseDouble(entries.group(1)) : 0;
    }

    /** On a busy machine a vector may be late: then it is a miss, and another try may hit. */
    private HttpResponse<String> similar(
            GatewayUnderTest gateway, String text, Map<String, String> more) {
        return await().atMost(SOON)
                .until(
                        () -> {
                            var asked = new HashMap<>(more);
                            asked.putIfAbsent("cache", "{\"no-store\": true}");
                            return ask(gateway, text, asked);
                        },
                        SimilarQuestionsIT::isSimilar);
    }

    private static HttpResponse<String> ask(
            GatewayUnderTest gateway, String text, Map<String, String> more) {
        var body = new StringBuilder("{\"model\": \"chat\", \"messages\": [{\"role\": \"user\", ");
        body.append("\"content\": \"").append(text).append("\"}]");
        more.forEach(
                (name, value) -> body.append(", \"").append(name).append("\": ").append(value));
        HttpResponse<String> answer = gateway.post(CHAT, body.append('}').toString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer;
    }

    private static boolean isSimilar(HttpResponse<String> answer) {
        return answer.headers().firstValue(SIMILARITY).isPresent();
    }

    private static String id(HttpResponse<String> answer) throws IOException {
        return new ObjectMapper().readTree(answer.body()).path("id").asText();
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }
}
