package dev.sluice.ingress.books;

import static dev.sluice.ingress.accounts.TestingAccounts.key;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.ingress.GatewayUnderTest;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.Units;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;

/** Endpoints that are no chat: what the provider is asked, what the caller sees, what is booked. */
class EndpointsIT extends MediaEndpoints {

    @ParameterizedTest
    @ValueSource(strings = {"/v1/rerank", "/rerank", "/v2/rerank"})
    void cohereRanksAndIsPaidByTheQuery(String path) throws Exception {
        provider.on(
                "/cohere/v2/rerank",
                200,
                """
                {"id":"r1","results":[{"index":1,"relevance_score":0.9}],
                 "meta":{"billed_units":{"search_units":2}}}\
                """);

        HttpResponse<String> answer = gateway.post(path, RERANK.formatted("cohere-rerank"));

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(answer.body()).at("/results/0/index").asInt()).isEqualTo(1);
        JsonNode sent = JSON.readTree(provider.last("/cohere/v2/rerank").body());
        assertThat(sent)
                .isEqualTo(
                        JSON.readTree(
                                """
                                {"model":"rerank-v3.5","query":"q","documents":["a","b"],"top_n":1}\
                                """));
        SpendEvent event = booked(answer);
        assertThat(event.callType()).isEqualTo("arerank");
        assertThat(event.kind()).isEqualTo(Kind.SETTLED);
        assertThat(event.units()).isEqualTo(Units.ofQueries(2));
        assertThat(event.costPico()).isEqualTo(4_000_000_000L);
        assertThat(cost(answer)).isEqualTo("0.004");
    }

    @Test
    void voyageRanksInCoheresShapeAndIsPaidByTheToken() throws Exception {
        provider.on(
                "/voyage/v1/rerank",
                200,
                """
                {"object":"list","data":[{"index":0,"relevance_score":0.5,"document":"a"}],
                 "model":"rerank-2.5","usage":{"total_tokens":26}}\
                """);

        HttpResponse<String> answer = gateway.post("/v1/rerank", RERANK.formatted("voyage-rerank"));

        assertThat(JSON.readTree(answer.body()).at("/results/0/document/text").asText())
                .isEqualTo("a");
        assertThat(JSON.readTree(provider.last("/voyage/v1/rerank").body()).path("top_k").asInt())
                .isEqualTo(1);
        SpendEvent event = booked(answer);
        assertThat(event.usage()).isEqualTo(Usage.of(26, 0));
        assertThat(event.costPico()).isEqualTo(1_300_000L);
    }

    @Test
    void othersWithCoheresShapeGetTheBytesAndTheirAnswerIsCompleted() throws Exception {
        provider.on(
                "/jina/v1/rerank",
                200,
                """
                {"model":"m","usage":{"total_tokens":9},"results":[{"index":0,"relevance_score":1}]}\
                """);

        HttpResponse<String> answer = gateway.post("/v1/rerank", RERANK.formatted("jina-rerank"));

        JsonNode tree = JSON.readTree(answer.body());
        assertThat(tree.path("id").asText()).startsWith("rerank-");
        assertThat(tree.at("/meta/tokens/input_tokens").asInt()).isEqualTo(9);
        assertThat(new String(provider.last("/jina/v1/rerank").body(), UTF_8))
                .isEqualTo(RERANK.formatted("jina-reranker-v2"));
        assertThat(booked(answer).costPico()).isEqualTo(1_000_000_000L);
    }

    @Test
    void whatFailsIsTriedElsewhereAndBothAttemptsAreBooked() throws Exception {
        provider.on("/first/v1/rerank", 500, "{}");
        provider.on("/second/v1/rerank", 500, "{}");
        HttpResponse<String> failed = gateway.post("/v1/rerank", RERANK.formatted("twice-rerank"));
        assertThat(failed.statusCode()).isEqualTo(500);
        assertThat(error(failed).path("type").asText()).isEqualTo("api_error");
        assertThat(provider.count("/first/v1/rerank") + provider.count("/second/v1/rerank"))
                .isEqualTo(2);

        List<SpendEvent> events = all(failed);

        assertThat(events).hasSize(2);
        assertThat(events).extracting(SpendEvent::kind).containsOnly(Kind.VOIDED);
        assertThat(events).extracting(SpendEvent::units).containsOnly(Units.NONE);
    }

    @Test
    void whoHasNoSuchEndpointIsNotAsked() throws Exception {
        for (String endpoint : List.of("/v1/rerank", "/v1/moderations", "/v1/images/generations")) {
            HttpResponse<String> answer =
                    gateway.post(
                            endpoint,
                            """
                            {"model":"claude","query":"q","documents":["a"],"input":"x","prompt":"y"}\
                            """);

            assertThat(answer.statusCode()).as(endpoint).isEqualTo(400);
            assertThat(error(answer).path("type").asText()).isEqualTo("invalid_request_error");
            assertThat(error(answer).path("message").asText())
                    .contains(endpoint.replace("/v1", ""));
            assertThat(all(answer)).isEmpty();
        }
        assertThat(gateway.post("/v1/rerank", RERANK.formatted("pictures")).statusCode())
                .isEqualTo(400);
        assertThat(provider.count("/anthropic")).isZero();
    }

    @Test
    void moderationNeedsNoModel() throws Exception {
        provider.on("/v1/moderations", 200, "{\"id\":\"modr-1\",\"results\":[]}");

        HttpResponse<String> answer = gateway.post("/v1/moderations", "{\"input\":[\"a\",\"b\"]}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(provider.last("/v1/moderations").body()))
                .isEqualTo(
                        JSON.readTree(
                                "{\"model\":\"omni-moderation-latest\",\"input\":[\"a\",\"b\"]}"));
        SpendEvent event = booked(answer);
        assertThat(event.callType()).isEqualTo("amoderation");
        assertThat(event.costPico()).isZero();
        assertThat(event.priceVersion()).isEqualTo("sluice/2026-06-26");
    }

    @Test
    void keysAndTheirModelsHoldHereToo() throws Exception {
        gateway.apply(key("sk-only-voice").models("voice").build());

        HttpResponse<String> denied =
                gateway.post(
                        "/v1/rerank",
                        RERANK.formatted("cohere-rerank"),
                        "Authorization",
                        "Bearer sk-only-voice");
        HttpResponse<String> unknown =
                gateway.post(
                        "/v1/moderations", "{\"input\":\"x\"}", "Authorization", "Bearer sk-none");

        assertThat(error(denied).path("type").asText()).isEqualTo("key_model_access_denied");
        assertThat(unknown.statusCode()).isEqualTo(401);
    }

    @Test
    void azuresClientsNameTheModelInThePath() throws Exception {
        provider.on("/v1/moderations", 200, "{\"results\":[]}");
        String body = "{\"input\":\"x\",\"model\":\"no-such\"}";
        HttpRequest request =
                HttpRequest.newBuilder(
                                gateway.uri(
                                        "/openai/deployments/omni-moderation-latest/moderations"
                                                + "?api-version=2024-10-21"))
                        .header("api-key", GatewayUnderTest.KEY)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build();
        HttpResponse<String> answer = gateway.client().send(request, BodyHandlers.ofString());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(new String(provider.last("/v1/moderations").body(), UTF_8))
                .isEqualTo("{\"input\":\"x\",\"model\":\"omni-moderation-latest\"}");
        assertThat(booked(answer).target().modelGroup()).isEqualTo("omni-moderation-latest");

        HttpResponse<String> chat =
                gateway.post(
                        "/openai/deployments/single/chat/completions?api-version=2024-10-21",
                        "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}");
        assertThat(chat.statusCode()).isEqualTo(200);
        assertThat(chat.headers().firstValue("x-litellm-model-group")).contains("single");

        provider.on("/v1/audio/transcriptions", 200, "{\"text\":\"hi\"}");
        String form = new String(form("x", wav(100), ""), ISO_8859_1);
        String withoutModel = form.substring(form.indexOf("--xYz", 1));
        HttpResponse<String> heard =
                transcribe(
                        "/openai/deployments/ears/audio/transcriptions",
                        withoutModel.getBytes(ISO_8859_1));
        assertThat(heard.statusCode()).isEqualTo(200);
        assertThat(new String(provider.last("/v1/audio/transcriptions").body(), ISO_8859_1))
                .startsWith(
                        "--xYz\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n")
                .endsWith(withoutModel);
        assertThat(
                        gateway.post("/openai/deployments/no/such/embeddings", "{\"input\":\"x\"}")
                                .statusCode())
                .isEqualTo(400);
    }
}
