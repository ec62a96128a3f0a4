package dev.sluice.ingress.books;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.ingress.GatewayUnderTest;
import dev.sluice.schemas.events.SpendEvent;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A gateway before a provider that has every endpoint, and what tests ask of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SuppressWarnings("NullAway.Init") // before all
abstract class MediaEndpoints {

    static final ObjectMapper JSON = new ObjectMapper();
    static final Duration SOON = Duration.ofSeconds(15);
    static final String RERANK =
            """
            {"model":"%s","query":"q","documents":["a",{"text":"b"}],"top_n":1}\
            """;

    Path scratch;
    Path data;
    RecordingProvider provider;
    GatewayUnderTest gateway;

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

    static void waitFor(CountDownLatch latch) {
        try {
            latch.await(15, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    HttpResponse<InputStream> speech(String text) throws Exception {
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

    HttpResponse<String> transcribe(String path, byte[] form) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(gateway.uri(path))
                        .timeout(SOON)
                        .header("Authorization", "Bearer " + GatewayUnderTest.KEY)
                        .header("Content-Type", "multipart/form-data; boundary=xYz")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(form))
                        .build();
        return gateway.client().send(request, BodyHandlers.ofString());
    }

    static String field(String name, String value) {
        return "--xYz\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
                .formatted(name, value);
    }

    static byte[] form(String model, byte[] file, String more) {
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
    static byte[] wav(int millis) {
        int size = millis * 8;
        ByteBuffer wav = ByteBuffer.allocate(44 + size).order(ByteOrder.LITTLE_ENDIAN);
        wav.put("RIFF".getBytes(UTF_8)).putInt(36 + size).put("WAVEfmt ".getBytes(UTF_8));
        wav.putInt(16).putShort((short) 1).putShort((short) 1).putInt(8000).putInt(8000);
        wav.putShort((short) 1).putShort((short) 8).put("data".getBytes(UTF_8)).putInt(size);
        return wav.array();
    }

    static JsonNode error(HttpResponse<String> answer) throws IOException {
        return JSON.readTree(answer.body()).path("error");
    }

    static String cost(HttpResponse<?> answer) {
        return answer.headers().firstValue("x-litellm-response-cost").orElseThrow();
    }

    SpendEvent booked(HttpResponse<?> answer) throws IOException {
        List<SpendEvent> events = all(answer);
        assertThat(events).hasSize(1);
        assertThat(events.getFirst().isFinal()).isTrue();
        return events.getFirst();
    }

    List<SpendEvent> all(HttpResponse<?> answer) throws IOException {
        UUID id = UUID.fromString(answer.headers().firstValue("x-litellm-call-id").orElseThrow());
        return JournalReading.of(data.resolve("journal"), scratch, id);
    }
}
