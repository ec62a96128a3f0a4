package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;

import dev.sluice.simulator.SimulatorSettings;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** OpenAI's own clients with nothing changed but base URL and key, and what the books say then. */
@TestInstance(Lifecycle.PER_CLASS)
class OfficialClientsIT {

    private static final Duration READY_WITHIN = Duration.ofSeconds(60);

    private Demo demo;
    private Gateway gateway;
    private OpenAIClient client;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        var simulated =
                SimulatorSettings.defaults(ListenAddress.LOOPBACK, 0).withProfile("instant");
        demo =
                Demo.prepare(
                        DataFolder.open(folder.resolve("data")),
                        HouseProcess.HOME.resolve("binaries"),
                        0,
                        simulated);
        demo.start();
        assertThat(demo.awaitReady(READY_WITHIN)).as("missing: %s", demo.notReady()).isTrue();
        String simulator = demo.welcome().get(2).substring("simulator ".length());
        client = client(demo.key().reveal());
        gateway = Gateway.at(demo.url(), demo.key().reveal(), simulator);
    }

    @AfterAll
    void stop() {
        client.close();
        demo.close();
    }

    @Test
    void startsWithEmptyLedgersOnBothSides() throws Exception {
        // Whatever ran before, ours and the provider's count agree.
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(() ->
                        assertThat(paidCalls(gateway.spendLogs()))
                                .isEqualTo(gateway.ledger().path("totals").path("calls").asLong()));
    }

    private static long paidCalls(JsonNode rows) {
        long calls = 0;
        for (JsonNode row : rows) {
            calls += row.path("cache_hit").asText().equals("True") ? 0 : 1;
        }
        return calls;
    }

    @Test
    void chats() {
        var answer = client.chat().completions().create(question("Hello from Java").build());

        assertThat(answer.choices().getFirst().message().content().orElseThrow()).isNotEmpty();
        assertThat(answer.usage().orElseThrow().totalTokens()).isPositive();
    }

    @Test
    void streamsAChatWithUsage() {
        List<ChatCompletionChunk> chunks = new ArrayList<>();
        var question =
                question("Stream to Java")
                        .streamOptions(
                                ChatCompletionStreamOptions.builder().includeUsage(true).build())
                        .build();

        try (var stream = client.chat().completions().createStreaming(question)) {
            stream.stream().forEach(chunks::add);
        }

        assertThat(chunks).hasSizeGreaterThan(2);
        assertThat(chunks.getLast().usage().orElseThrow().totalTokens()).isPositive();
    }

    @Test
    void hidesTheUsageThatTheCallerDidNotAskFor() {
        List<ChatCompletionChunk> chunks = new ArrayList<>();

        try (var stream =
                client.chat().completions().createStreaming(question("Silent stream").build())) {
            stream.stream().forEach(chunks::add);
        }

        assertThat(chunks)
                .isNotEmpty()
                .allSatisfy(chunk -> assertThat(chunk.choices()).isNotEmpty());
    }

    @Test
    void embeds() {
        var answer =
                client.embeddings()
                        .create(
                                EmbeddingCreateParams.builder()
                                        .model("text-embedding-3-small")
                                        .inputOfArrayOfStrings(List.of("one", "two"))
                                        .build());

        assertThat(answer.data()).hasSize(2);
        assertThat(answer.data().getFirst().embedding()).hasSize(1536);
    }

    @Test
    void listsTheModels() {
        assertThat(client.models().list().data())
                .extracting(Model::id)
                .containsExactlyInAnyOrder("gpt-4o", "gpt-4o-mini", "text-embedding-3-small");
    }

    @Test
    void refusesAWrongKeyInTheClientsOwnWords() {
        OpenAIClient stranger = client("sk-wrong");

        assertThatThrownBy(() -> stranger.models().list())
                .isInstanceOf(UnauthorizedException.class);
        stranger.close();
    }

    @Test
    void servesTheNodeClient() throws Exception {
        Path folder = NodeClient.installed("client.mjs");

        String output =
                NodeClient.run(folder, "client.mjs", demo.url() + "/v1", demo.key().reveal());

        JsonNode seen = new ObjectMapper().readTree(output);
        assertThat(seen.path("plain").asInt()).isPositive();
        assertThat(seen.path("plainTokens").asInt()).isPositive();
        assertThat(seen.path("streamed").asInt()).isPositive();
        assertThat(seen.path("streamedTokens").asInt()).isPositive();
        assertThat(seen.path("chunksWithoutChoices").asInt()).isZero();
        assertThat(seen.path("embeddings").toString()).isEqualTo("[1536,1536]");
        assertThat(seen.path("models").toString()).contains("gpt-4o-mini");
        assertThat(seen.path("wrongKey").asText()).isEqualTo("refused 401");
    }

    @Test
    void servesAnthropicsNodeClientWithAModelOfOpenAi() throws Exception {
        Path folder = NodeClient.installed("anthropic.mjs");

        String output = NodeClient.run(folder, "anthropic.mjs", demo.url(), demo.key().reveal());

        JsonNode seen = new ObjectMapper().readTree(output);

        assertThat(seen.path("text").asInt()).isPositive();
        assertThat(seen.path("stopReason").asText()).isIn("end_turn", "max_tokens");
        assertThat(seen.path("inputTokens").asInt()).isPositive();
        assertThat(seen.path("outputTokens").asInt()).isBetween(1, 40);
        assertThat(seen.path("sameText").asBoolean()).isTrue();
        assertThat(seen.path("sameUsage").asBoolean()).isTrue();
        assertThat(seen.path("firstEvent").asText()).isEqualTo("message_start");
        assertThat(seen.path("lastEvent").asText()).isEqualTo("message_stop");
        assertThat(seen.path("counted").asInt()).isPositive();
        assertThat(seen.path("wrongKey").asText()).isEqualTo("refused 401 authentication_error");
        assertThat(seen.path("wrongModel").asText()).isEqualTo("refused 400 invalid_request_error");
    }

    private OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(demo.url() + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private static ChatCompletionCreateParams.Builder question(String content) {
        return ChatCompletionCreateParams.builder().model("gpt-4o").addUserMessage(content);
    }
}
