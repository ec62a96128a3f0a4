package dev.sluice.ingress;

import static dev.sluice.ingress.accounts.TestingAccounts.key;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.schemas.accounts.Limits;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Responses of providers that have them: they pass, and belong to who made them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class NativeResponsesIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MODELS =
            """
              - model_name: kept
                litellm_params: {model: openai/gpt-4o, api_base: PROVIDER/a/v1, api_key: k}
                model_info: {id: kept-a, mode: responses}
              - model_name: kept
                litellm_params: {model: openai/gpt-4o, api_base: PROVIDER/b/v1, api_key: k}
                model_info: {id: kept-b, mode: responses}
              - model_name: other
                litellm_params: {model: openai/gpt-4o, api_base: PROVIDER/c/v1, api_key: k}
                model_info: {id: other-c, mode: responses}
              - model_name: mixed
                litellm_params: {model: openai/gpt-4o, api_base: PROVIDER/c/v1, api_key: k}
                model_info: {id: mixed-c, mode: responses}
              - model_name: mixed
                litellm_params: {model: openai/gpt-4o, api_base: PROVIDER/d/v1, api_key: k}
                model_info: {id: mixed-d}
            litellm_settings: {cache: true, max_tokens: 500}
            router_settings: {routing_strategy: simple-shuffle, model_group_alias: {nickname: kept}}
            """;
    private static final String CALL = "{\"model\":\"%s\",\"input\":\"%s\"%s}";
    private static final String STREAM = ",\"stream\":true";

    private ResponsesProvider provider;
    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        provider = new ResponsesProvider();
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        data, MODELS.replace("PROVIDER", provider.uri().toString()));
        gateway.apply(key("sk-one").build(), key("sk-two").build());
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
        provider.close();
    }

    @BeforeEach
    void forget() {
        while (provider.wasAsked()) {
            provider.taken();
        }
    }

    @Test
    void passesTheRequestAndTheAnswer() throws Exception {
        HttpResponse<String> answer =
                post(
                        "sk-one",
                        CALL.formatted("kept", "hi", ",\"tools\":[{\"type\":\"web_search\"}]"));

        JsonNode response = ok(answer);
        ResponsesProvider.Asked asked = provider.taken();
        assertThat(asked.path()).matches("/[ab]/v1/responses");
        assertThat(asked.body())
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"max_output_tokens":500,"model":"gpt-4o","input":"hi",
                                 "tools":[{"type":"web_search"}]}\
                                """));
        assertThat(response.at("/output/0/content/0/text").asText()).isEqualTo("hello");
        assertThat(answer.body()).contains("\"price\":1.10").doesNotContain("of_provider");
        assertThat(answer.headers().firstValue("x-litellm-model-id").orElse(""))
                .startsWith("kept-");
        // 40,000 tokens in, 20,000 out.
        assertThat(answer.headers().firstValue("x-litellm-response-cost").map(Double::valueOf))
                .hasValueSatisfying(usd -> assertThat(usd).isBetween(0.299, 0.301));
    }

    @Test
    void asksAnewEachTime() throws Exception {
        ok(post("sk-one", CALL.formatted("other", "same", "")));
        HttpResponse<String> again = post("sk-one", CALL.formatted("other", "same", ""));

        assertThat(again.headers().firstValue("x-sluice-cache-hit")).isEmpty();
        provider.taken();
        provider.taken();
    }

    @Test
    void streamsAndCountsBeforeTheEnd() throws Exception {
        gateway.apply(key("sk-limited").limits(tokensAMinute(100_000)).build());

        HttpResponse<String> answer = post("sk-limited", CALL.formatted("other", "hi", STREAM));
        HttpResponse<String> next = post("sk-limited", CALL.formatted("other", "hi", STREAM));
        HttpResponse<String> tooMany = post("sk-limited", CALL.formatted("other", "hi", ""));

        List<JsonNode> events = events(answer);
        assertThat(events.stream().map(event -> event.path("type").asText()))
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.completed");
        assertThat(answer.body()).doesNotContain("of_provider", "[DONE]");
        assertThat(events.getFirst().at("/response/id"))
                .isEqualTo(events.getLast().at("/response/id"));
        assertThat(next.statusCode()).isEqualTo(200);
        assertThat(tooMany.statusCode()).isEqualTo(429);
    }

    @ParameterizedTest
    @CsvSource({"''", "',\"stream\":true'"})
    void goesOnWhereTheResponseIs(String more) throws Exception {
        Set<String> deployments = new HashSet<>();
        for (int i = 0; i < 12; i++) {
            String id = made("sk-one", more);
            ResponsesProvider.Asked first = provider.taken();

            JsonNode next =
                    ok(
                            post(
                                    "sk-one",
                                    CALL.formatted(
                                            i % 2 == 0 ? "kept" : "nickname",
                                            "on",
                                            ",\"previous_response_id\":\"" + id + "\"")));

            ResponsesProvider.Asked second = provider.taken();
            assertThat(second.path()).isEqualTo(first.path());
            assertThat(second.body().path("previous_response_id").asText())
                    .startsWith("resp_of_provider_");
            assertThat(next.path("previous_response_id").asText()).isEqualTo(id);
            deployments.add(first.path());
        }
        assertThat(deployments).hasSize(2);
    }

    @Test
    void isNobodyElses() throws Exception {
        String id = made("sk-one", "");
        provider.taken();
        String changed = id.substring(0, 8) + (id.charAt(8) == 'A' ? 'B' : 'A') + id.substring(9);

        for (String previous : new String[] {changed, "resp_of_provider_1", "", "x", "resp_AA"}) {
            refused("sk-one", "kept", previous);
        }
        refused("sk-two", "kept", id);
        refused("sk-one", "other", id); // it is at none of the model's deployments
        assertThat(provider.wasAsked()).isFalse();
    }

    private void refused(String key, String model, String previous) throws Exception {
        HttpResponse<String> answer =
                post(
                        key,
                        CALL.formatted(
                                model, "on", ",\"previous_response_id\":\"" + previous + "\""));

        assertThat(answer.statusCode()).as(previous).isEqualTo(400);
        JsonNode error = JSON.readTree(answer.body()).path("error");
        assertThat(error.path("code").asText()).isEqualTo("previous_response_not_found");
        assertThat(error.path("param").asText()).isEqualTo("previous_response_id");
    }

    @Test
    void isReadAndDeletedByItsOwner() throws Exception {
        String id = made("sk-one", "");
        String path = provider.taken().path();

        for (String method : new String[] {"GET", "DELETE"}) {
            assertThat(kept(method, "/v1", id, "sk-two").statusCode()).isEqualTo(404);
            assertThat(kept(method, "/v1", id + "/input_items", "sk-one").statusCode())
                    .isEqualTo(404);
        }
        assertThat(provider.wasAsked()).isFalse();

        JsonNode read = ok(kept("GET", "", id, "sk-one"));
        assertThat(read.path("id").asText()).isEqualTo(id);
        assertThat(read.path("status").asText()).isEqualTo("completed");
        ResponsesProvider.Asked asked = provider.taken();
        assertThat(asked.method()).isEqualTo("GET");
        assertThat(asked.path()).startsWith(path + "/resp_of_provider_");

        JsonNode deleted = ok(kept("DELETE", "/v1", id, "sk-one"));
        assertThat(deleted.path("id").asText()).isEqualTo(id);
        assertThat(deleted.path("deleted").asBoolean()).isTrue();

        HttpResponse<String> gone = kept("GET", "/v1", id, "sk-one");
        assertThat(gone.statusCode()).isEqualTo(404);
        assertThat(gone.body()).doesNotContain("of_provider");
    }

    private HttpResponse<String> kept(String method, String version, String id, String key) {
        return gateway.request(
                method, version + "/responses/" + id, "", "Authorization", "Bearer " + key);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    "input":"x","background":true | background
                    "input":"x","conversation":"conv_1" | conversation
                    "input":"x","previous_response_id":7 | previous_response_id
                    "input":[{"type":"item_reference","id":"msg_1"}] | input[0].type
                    "input":7 | input
                    "input":"x","max_output_tokens":"many" | max_output_tokens
                    """)
    void refusesWhatCouldBeAnothersOrIsNotPaidFor(String members, String param) throws Exception {
        HttpResponse<String> answer = post("sk-one", "{\"model\":\"kept\"," + members + "}");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(JSON.readTree(answer.body()).at("/error/param").asText()).isEqualTo(param);
        assertThat(provider.wasAsked()).isFalse();
    }

    @Test
    void aNameThatComesTwiceIsReadOnceByAll() throws Exception {
        String body =
                "{\"model\":\"kept\",\"input\":\"x\",\"previous_response_id\":\"resp_of_provider_1\","
                        + "\"previous_response_id\":null}";

        ok(post("sk-one", body));

        assertThat(provider.taken().body().path("previous_response_id").isNull()).isTrue();
    }

    @Test
    void saysThatAStreamBrokeOff() throws Exception {
        List<JsonNode> events = events(post("sk-one", CALL.formatted("kept", "break off", STREAM)));

        assertThat(events.getFirst().path("type").asText()).isEqualTo("response.created");
        assertThat(events.getLast().path("type").asText()).isEqualTo("error");
        assertThat(events.getLast().path("sequence_number").asInt()).isEqualTo(5);
        assertThat(events.getLast().path("message").asText()).isNotEmpty();
    }

    @Test
    void aGroupOfWhichOneHasChatsOnlyIsAskedByChats() throws Exception {
        HttpResponse<String> answer =
                post(
                        "sk-one",
                        CALL.formatted("mixed", "x", ",\"previous_response_id\":\"resp_1\""));

        assertThat(answer.statusCode()).isEqualTo(400);
        post("sk-one", CALL.formatted("mixed", "x", ""));
        assertThat(provider.taken().path()).matches("/[cd]/v1/chat/completions");
    }

    private String made(String key, String more) throws Exception {
        HttpResponse<String> answer = post(key, CALL.formatted("kept", "hi", more));
        JsonNode response = more.isEmpty() ? ok(answer) : events(answer).getLast().path("response");
        assertThat(response.path("id").asText()).startsWith("resp_");
        return response.path("id").asText();
    }

    private HttpResponse<String> post(String key, String body) {
        return gateway.post("/v1/responses", body, "Authorization", "Bearer " + key);
    }

    private static JsonNode ok(HttpResponse<String> answer) throws Exception {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static List<JsonNode> events(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
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

    private static Limits tokensAMinute(long tokens) {
        return new Limits(null, null, null, null, null, tokens, null, Map.of(), Map.of(), Map.of());
    }
}
