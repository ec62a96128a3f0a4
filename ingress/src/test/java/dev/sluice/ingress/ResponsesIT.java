package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;

/** OpenAI's Responses API to a model that has chats only. */
final class ResponsesIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CALL =
            "{\"model\":\"single\",\"max_output_tokens\":30,\"instructions\":\"be short\",\"input\":\"%s\"%s}";

    private static GatewayUnderTest gateway;

    @BeforeAll
    static void start(@TempDir Path data) {
        gateway = GatewayUnderTest.withTwoDeployments(data, "litellm_settings: {cache: true}\n");
    }

    @AfterAll
    static void stop() throws IOException {
        gateway.close();
    }

    @BeforeEach
    void calm() {
        gateway.scenario("{\"match\": {}, \"profile\": \"instant\"}");
    }

    @Test
    void answersAsOpenAiDoes() throws Exception {
        HttpResponse<String> answer = post(CALL.formatted("plain", ",\"metadata\":{\"a\":\"b\"}"));

        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode response = JSON.readTree(answer.body());
        assertThat(response.path("object").asText()).isEqualTo("response");
        assertThat(response.path("id").asText()).startsWith("resp_");
        assertThat(response.path("created_at").asLong()).isPositive();
        assertThat(response.path("status").asText()).isIn("completed", "incomplete");
        assertThat(response.path("instructions").asText()).isEqualTo("be short");
        assertThat(response.at("/metadata/a").asText()).isEqualTo("b");
        assertThat(response.at("/output/0/type").asText()).isEqualTo("message");
        assertThat(response.at("/output/0/content/0/text").asText()).isNotEmpty();
        assertThat(response.at("/usage/output_tokens").asLong()).isBetween(1L, 30L);
        assertThat(response.at("/usage/input_tokens").asLong()).isPositive();
        assertThat(answer.headers().firstValue("x-litellm-model-id")).hasValue("single");
        assertThat(answer.headers().firstValue("x-litellm-response-cost")).isPresent();
    }

    @Test
    void isServedWithoutAVersionToo() {
        assertThat(gateway.post("/responses", CALL.formatted("short", "")).statusCode())
                .isEqualTo(200);
    }

    @Test
    void streamsTheSameInItsEvents() throws Exception {
        JsonNode plain = JSON.readTree(post(CALL.formatted("both", "")).body());

        List<JsonNode> events = events(post(CALL.formatted("both", ",\"stream\":true")));

        assertSame(plain, events);
    }

    @Test
    void givesAKeptAnswerAgainInEitherForm() throws Exception {
        List<JsonNode> streamed = events(post(CALL.formatted("kept", ",\"stream\":true")));
        HttpResponse<String> again = post(CALL.formatted("kept", ""));
        HttpResponse<String> streamedAgain = post(CALL.formatted("kept", ",\"stream\":true"));

        assertThat(again.headers().firstValue("x-sluice-cache-hit")).isPresent();
        assertThat(streamedAgain.headers().firstValue("x-sluice-cache-hit")).isPresent();
        assertSame(JSON.readTree(again.body()), streamed);
        assertSame(JSON.readTree(again.body()), events(streamedAgain));
    }

    @Test
    void asksForAKey() {
        assertThat(post(CALL.formatted("x", ""), "Authorization", "Bearer x").statusCode())
                .isEqualTo(401);
    }

    @Test
    void tellsOfAnUnknownModelAsForChats() throws Exception {
        HttpResponse<String> answer = post("{\"model\":\"unknown\",\"input\":\"x\"}");

        assertThat(answer.statusCode()).isEqualTo(400);
        JsonNode error = JSON.readTree(answer.body()).path("error");
        assertThat(error.path("type").asText()).isEqualTo("None");
        assertThat(error.path("message").asText()).contains("Invalid model name");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            nullValues = "-",
            textBlock =
                    """
                    { | -
                    [] | -
                    {"model":"single"} | input
                    {"model":7,"input":"x"} | model
                    {"input":"x"} | model
                    {"model":"single","input":"x","user":7} | user
                    {"model":"single","input":"x","previous_response_id":"resp_1"} | previous_response_id
                    {"model":"single","input":"x","background":true} | background
                    {"model":"single","input":"x","tools":[{"type":"web_search"}]} | tools[0].type
                    """)
    void refusesInOpenAisForm(String body, String param) throws Exception {
        HttpResponse<String> answer = post(body);

        assertThat(answer.statusCode()).isEqualTo(400);
        JsonNode error = JSON.readTree(answer.body()).path("error");
        assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
        assertThat(error.path("message").asText()).isNotEmpty();
        if (param != null) {
            assertThat(error.path("param").asText()).isEqualTo(param);
        }
    }

    @Test
    void tellsAProvidersErrorInOpenAisForm() throws Exception {
        gateway.scenario(
                "{\"match\": {}, \"fault\": {\"status\": 429, \"message\": \"slow down\"}}");

        HttpResponse<String> answer = post(CALL.formatted("failing", ""));

        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(JSON.readTree(answer.body()).at("/error/message").asText())
                .contains("slow down");
    }

    @Test
    void endsAStreamThatBreaksOffAsFailed() throws Exception {
        gateway.scenario(
                "{\"match\": {}, \"profile\": \"instant\", \"fault\": {\"cut_after_bytes\": 900}}");

        List<JsonNode> events = events(post(CALL.formatted("broken", ",\"stream\":true")));

        assertThat(events.getFirst().path("type").asText()).isEqualTo("response.created");
        assertThat(events.getLast().path("type").asText()).isEqualTo("response.failed");
        assertThat(events.getLast().at("/response/status").asText()).isEqualTo("failed");
    }

    private static HttpResponse<String> post(String body, String... headers) {
        return gateway.post("/v1/responses", body, headers);
    }

    private static List<JsonNode> events(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type").orElse(""))
                .startsWith("text/event-stream");
        assertThat(answer.body()).doesNotContain("[DONE]");
        return answer.body()
                .lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> tree(line.substring(6)))
                .toList();
    }

    private static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(json, e);
        }
    }

    /** The text and the usage of both, and the order in which OpenAI tells them. */
    private static void assertSame(JsonNode plain, List<JsonNode> events) {
        assertThat(events.getFirst().path("type").asText()).isEqualTo("response.created");
        assertThat(events.getLast().path("type").asText())
                .isEqualTo("response." + plain.path("status").asText());
        StringBuilder text = new StringBuilder();
        events.forEach(event -> text.append(event.path("delta").asText("")));
        assertThat(text).hasToString(plain.at("/output/0/content/0/text").asText());
        JsonNode last = events.getLast().path("response");
        assertThat(last.path("usage")).isEqualTo(plain.path("usage"));
        assertThat(last.at("/output/0/content")).isEqualTo(plain.at("/output/0/content"));
    }
}
