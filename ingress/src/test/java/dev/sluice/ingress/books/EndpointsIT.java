package dev.sluice.ingress.books;

import static dev.sluice.ingress.accounts.TestingAccounts.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.ingress.GatewayUnderTest;
import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.SpendEvent.Status;
import dev.sluice.schemas.events.Units;
import dev.sluice.schemas.events.Usage;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Endpoints that are no chat: what the provider is asked, what the caller sees, what is booked. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // before all
class EndpointsIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration SOON = Duration.ofSeconds(15);
    private static final String RERANK =
            """
            {"model":"%s","query":"q","documents":["a",{"text":"b"}],"top_n":1}\
            """;

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
                          - model_name: cohere-rerank
                            litellm_params: {model: cohere/rerank-v3.5, api_base: BASE/cohere, api_key: k}
                          - model_name: voyage-rerank
                            litellm_params: {model: voyage/rerank-2.5, api_base: BASE/voyage/v1, api_key: k}
                          - model_name: jina-rerank
                            litellm_params: {model: jina_ai/jina-reranker-v2, api_base: BASE/jina/v1, api_key: k, input_cost_per_query: 0.001}
                          - model_name: twice-rerank
                            litellm_params: {model: jina_ai/m, api_base: BASE/first/v1, api_key: k}
                          - model_name: twice-rerank
                            litellm_params: {model: jina_ai/m, api_base: BASE/second/v1, api_key: k}
                          - model_name: omni-moderation-latest
                            litellm_params: {model: openai/omni-moderation-latest, api_base: BASE/v1, api_key: k}
                          - model_name: pictures
                            litellm_params: {model: openai/gpt-image-1, api_base: BASE/v1, api_key: k}
                          - model_name: dall-e
                            litellm_params: {model: openai/dall-e-3, api_base: BASE/dall/v1, api_key: k}
                          - model_name: voice
                            litellm_params: {model: openai/tts-1, api_base: BASE/v1, api_key: k}
                          - model_name: ears
                            litellm_params: {model: openai/whisper-1, api_base: BASE/v1, api_key: k, max_file_size_mb: 1}
                          - model_name: azure-ears
                            litellm_params: {model: azure/my-whisper, api_base: BASE/azure, api_key: k, api_version: "2024-06-01"}
                            model_info: {base_model: azure/gpt-4o-transcribe}
                          - model_name: claude
                            litellm_params: {model: anthropic/claude-haiku-4-5, api_base: BASE/anthropic, api_key: k}
                        router_settings: {num_retries: 1, retry_after: 0, timeout: 20}
                        sluice: {http: {max_request_bytes: 4194304}, journal: {segment_bytes: 262144, max_bytes: 16777216}}
                        """
                                .replace("BASE", provider.base()));
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
        provider.close();
    }

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
    void picturesAreBilledByTheirTokens() throws Exception {
        provider.on(
                "/v1/images/generations",
                200,
                """
                {"created":1,"data":[{"b64_json":"AAAA"},{"b64_json":"BBBB"}],
                 "usage":{"input_tokens":50,"input_tokens_details":{"text_tokens":40,"image_tokens":10},
                          "output_tokens":1000,"total_tokens":1050}}\
                """);

        HttpResponse<String> answer =
                gateway.post(
                        "/v1/images/generations",
                        "{\"model\":\"pictures\",\"prompt\":\"a cat\",\"n\":2}");

        assertThat(answer.statusCode()).isEqualTo(200);
        SpendEvent event = booked(answer);
        assertThat(event.usage()).isEqualTo(new Usage(40, 0, 0, 0, 1000, 0, 0, 0, 10));
        assertThat(event.units()).isEqualTo(Units.ofImages(2, 1000));
        // 40 x 5 + 10 x 10 + 1000 x 40 millionths of a dollar.
        assertThat(event.costPico()).isEqualTo(40_300_000_000L);
        assertThat(cost(answer)).isEqualTo("0.0403");
    }

    @Test
    void aStreamOfPicturesPassesAndItsLastEventIsBilled() throws Exception {
        String events =
                """
                event: image_generation.partial_image
                data: {"type":"image_generation.partial_image","b64_json":"%s"}

                event: image_generation.completed
                data: {"type":"image_generation.completed","b64_json":"%s","usage":{"input_tokens":10,"output_tokens":200,"total_tokens":210}}

                """
                        .formatted("A".repeat(100_000), "B".repeat(100_000));
        provider.on("/v1/images/generations", 200, "text/event-stream", events.getBytes(UTF_8));

        HttpResponse<String> answer =
                gateway.post(
                        "/v1/images/generations",
                        "{\"model\":\"pictures\",\"prompt\":\"x\",\"stream\":true}");

        assertThat(answer.body()).isEqualTo(events);
        assertThat(new String(provider.last("/v1/images/generations").body(), UTF_8))
                .doesNotContain("stream_options");
        SpendEvent event = booked(answer);
        assertThat(event.kind()).isEqualTo(Kind.SETTLED);
        assertThat(event.costPico()).isEqualTo(50_000_000L + 8_000_000_000L);
    }

    @Test
    void picturesWithoutTokensAreBilledByTheirNumber() throws Exception {
        provider.on(
                "/dall/v1/images/generations", 200, "{\"data\":[{\"url\":\"u\"},{\"url\":\"v\"}]}");

        HttpResponse<String> answer =
                gateway.post(
                        "/v1/images/generations",
                        "{\"model\":\"dall-e\",\"prompt\":\"x\",\"n\":2}");

        assertThat(booked(answer).costPico()).isEqualTo(80_000_000_000L);
        assertThat(booked(answer).kind()).isEqualTo(Kind.SETTLED);
    }

    @Test
    void speechPassesWhileItIsSpoken() throws Exception {
        byte[] sound = new byte[2_000_000];
        new Random(1).nextBytes(sound);
        var halfRead = new CountDownLatch(1);
        provider.on(
                "/v1/audio/speech",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "audio/mpeg");
                    exchange.sendResponseHeaders(200, 0);
                    OutputStream out = exchange.getResponseBody();
                    out.write(sound, 0, 1_000_000);
                    out.flush();
                    waitFor(halfRead);
                    out.write(sound, 1_000_000, 1_000_000);
                    out.close();
                });

        HttpResponse<InputStream> answer = speech("héllo 🙂");
        var heard = new ByteArrayOutputStream();
        try (InputStream in = answer.body()) {
            heard.writeBytes(in.readNBytes(1_000_000));
            halfRead.countDown();
            in.transferTo(heard);
        }

        assertThat(answer.headers().firstValue("content-type")).contains("audio/mpeg");
        assertThat(heard.toByteArray()).isEqualTo(sound);
        SpendEvent event = booked(answer);
        assertThat(event.units().inputCharacters()).isEqualTo(7);
        assertThat(event.kind()).isEqualTo(Kind.ESTIMATED);
        assertThat(event.status()).isEqualTo(Status.SUCCESS);
        assertThat(event.costPico()).isEqualTo(7 * 15_000_000L);
        assertThat(event.ttftMicros()).isPositive();
    }

    @Test
    void speechThatBreaksOffBreaksOffForTheCallerToo() throws Exception {
        provider.on(
                "/v1/audio/speech",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "audio/mpeg");
                    exchange.sendResponseHeaders(200, 1_000_000);
                    exchange.getResponseBody().write(new byte[1000]);
                    exchange.getResponseBody().flush();
                });

        HttpResponse<InputStream> answer = speech("hello");

        assertThatThrownBy(() -> answer.body().readAllBytes()).isInstanceOf(IOException.class);
        SpendEvent event = booked(answer);
        assertThat(event.status()).isEqualTo(Status.FAILURE);
        assertThat(event.errorClass()).isEqualTo("broken");
        assertThat(event.costPico()).isEqualTo(75_000_000L);
    }

    @Test
    void speechThatNobodyWantsAnyMoreIsStoppedAndBooked() throws Exception {
        var left = new CountDownLatch(1);
        provider.on(
                "/v1/audio/speech",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "audio/mpeg");
                    exchange.sendResponseHeaders(200, 0);
                    OutputStream out = exchange.getResponseBody();
                    try {
                        for (int i = 0; i < 2_000; i++) {
                            out.write(new byte[100_000]);
                        }
                    } finally {
                        left.countDown();
                    }
                });

        HttpResponse<InputStream> answer = speech("hello");
        answer.body().close();

        assertThat(left.await(15, TimeUnit.SECONDS)).isTrue();
        await().atMost(SOON).until(() -> booked(answer).status() == Status.CANCELLED);
    }

    @Test
    void aSpeechErrorIsOpenAisError() throws Exception {
        provider.on(
                "/v1/audio/speech", 400, "{\"error\":{\"message\":\"no\",\"code\":\"bad_voice\"}}");

        HttpResponse<InputStream> answer = speech("hello");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(new String(answer.body().readAllBytes(), UTF_8)).contains("bad_voice");
    }

    @Test
    void aFilePassesAsItIsAndOnlyTheModelIsAnother() throws Exception {
        provider.on(
                "/v1/audio/transcriptions",
                200,
                "{\"text\":\"hi\",\"usage\":{\"type\":\"duration\",\"seconds\":3}}");
        byte[] form = form("ears", wav(2_500), "");

        HttpResponse<String> answer = transcribe("/v1/audio/transcriptions", form);

        assertThat(answer.statusCode()).isEqualTo(200);
        RecordingProvider.Asked asked = provider.last("/v1/audio/transcriptions");
        assertThat(asked.header("Content-type")).isEqualTo("multipart/form-data; boundary=xYz");
        assertThat(new String(asked.body(), ISO_8859_1))
                .isEqualTo(
                        new String(form, ISO_8859_1)
                                .replace("\r\n\r\nears\r\n", "\r\n\r\nwhisper-1\r\n"));
        SpendEvent event = booked(answer);
        assertThat(event.callType()).isEqualTo("atranscription");
        assertThat(event.units()).isEqualTo(Units.ofSound(3_000));
        assertThat(event.kind()).isEqualTo(Kind.SETTLED);
        assertThat(event.costPico()).isEqualTo(300_000_000L);
    }

    @Test
    void whatTheProviderDoesNotSayIsMeasuredInTheFile() throws Exception {
        provider.on("/v1/audio/transcriptions", 200, "text/plain", "hi\n".getBytes(UTF_8));

        HttpResponse<String> answer =
                transcribe(
                        "/audio/transcriptions",
                        form("ears", wav(2_500), field("response_format", "text")));

        assertThat(answer.body()).isEqualTo("hi\n");
        assertThat(answer.headers().firstValue("content-type")).contains("text/plain");
        SpendEvent event = booked(answer);
        assertThat(event.kind()).isEqualTo(Kind.ESTIMATED);
        assertThat(event.units()).isEqualTo(Units.ofSound(2_500));
        assertThat(event.usage()).isEqualTo(new Usage(0, 0, 0, 0, 0, 0, 25, 0, 0));
        assertThat(event.costPico()).isEqualTo(250_000_000L);
    }

    @Test
    void aStreamedTranscriptIsBilledByItsLastEvent() throws Exception {
        String events =
                """
                data: {"type":"transcript.text.delta","delta":"say \\"usage\\":{} "}

                data: {"type":"transcript.text.done","text":"x","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":4,"audio_tokens":10},"output_tokens":5,"total_tokens":19}}

                """;
        String path = "/azure/openai/deployments/my-whisper/audio/transcriptions";
        provider.on(path, 200, "text/event-stream", events.getBytes(UTF_8));

        HttpResponse<String> answer =
                transcribe(
                        "/v1/audio/transcriptions",
                        form("azure-ears", wav(1_000), field("stream", "true")));

        assertThat(answer.body()).isEqualTo(events);
        assertThat(provider.last(path).uri()).endsWith("?api-version=2024-06-01");
        assertThat(provider.last(path).header("Api-key")).isEqualTo("k");
        SpendEvent event = booked(answer);
        assertThat(event.usage()).isEqualTo(new Usage(4, 0, 0, 0, 5, 0, 10, 0, 0));
        assertThat(event.costPico()).isEqualTo(14 * 2_500_000L + 5 * 10_000_000L);
    }

    @Test
    void aFileThatIsTooLargeIsRefused() throws Exception {
        int before = provider.count("/v1/audio/transcriptions");
        HttpResponse<String> forThisModel =
                transcribe("/v1/audio/transcriptions", form("ears", new byte[(1 << 20) + 1], ""));
        assertThat(forThisModel.statusCode()).isEqualTo(400);
        assertThat(error(forThisModel).path("param").asText()).isEqualTo("file");

        HttpResponse<String> forAll =
                transcribe("/v1/audio/transcriptions", form("ears", new byte[5 << 20], ""));
        assertThat(forAll.statusCode()).isEqualTo(413);
        assertThat(provider.count("/v1/audio/transcriptions")).isEqualTo(before);
    }

    @Test
    void aFormThatCanBeReadInTwoWaysIsRefused() throws Exception {
        byte[] twice = form("ears", wav(100), field("model", "pictures"));
        byte[] none =
                "--xYz\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nears\r\n--xYz--"
                        .getBytes(UTF_8);

        for (byte[] form : List.of(twice, none, "{}".getBytes(UTF_8))) {
            HttpResponse<String> answer = transcribe("/v1/audio/transcriptions", form);
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(error(answer).path("type").asText()).isEqualTo("invalid_request_error");
        }
        assertThat(gateway.post("/v1/audio/transcriptions", "{}").statusCode()).isEqualTo(400);
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

    private static void waitFor(CountDownLatch latch) {
        try {
            latch.await(15, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private HttpResponse<InputStream> speech(String text) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(gateway.uri("/v1/audio/speech"))
                        .timeout(SOON)
                        .header("Authorization", "Bearer " + GatewayUnderTest.KEY)
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        JSON.createObjectNode()
                                                .put("model", "voice")
                                                .put("input", text)
                                                .put("voice", "alloy")
                                                .toString()))
                        .build();
        return gateway.client().send(request, BodyHandlers.ofInputStream());
    }

    private HttpResponse<String> transcribe(String path, byte[] form) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(gateway.uri(path))
                        .timeout(SOON)
                        .header("Authorization", "Bearer " + GatewayUnderTest.KEY)
                        .header("Content-Type", "multipart/form-data; boundary=xYz")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(form))
                        .build();
        return gateway.client().send(request, BodyHandlers.ofString());
    }

    private static String field(String name, String value) {
        return "--xYz\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
                .formatted(name, value);
    }

    private static byte[] form(String model, byte[] file, String more) {
        var form = new ByteArrayOutputStream();
        form.writeBytes(field("model", model).getBytes(UTF_8));
        form.writeBytes(
                String.join(
                                "\r\n",
                                "--xYz",
                                "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"",
                                "Content-Type: audio/wav",
                                "",
                                "")
                        .getBytes(UTF_8));
        form.writeBytes(file);
        form.writeBytes(("\r\n" + more + "--xYz--\r\n").getBytes(UTF_8));
        return form.toByteArray();
    }

    /** Silence of 8 kHz, 8 bit, one channel. */
    private static byte[] wav(int millis) {
        int size = millis * 8;
        ByteBuffer wav = ByteBuffer.allocate(44 + size).order(ByteOrder.LITTLE_ENDIAN);
        wav.put("RIFF".getBytes(UTF_8)).putInt(36 + size).put("WAVEfmt ".getBytes(UTF_8));
        wav.putInt(16).putShort((short) 1).putShort((short) 1).putInt(8000).putInt(8000);
        wav.putShort((short) 1).putShort((short) 8).put("data".getBytes(UTF_8)).putInt(size);
        return wav.array();
    }

    private static JsonNode error(HttpResponse<String> answer) throws IOException {
        return JSON.readTree(answer.body()).path("error");
    }

    private static String cost(HttpResponse<?> answer) {
        return answer.headers().firstValue("x-litellm-response-cost").orElseThrow();
    }

    private SpendEvent booked(HttpResponse<?> answer) throws IOException {
        List<SpendEvent> events = all(answer);
        assertThat(events).hasSize(1);
        assertThat(events.getFirst().isFinal()).isTrue();
        return events.getFirst();
    }

    private List<SpendEvent> all(HttpResponse<?> answer) throws IOException {
        UUID id = UUID.fromString(answer.headers().firstValue("x-litellm-call-id").orElseThrow());
        return JournalReading.of(data.resolve("journal"), scratch, id);
    }
}
