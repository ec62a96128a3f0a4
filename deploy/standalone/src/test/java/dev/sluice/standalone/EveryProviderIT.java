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

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import java.nio.file.Path;
import java.util.List;

/**
 * OpenAI's own clients and a model of each provider, behind the gateway: the answers are the
 * simulator's, in that provider's own wire.
 */
@TestInstance(Lifecycle.PER_CLASS)
class EveryProviderIT {

    static final List<String> MODELS = ProviderHouse.CHATS;

    private ProviderHouse house;
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
        house = ProviderHouse.open(folder);
        client =
                OpenAIOkHttpClient.builder()
                        .baseUrl(url())
                        .apiKey(ProviderHouse.KEY)
                        .maxRetries(0)
                        .build();
    }

    @AfterAll
    void stop() {
        client.close();
        house.close();
    }

    private String url() {
        return house.url() + "/v1";
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
    @FieldSource("MODELS")
    void theNodeClientSeesTheSame(String model) throws Exception {
        Path folder = NodeClient.installed("providers.mjs");

        JsonNode seen =
                new ObjectMapper()
                        .readTree(
                                NodeClient.run(
                                        folder, "providers.mjs", url(), ProviderHouse.KEY, model));

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
