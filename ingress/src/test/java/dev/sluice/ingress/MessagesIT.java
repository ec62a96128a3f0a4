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
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;

/** Anthropic's Messages API to a model that speaks OpenAI's. */
final class MessagesIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CALL =
            """
            {"model":"single","max_tokens":30,"system":"be short",
             "messages":[{"role":"user","content":[{"type":"text","text":"%s"}]}]%s}\
            """;

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
    void answersAsAnthropicDoes() throws Exception {
        HttpResponse<String> answer = post(CALL.formatted("plain", ""));

        assertThat(answer.statusCode()).isEqualTo(200);
        JsonNode message = JSON.readTree(answer.body());
        assertThat(message.path("type").asText()).isEqualTo("message");
        assertThat(message.path("role").asText()).isEqualTo("assistant");
        assertThat(message.at("/content/0/type").asText()).isEqualTo("text");
        assertThat(message.at("/content/0/text").asText()).isNotEmpty();
        assertThat(message.path("stop_reason").asText()).isIn("end_turn", "max_tokens");
        assertThat(message.at("/usage/output_tokens").asLong()).isBetween(1L, 30L);
        assertThat(message.at("/usage/input_tokens").asLong()).isPositive();
        assertThat(answer.headers().firstValue("x-litellm-model-id")).hasValue("single");
        assertThat(answer.headers().firstValue("x-litellm-response-cost")).isPresent();
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
    void takesTheKeyWhereAnthropicsClientsSendIt() {
        HttpResponse<String> known =
                post(CALL.formatted("x", ""), "Authorization", "", "x-api-key", "sk-wrong");
        HttpResponse<String> unknown = post(CALL.formatted("x", ""), "Authorization", "Bearer x");

        assertThat(known.statusCode()).isEqualTo(401);
        assertThat(unknown.statusCode()).isEqualTo(401);
        assertThat(unknown.body()).contains("\"type\":\"error\"", "\"authentication_error\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "[]",
                "{\"model\":\"single\"}",
                "{\"model\":\"single\",\"messages\":7}",
                "{\"model\":7,\"messages\":[]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
                "{\"model\":\"unknown\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
                "{\"model\":\"single\",\"messages\":[{\"role\":\"dog\",\"content\":\"x\"}]}",
                "{\"model\":\"single\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"x\"}]}]}"
            })
    void refusesInAnthropicsForm(String body) throws Exception {
        HttpResponse<String> answer = post(body);

        assertThat(answer.statusCode()).isEqualTo(400);
        JsonNode error = JSON.readTree(answer.body());
        assertThat(error.path("type").asText()).isEqualTo("error");
        assertThat(error.at("/error/type").asText()).isEqualTo("invalid_request_error");
        assertThat(error.at("/error/message").asText()).isNotEmpty();
    }

    @Test
    void tellsAProvidersErrorInAnthropicsForm() throws Exception {
        gateway.scenario(
                "{\"match\": {}, \"fault\": {\"status\": 429, \"message\": \"slow down\"}}");

        HttpResponse<String> answer = post(CALL.formatted("failing", ""));

        assertThat(answer.statusCode()).isEqualTo(429);
        JsonNode error = JSON.readTree(answer.body());
        assertThat(error.at("/error/type").asText()).isEqualTo("rate_limit_error");
        assertThat(error.at("/error/message").asText()).contains("slow down");
    }

    @Test
    void endsAStreamThatBreaksOffWithAnErrorEvent() throws Exception {
        gateway.scenario(
                "{\"match\": {}, \"profile\": \"instant\", \"fault\": {\"cut_after_bytes\": 900}}");

        List<JsonNode> events = events(post(CALL.formatted("broken", ",\"stream\":true")));

        assertThat(events.getFirst().path("type").asText()).isEqualTo("message_start");
        assertThat(events.getLast().path("type").asText()).isEqualTo("error");
        assertThat(events).noneMatch(event -> event.path("type").asText().equals("message_stop"));
    }

    @Test
    void countsAPromptWithoutCallingAnybody() throws Exception {
        String before = gateway.truth();

        HttpResponse<String> counted =
                gateway.post(
                        "/v1/messages/count_tokens",
                        "{\"model\":\"single\",\"messages\":[{\"role\":\"user\",\"content\":\"2 + 2 = 4\"}]}");
        HttpResponse<String> unknown =
                gateway.post("/v1/messages/count_tokens", "{\"model\":\"none\",\"messages\":[]}");

        assertThat(counted.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(counted.body()).path("input_tokens").asLong())
                .isEqualTo(3 + 3 + 1 + 7);
        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(unknown.body()).contains("\"type\":\"error\"");
        assertThat(gateway.truth()).isEqualTo(before);
    }

    private static HttpResponse<String> post(String body, String... headers) {
        return gateway.post("/v1/messages", body, headers);
    }

    private static List<JsonNode> events(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type").orElse(""))
                .startsWith("text/event-stream");
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

    /** The text and the usage of both, and the order in which Anthropic tells them. */
    private static void assertSame(JsonNode plain, List<JsonNode> events) {
        assertThat(events.getFirst().path("type").asText()).isEqualTo("message_start");
        assertThat(events.getLast().path("type").asText()).isEqualTo("message_stop");
        StringBuilder text = new StringBuilder();
        events.forEach(event -> text.append(event.at("/delta/text").asText("")));
        assertThat(text).hasToString(plain.at("/content/0/text").asText());
        JsonNode last = events.get(events.size() - 2);
        assertThat(last.path("type").asText()).isEqualTo("message_delta");
        assertThat(last.path("usage")).isEqualTo(plain.path("usage"));
        assertThat(last.at("/delta/stop_reason")).isEqualTo(plain.path("stop_reason"));
    }
}
