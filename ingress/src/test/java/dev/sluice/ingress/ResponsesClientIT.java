package dev.sluice.ingress;

import static dev.sluice.ingress.accounts.TestingAccounts.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFunctionToolCall;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.ToolChoiceOptions;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * OpenAI's own Java client calls Responses: {@code kept} is a model whose provider has and keeps
 * them, {@code single} one that has chats only. All that the client reads is held to its types.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ResponsesClientIT {

    private static final String MODELS =
            """
              - model_name: kept
                litellm_params: {model: openai/gpt-4o, api_base: PROVIDER/a/v1, api_key: k}
                model_info: {id: kept-a, mode: responses}
              - model_name: kept
                litellm_params: {model: openai/gpt-4o, api_base: PROVIDER/b/v1, api_key: k}
                model_info: {id: kept-b, mode: responses}
            """;

    private ResponsesProvider provider;
    private GatewayUnderTest gateway;
    private OpenAIClient client;
    private OpenAIClient stranger;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        provider = new ResponsesProvider();
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        data, MODELS.replace("PROVIDER", provider.uri().toString()));
        gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
        gateway.apply(key("sk-one").build(), key("sk-two").build());
        client = client("sk-one");
        stranger = client("sk-two");
    }

    @AfterAll
    void stop() throws Exception {
        client.close();
        stranger.close();
        gateway.close();
        provider.close();
    }

    @BeforeEach
    void forget() {
        while (provider.wasAsked()) {
            provider.taken();
        }
    }

    private OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(gateway.uri("/v1").toString())
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"kept", "single"})
    void answers(String model) {
        Response response = client.responses().create(question(model).build()).validate();

        assertThat(response.id()).startsWith("resp_");
        assertThat(text(response)).isNotEmpty();
        assertThat(response.usage().orElseThrow().totalTokens()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"kept", "single"})
    void streamsWhatItAnswers(String model) {
        List<ResponseStreamEvent> events = streamed(question(model).build());

        Response whole = events.getLast().asCompleted().response();
        StringBuilder text = new StringBuilder();
        events.forEach(
                event -> event.outputTextDelta().ifPresent(piece -> text.append(piece.delta())));
        assertThat(text).isNotEmpty().hasToString(text(whole));
        assertThat(events.getFirst().asCreated().response().id()).isEqualTo(whole.id());
        assertThat(whole.usage().orElseThrow().totalTokens()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"kept", "single"})
    void callsTools(String model) {
        ResponseCreateParams asked = question(model).addTool(weather()).build();

        ResponseFunctionToolCall plain = call(client.responses().create(forced(asked)).validate());
        List<ResponseStreamEvent> events = streamed(forced(asked));

        assertThat(plain.name()).isEqualTo("weather");
        assertThat(plain.callId()).isNotEmpty();
        assertThat(plain.arguments(Town.class).city).isNotEmpty();
        assertThat(call(events.getLast().asCompleted().response()).name()).isEqualTo("weather");
        assertThat(events).anyMatch(ResponseStreamEvent::isFunctionCallArgumentsDelta);
    }

    private static ResponseCreateParams forced(ResponseCreateParams asked) {
        return asked.toBuilder().toolChoice(ToolChoiceOptions.REQUIRED).build();
    }

    @Test
    void goesOnFromAResponseThatIsKept() {
        Response first = client.responses().create(question("kept").addTool(weather()).build());
        String place = provider.taken().path();
        ResponseInputItem told =
                ResponseInputItem.ofFunctionCallOutput(
                        ResponseInputItem.FunctionCallOutput.builder()
                                .callId(call(first).callId())
                                .output("sunny")
                                .build());

        Response next =
                client.responses()
                        .create(
                                ResponseCreateParams.builder()
                                        .model("kept")
                                        .previousResponseId(first.id())
                                        .inputOfResponse(List.of(told))
                                        .addTool(weather())
                                        .build())
                        .validate();

        assertThat(text(next)).isEqualTo("hello");
        assertThat(next.previousResponseId()).hasValue(first.id());
        ResponsesProvider.Asked asked = provider.taken();
        assertThat(asked.path()).isEqualTo(place);
        assertThat(asked.body().path("previous_response_id").asText())
                .startsWith("resp_of_provider_");
        assertThat(asked.body().at("/input/0/output").asText()).isEqualTo("sunny");
    }

    @Test
    void goesOnFromAResponseThatWasStreamed() {
        Response first = streamed(question("kept").build()).getLast().asCompleted().response();

        List<ResponseStreamEvent> next =
                streamed(question("kept").previousResponseId(first.id()).build());

        assertThat(next.getLast().asCompleted().response().previousResponseId())
                .hasValue(first.id());
    }

    @Test
    void readsAndDeletesWhatIsKept() {
        Response made = client.responses().create(question("kept").build());

        Response read = client.responses().retrieve(made.id()).validate();

        assertThat(read.id()).isEqualTo(made.id());
        assertThat(text(read)).isEqualTo(text(made));
        client.responses().delete(made.id());
        assertThatThrownBy(() -> client.responses().retrieve(made.id()))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> client.responses().delete(made.id()))
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void whatIsAnothersIsNotThere() {
        Response made = client.responses().create(question("kept").build());
        forget();

        assertThatThrownBy(() -> stranger.responses().retrieve(made.id()))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("no such response");
        assertThatThrownBy(() -> stranger.responses().delete(made.id()))
                .isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() ->
                        stranger.responses()
                                .create(question("kept").previousResponseId(made.id()).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("previous response");
        assertThat(provider.wasAsked()).isFalse();
        assertThat(client.responses().retrieve(made.id()).id()).isEqualTo(made.id());
    }

    /** What the tool is told, as the client reads it. */
    public static final class Town {
        public String city = "";
    }

    private static FunctionTool weather() {
        return FunctionTool.builder()
                .name("weather")
                .parameters(
                        FunctionTool.Parameters.builder()
                                .putAdditionalProperty("type", JsonValue.from("object"))
                                .putAdditionalProperty(
                                        "properties",
                                        JsonValue.from(Map.of("city", Map.of("type", "string"))))
                                .putAdditionalProperty("required", JsonValue.from(List.of("city")))
                                .build())
                .strict(false)
                .build();
    }

    private static ResponseCreateParams.Builder question(String model) {
        return ResponseCreateParams.builder()
                .model(model)
                .instructions("Be brief.")
                .input("How is the weather?");
    }

    private List<ResponseStreamEvent> streamed(ResponseCreateParams asked) {
        List<ResponseStreamEvent> events = new ArrayList<>();
        try (var stream = client.responses().createStreaming(asked)) {
            stream.stream().forEach(events::add);
        }
        assertThat(events).hasSizeGreaterThan(3).allSatisfy(ResponseStreamEvent::validate);
        return events;
    }

    private static String text(Response response) {
        return response.output()
                .getFirst()
                .message()
                .orElseThrow()
                .content()
                .getFirst()
                .asOutputText()
                .text();
    }

    private static ResponseFunctionToolCall call(Response response) {
        return response.output().getFirst().asFunctionCall();
    }
}
