package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import com.openai.models.embeddings.EmbeddingCreateParams;

import dev.sluice.ingress.IngressSettings;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.simulator.Simulator;
import dev.sluice.simulator.SimulatorSettings;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * OpenAI's own clients and a model of each provider, behind the gateway: the answers are the
 * simulator's, in that provider's own wire.
 */
@TestInstance(Lifecycle.PER_CLASS)
class EveryProviderIT {

    static final List<String> MODELS =
            List.of("gpt", "claude", "gemini", "bedrock", "command", "azure");

    private static final String KEY = "sk-every-master";

    private static final String CONFIG =
            """
            model_list:
              - {model_name: gpt, litellm_params: {model: openai/gpt-4o, api_base: SIM/v1, api_key: k1}}
              - {model_name: claude, litellm_params: {model: anthropic/claude-sonnet-4-5, api_base: SIM, api_key: k2}}
              - {model_name: gemini, litellm_params: {model: gemini/gemini-2.5-flash, api_base: SIM/v1beta, api_key: k3}}
              - {model_name: bedrock, litellm_params: {model: bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0, aws_bedrock_runtime_endpoint: SIM, aws_access_key_id: k4, aws_secret_access_key: s, aws_region_name: eu-west-1}}
              - {model_name: command, litellm_params: {model: cohere/command-a-03-2025, api_base: SIM, api_key: k5}}
              - {model_name: azure, litellm_params: {model: azure/gpt-4o, api_base: SIM, api_key: k6, api_version: 2025-02-01-preview}}
              - {model_name: embed-openai, litellm_params: {model: openai/text-embedding-3-small, api_base: SIM/v1, api_key: k1}}
              - {model_name: embed-gemini, litellm_params: {model: gemini/gemini-embedding-001, api_base: SIM/v1beta, api_key: k3}}
              - {model_name: embed-cohere, litellm_params: {model: cohere/embed-v4.0, api_base: SIM, api_key: k5}}
            """;

    private Simulator simulator;
    private IngressPart part;
    private OpenAIClient client;

    /** A tool, as the Java client knows them. */
    public static final class Weather {
        public String city = "";
        public int days;
    }

    /** Another one. */
    public static final class News {
        public String town = "";
    }

    /** An answer of a form. */
    public static final class Town {
        public String name = "";
        public int people;
        public List<String> rivers = List.of();
    }

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        simulator =
                new Simulator(
                        SimulatorSettings.defaults(ListenAddress.LOOPBACK, 0)
                                .withProfile("instant"));
        simulator.start();
        Path file = folder.resolve("config.yaml");
        Files.writeString(file, CONFIG.replace("SIM", "http://127.0.0.1:" + simulator.port()));
        part =
                new IngressPart(
                        ConfigReader.read(file, _ -> ""),
                        file,
                        new IngressSettings(
                                ListenAddress.LOOPBACK,
                                0,
                                folder.resolve("data"),
                                KafkaSettings.of("127.0.0.1:1"),
                                null,
                                new Secret("credential"),
                                new Secret(KEY),
                                null,
                                new Secret("signing"),
                                _ -> ""),
                        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        part.start();
        client = OpenAIOkHttpClient.builder().baseUrl(url()).apiKey(KEY).maxRetries(0).build();
    }

    @AfterAll
    void stop() {
        client.close();
        part.close();
        simulator.close();
    }

    private String url() {
        return "http://127.0.0.1:" + part.port() + "/v1";
    }

    private static ChatCompletionCreateParams.Builder question(String model) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .addUserMessage("Where does the river flow?");
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void aStreamSaysWhatThePlainAnswerSays(String model) {
        ChatCompletion plain = client.chat().completions().create(question(model).build());
        var streamed = ChatCompletionAccumulator.create();
        var asked =
                question(model)
                        .streamOptions(
                                ChatCompletionStreamOptions.builder().includeUsage(true).build())
                        .build();
        try (var stream = client.chat().completions().createStreaming(asked)) {
            stream.stream().forEach(streamed::accumulate);
        }

        assertThat(plain.choices().getFirst().message().content().orElseThrow()).isNotEmpty();
        assertThat(streamed.chatCompletion().choices().getFirst().message().content())
                .isEqualTo(plain.choices().getFirst().message().content());
        assertThat(streamed.chatCompletion().usage().orElseThrow().totalTokens())
                .isEqualTo(plain.usage().orElseThrow().totalTokens());
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void toolsAreCalledSideBySideAndTheirResultsAreAnswered(String model) {
        var conversation = question(model).addTool(Weather.class).addTool(News.class);

        var asked = client.chat().completions().create(conversation.build()).choices().getFirst();

        assertThat(asked.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.TOOL_CALLS);
        List<ChatCompletionMessageToolCall> calls = asked.message().toolCalls().orElseThrow();
        assertThat(calls)
                .extracting(call -> call.asFunction().function().name())
                .containsExactly("Weather", "News");
        assertThat(calls).extracting(call -> call.asFunction().id()).doesNotHaveDuplicates();
        assertThat(calls.getFirst().asFunction().function().arguments(Weather.class).city)
                .isNotEmpty();

        conversation.addMessage(asked.message());
        for (ChatCompletionMessageToolCall call : calls) {
            conversation.addMessage(
                    ChatCompletionToolMessageParam.builder()
                            .toolCallId(call.asFunction().id())
                            .content("sunny")
                            .build());
        }
        var answered =
                client.chat().completions().create(conversation.build()).choices().getFirst();
        assertThat(answered.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
        assertThat(answered.message().content().orElseThrow()).isNotEmpty();
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void anAnswerHasTheFormThatWasAskedFor(String model) {
        var answer =
                client.chat()
                        .completions()
                        .create(question(model).responseFormat(Town.class).build());

        Town town = answer.choices().getFirst().message().content().orElseThrow();
        assertThat(town.name).isNotEmpty();
        assertThat(town.rivers).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"embed-openai", "embed-gemini", "embed-cohere"})
    void textsAreEmbedded(String model) {
        var answer =
                client.embeddings()
                        .create(
                                EmbeddingCreateParams.builder()
                                        .model(model)
                                        .inputOfArrayOfStrings(List.of("one", "two"))
                                        .dimensions(256)
                                        .build());

        assertThat(answer.data()).hasSize(2);
        assertThat(answer.data().getLast().embedding()).hasSize(256);
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void theNodeClientSeesTheSame(String model) throws Exception {
        Path folder = NodeClient.installed("providers.mjs");

        JsonNode seen =
                new ObjectMapper()
                        .readTree(NodeClient.run(folder, "providers.mjs", url(), KEY, model));

        assertThat(seen.path("same").asBoolean()).as("%s", seen).isTrue();
        assertThat(seen.path("usage").asBoolean()).isTrue();
        assertThat(seen.path("finish").asText()).isEqualTo("tool_calls");
        assertThat(seen.path("calls")).hasSize(2).isEqualTo(seen.path("streamedCalls"));
        assertThat(seen.path("distinctIds").asInt()).isEqualTo(2);
        assertThat(seen.path("asked")).hasSize(1);
        assertThat(seen.at("/asked/0/city").asText()).isNotEmpty();
        assertThat(seen.path("concluded").asBoolean()).isTrue();
        assertThat(seen.at("/parsed/days").isInt()).isTrue();
    }
}
