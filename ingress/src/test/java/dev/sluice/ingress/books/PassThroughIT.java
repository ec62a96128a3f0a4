package dev.sluice.ingress.books;

import static dev.sluice.ingress.accounts.TestingAccounts.key;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.ingress.GatewayUnderTest;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.SpendEvent.Status;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** A provider's own API through the gateway: what goes in, what comes out, what is booked. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // before all
class PassThroughIT {

    private static final ObjectMapper JSON = new ObjectMapper();

    private Path scratch;
    private Path data;
    private RecordingProvider provider;
    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        scratch = folder;
        data = Files.createDirectories(folder.resolve("data"));
        provider = new RecordingProvider();
        gateway =
                GatewayUnderTest.withTwoDeployments(
                        data,
                        """
                        sluice:
                          journal: {segment_bytes: 262144, max_bytes: 16777216}
                          pass_through:
                            - {provider: openai, paths: [/v1/files, /v1/files/*, /v1/chat/completions], api_base: BASE/o, api_key: provider-key}
                            - {provider: anthropic, paths: [/v1/messages], api_base: BASE/a/, api_key: provider-key}
                            - {provider: gemini, paths: [/v1beta/models/*], api_base: BASE/g, api_key: provider-key}
                        """
                                .replace("BASE", provider.base()));
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
        provider.close();
    }

    @Test
    void theProvidersKeyGoesOutAndNothingOfTheCallers() throws Exception {
        provider.on("/o/v1/files/f-1", 200, "{\"id\":\"f-1\"}");

        HttpResponse<String> answer =
                gateway.request(
                        "DELETE",
                        "/openai/v1/files/f-1?purpose=a%20b&key=sk-leak&api_key=sk-leak",
                        "",
                        "x-litellm-tags",
                        "t",
                        "Cookie",
                        "c=d",
                        "OpenAI-Organization",
                        "org-of-caller",
                        "OpenAI-Beta",
                        "assistants=v2");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"id\":\"f-1\"}");
        RecordingProvider.Asked asked = provider.last("/o/v1/files/f-1");
        assertThat(asked.method()).isEqualTo("DELETE");
        assertThat(asked.uri()).isEqualTo("/o/v1/files/f-1?purpose=a+b");
        assertThat(asked.header("Authorization")).isEqualTo("Bearer provider-key");
        assertThat(asked.header("Openai-beta")).isEqualTo("assistants=v2");
        assertThat(asked.headers().keySet())
                .doesNotContain("Cookie", "X-litellm-tags", "Openai-organization");
        assertThat(asked.headers().toString()).doesNotContain(GatewayUnderTest.KEY);
        SpendEvent event = booked(answer);
        assertThat(event.callType()).isEqualTo("pass_through");
        assertThat(event.target().modelGroup()).isEqualTo("pass_through/openai");
        assertThat(event.target().provider()).isEqualTo("openai");
        assertThat(event.costPico()).isZero();
        assertThat(event.priceVersion()).as("unknown, not free").isNull();
        assertThat(event.kind()).isEqualTo(Kind.ESTIMATED);
        assertThat(event.status()).isEqualTo(Status.SUCCESS);
    }

    @Test
    void whatTheOperatorDidNotListIsNotCalled() throws Exception {
        int before = provider.count("/");
        for (String path :
                List.of(
                        "/openai/v1/models",
                        "/openai/v1/filesystem",
                        "/anthropic/v1/messages/batches",
                        "/anthropic/v1/messages/count_tokens")) {
            HttpResponse<String> answer = gateway.get(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(403);
            assertThat(JSON.readTree(answer.body()).at("/error/type").asText())
                    .isEqualTo("permission_error");
        }
        for (String path : List.of("/cohere/v2/chat", "/mistral/v1/models", "/azure/openai/x")) {
            assertThat(gateway.get(path).statusCode()).as(path).isEqualTo(404);
        }
        assertThat(gateway.get("/openai/v1/files/..%2F..%2Fmodels").statusCode()).isEqualTo(404);
        assertThat(gateway.get("/openai/v1/files", "Authorization", "Bearer sk-no").statusCode())
                .isEqualTo(401);
        assertThat(provider.count("/")).isEqualTo(before);
    }

    @Test
    void anthropicsOwnAnswerIsMeteredPlainAndStreamed() throws Exception {
        String plain =
                """
                {"id":"msg_1","model":"claude-haiku-4-5","usage":{"input_tokens":100,"cache_read_input_tokens":1000,"output_tokens":10}}\
                """;
        provider.on("/a/v1/messages", 200, plain);
        String body = "{\"model\":\"claude-haiku-4-5\",\"max_tokens\":9,\"messages\":[]}";

        HttpResponse<String> answer =
                gateway.post("/anthropic/v1/messages", body, "anthropic-version", "2023-06-01");

        assertThat(answer.body()).isEqualTo(plain);
        RecordingProvider.Asked asked = provider.last("/a/v1/messages");
        assertThat(new String(asked.body(), UTF_8)).isEqualTo(body);
        assertThat(asked.header("X-api-key")).isEqualTo("provider-key");
        assertThat(asked.header("Authorization")).isEmpty();
        assertThat(asked.header("Anthropic-version")).isEqualTo("2023-06-01");
        SpendEvent event = booked(answer);
        assertThat(event.usage()).isEqualTo(new Usage(100, 1000, 0, 0, 10, 0, 0, 0, 0));
        // 100 x 1 + 1000 x 0.1 + 10 x 5 millionths of a dollar.
        assertThat(event.costPico()).isEqualTo(250_000_000L);
        assertThat(event.kind()).isEqualTo(Kind.SETTLED);
        assertThat(event.target().model()).isEqualTo("claude-haiku-4-5");

        String events =
                """
                event: message_start
                data: {"type":"message_start","message":{"usage":{"input_tokens":100,"output_tokens":1}}}

                event: message_delta
                data: {"type":"message_delta","delta":{},"usage":{"output_tokens":20}}

                event: message_stop
                data: {"type":"message_stop"}

                """;
        provider.on("/a/v1/messages", 200, "text/event-stream", events.getBytes(UTF_8));
        HttpResponse<String> streamed = gateway.post("/anthropic/v1/messages", body);
        assertThat(streamed.body()).isEqualTo(events);
        assertThat(booked(streamed).usage()).isEqualTo(Usage.of(100, 20));
    }

    @Test
    void geminisModelStandsInThePath() throws Exception {
        provider.on(
                "/g/v1beta/models/gemini-2.5-flash:generateContent",
                200,
                "{\"usageMetadata\":{\"promptTokenCount\":10,\"candidatesTokenCount\":4}}");

        HttpResponse<String> answer =
                gateway.post("/gemini/v1beta/models/gemini-2.5-flash:generateContent", "{}");

        assertThat(
                        provider.last("/g/v1beta/models/gemini-2.5-flash:generateContent")
                                .header("X-goog-api-key"))
                .isEqualTo("provider-key");
        SpendEvent event = booked(answer);
        assertThat(event.usage()).isEqualTo(Usage.of(10, 4));
        // 10 x 0.3 + 4 x 2.5 millionths of a dollar.
        assertThat(event.costPico()).isEqualTo(13_000_000L);
    }

    @Test
    void openAisUsageIsReadAndAnUnknownModelHasNoPrice() throws Exception {
        provider.on(
                "/o/v1/chat/completions",
                200,
                "{\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}");

        HttpResponse<String> known =
                gateway.post("/openai/v1/chat/completions", "{\"model\":\"gpt-4o\"}");
        HttpResponse<String> unknown =
                gateway.post("/openai/v1/chat/completions", "{\"model\":\"no-such\"}");

        assertThat(booked(known).costPico()).isEqualTo(10 * 2_500_000L + 5 * 10_000_000L);
        assertThat(booked(unknown).usage()).isEqualTo(Usage.of(10, 5));
        assertThat(booked(unknown).priceVersion()).isNull();
    }

    @Test
    void anErrorPassesAndOneAboutOurKeyDoesNot() throws Exception {
        provider.on("/o/v1/files", 429, "{\"error\":{\"message\":\"slow\",\"code\":\"rate\"}}");
        HttpResponse<String> slow = gateway.get("/openai/v1/files");
        assertThat(slow.statusCode()).isEqualTo(429);
        assertThat(slow.body()).contains("slow");
        assertThat(booked(slow).kind()).isEqualTo(Kind.VOIDED);

        provider.on("/o/v1/files", 401, "{\"error\":{\"message\":\"bad key provider-k...\"}}");
        HttpResponse<String> refused = gateway.get("/openai/v1/files");
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(refused.body()).doesNotContain("provider-k").contains("authentication_error");

        provider.on("/o/v1/files", 500, "text/html", "<html>".getBytes(UTF_8));
        HttpResponse<String> broken = gateway.get("/openai/v1/files");
        assertThat(broken.statusCode()).isEqualTo(500);
        assertThat(JSON.readTree(broken.body()).at("/error/type").asText()).isEqualTo("api_error");
        assertThat(provider.count("/o/v1/files")).as("sent once each").isGreaterThanOrEqualTo(3);
    }

    @Test
    void anAnswerWithoutABodyPasses() throws Exception {
        provider.on("/o/v1/files/f-2", exchange -> exchange.sendResponseHeaders(204, -1));

        HttpResponse<String> answer = gateway.request("DELETE", "/openai/v1/files/f-2", "");

        assertThat(answer.statusCode()).isEqualTo(204);
        assertThat(booked(answer).status()).isEqualTo(Status.SUCCESS);
    }

    @Test
    void aKeyForSomeModelsNeedsTheProvidersAmongThem() throws Exception {
        provider.on("/o/v1/chat/completions", 200, "{}");
        provider.on("/o/v1/files", 200, "{}");
        gateway.apply(
                key("sk-some").models("gpt-4o").build(),
                key("sk-one").models("openai/gpt-4o").build(),
                key("sk-all").models("openai/*").build());
        String body = "{\"model\":\"gpt-4o\"}";
        String two = "{\"model\":\"gpt-4o\",\"model\":\"gpt-4.1\"}";

        assertThat(post("sk-some", "/openai/v1/chat/completions", body)).isEqualTo(401);
        assertThat(post("sk-one", "/openai/v1/chat/completions", body)).isEqualTo(200);
        assertThat(post("sk-one", "/openai/v1/chat/completions", two)).isEqualTo(401);
        assertThat(post("sk-one", "/openai/v1/files", "no JSON")).isEqualTo(401);
        assertThat(post("sk-all", "/openai/v1/files", "no JSON")).isEqualTo(200);
    }

    private int post(String key, String path, String body) {
        return gateway.post(path, body, "Authorization", "Bearer " + key).statusCode();
    }

    private SpendEvent booked(HttpResponse<?> answer) throws IOException {
        UUID id = UUID.fromString(answer.headers().firstValue("x-litellm-call-id").orElseThrow());
        List<SpendEvent> events = JournalReading.of(data.resolve("journal"), scratch, id);
        assertThat(events).hasSize(1);
        return events.getFirst();
    }
}
