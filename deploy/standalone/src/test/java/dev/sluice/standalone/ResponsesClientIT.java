package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseInputItem;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Responses of OpenAI's own clients, answered by a model of each provider. */
@TestInstance(Lifecycle.PER_CLASS)
class ResponsesClientIT {

    static final List<String> MODELS = ProviderHouse.CHATS;

    private static final String QUESTION = "Where does the river flow?";

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
                        .baseUrl(house.url() + "/v1")
                        .apiKey(ProviderHouse.KEY)
                        .maxRetries(0)
                        .build();
    }

    @AfterAll
    void stop() {
        client.close();
        house.close();
    }

    private static ResponseCreateParams.Builder question(String model) {
        return ResponseCreateParams.builder().model(model).input(QUESTION);
    }

    private static String text(Response response) {
        return response.output().stream()
                .flatMap(item -> item.message().stream())
                .map(message -> message.content().getFirst().asOutputText().text())
                .reduce("", String::concat);
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void aStreamedResponseIsThePlainOne(String model) {
        Response plain = client.responses().create(question(model).build());
        var streamed = ResponseAccumulator.create();
        try (var events = client.responses().createStreaming(question(model).build())) {
            events.stream().forEach(streamed::accumulate);
        }

        assertThat(text(plain)).isNotEmpty().isEqualTo(text(streamed.response()));
        assertThat(plain.usage().orElseThrow().outputTokens())
                .isPositive()
                .isEqualTo(streamed.response().usage().orElseThrow().outputTokens());
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void toolsAreCalledSideBySideAndTheirResultsAreAnswered(String model) {
        var conversation = question(model).addTool(Weather.class).addTool(News.class);

        Response called = client.responses().create(conversation.build());

        List<ResponseFunctionToolCall> calls =
                called.output().stream().flatMap(item -> item.functionCall().stream()).toList();
        assertThat(calls)
                .extracting(ResponseFunctionToolCall::name)
                .containsExactly("Weather", "News");
        assertThat(calls).extracting(ResponseFunctionToolCall::callId).doesNotHaveDuplicates();
        assertThat(calls.getFirst().arguments(Weather.class).city).isNotEmpty();
        List<ResponseInputItem> items = new ArrayList<>();
        items.add(
                ResponseInputItem.ofEasyInputMessage(
                        EasyInputMessage.builder()
                                .role(EasyInputMessage.Role.USER)
                                .content(QUESTION)
                                .build()));
        for (ResponseFunctionToolCall call : calls) {
            items.add(ResponseInputItem.ofFunctionCall(call));
            items.add(
                    ResponseInputItem.ofFunctionCallOutput(
                            ResponseInputItem.FunctionCallOutput.builder()
                                    .callId(call.callId())
                                    .output("sunny")
                                    .build()));
        }
        Response answered = client.responses().create(conversation.inputOfResponse(items).build());
        assertThat(text(answered)).isNotEmpty();
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void aResponseHasTheFormThatWasAskedFor(String model) {
        var response = client.responses().create(question(model).text(Town.class).build());

        Town town =
                response.output().stream()
                        .flatMap(item -> item.message().stream())
                        .map(message -> message.content().getFirst().asOutputText())
                        .findFirst()
                        .orElseThrow();
        assertThat(town.name).isNotEmpty();
        assertThat(town.rivers).hasSize(2);
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void theNodeClientSeesTheSame(String model) throws Exception {
        Path folder = NodeClient.installed("responses-providers.mjs");

        JsonNode seen =
                new ObjectMapper()
                        .readTree(
                                NodeClient.run(
                                        folder,
                                        "responses-providers.mjs",
                                        house.url() + "/v1",
                                        ProviderHouse.KEY,
                                        model,
                                        house.simulator(),
                                        ProviderHouse.providerKey(model)));

        assertThat(seen.path("text").asText())
                .isNotEmpty()
                .isEqualTo(seen.path("streamedText").asText());
        assertThat(seen.path("status").asText()).isEqualTo("completed");
        assertThat(seen.at("/usage/1").asInt()).isPositive();
        assertThat(seen.path("streamedUsage")).isEqualTo(seen.path("usage"));
        assertThat(seen.path("events"))
                .hasToString("[\"response.created\",\"response.completed\"]");
        assertThat(seen.path("cut")).hasToString("[\"incomplete\",\"max_output_tokens\"]");
        assertThat(seen.path("calls")).hasSize(2).isEqualTo(seen.path("streamedCalls"));
        assertThat(seen.path("distinctIds").asInt()).isEqualTo(2);
        assertThat(seen.path("concluded").asText()).isNotEmpty();
        assertThat(seen.at("/parsed/days").isInt()).isTrue();
        assertThat(seen.at("/limited/name").asText()).isEqualTo("RateLimitError");
        assertThat(seen.at("/missing/name").asText()).isEqualTo("NotFoundError");
        if (!model.equals("gpt")) {
            // OpenAI itself might search.
            assertThat(seen.path("search"))
                    .hasToString(
                            "{\"name\":\"BadRequestError\",\"status\":400,\"param\":\"tools[0].type\"}");
        }
    }
}
