package dev.sluice.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;

/** A caller of a running gateway who looks at the bare answers. */
record Gateway(String url, String key, String simulator, HttpClient client) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    static Gateway at(String url, String key, String simulator) {
        var client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(TIMEOUT)
                        .build();
        return new Gateway(url, key, simulator, client);
    }

    /**
     * An answer that was read to its end.
     *
     * @param totalTokens as the answer says itself
     */
    record Answered(String requestId, long totalTokens) {}

    /** One chat call; nothing where the gateway did not answer it in full. */
    Optional<Answered> chat(String content, boolean stream) {
        String options =
                stream ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}" : "";
        return complete(
                "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s}"
                        .formatted(content, options),
                stream);
    }

    /** The same for any body of a chat call. */
    Optional<Answered> complete(String body, boolean stream) {
        try {
            HttpResponse<String> answer = post("/v1/chat/completions", body);
            if (answer.statusCode() != 200 || (stream && !answer.body().contains("[DONE]"))) {
                return Optional.empty();
            }
            String id = answer.headers().firstValue("x-litellm-call-id").orElseThrow();
            return Optional.of(new Answered(id, totalTokens(answer.body(), stream)));
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static long totalTokens(String body, boolean stream) throws JsonProcessingException {
        if (!stream) {
            return JSON.readTree(body).path("usage").path("total_tokens").asLong();
        }
        long tokens = 0;
        for (String line : body.lines().toList()) {
            if (line.startsWith("data: {")) {
                JsonNode usage = JSON.readTree(line.substring(6)).path("usage");
                tokens = Math.max(tokens, usage.path("total_tokens").asLong());
            }
        }
        return tokens;
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return send(
                request(url + path)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body, UTF_8)));
    }

    HttpResponse<String> fetch(String path) throws IOException, InterruptedException {
        return send(request(url + path).GET());
    }

    /** What the books say; newest first. */
    JsonNode spendLogs() {
        try {
            return JSON.readTree(fetch("/spend/logs?limit=10000").body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** What the provider would bill. */
    JsonNode ledger() throws IOException, InterruptedException {
        return JSON.readTree(send(request(simulator + "/_sim/ledger").GET()).body());
    }

    /** Tells the provider not to take its time. */
    void hurryTheProvider() throws IOException, InterruptedException {
        HttpResponse<String> answer =
                send(
                        request(simulator + "/_sim/scenario")
                                .POST(BodyPublishers.ofString("{\"profile\":\"instant\"}")));
        if (answer.statusCode() >= 300) {
            throw new IOException("the simulator answered " + answer.body());
        }
    }

    private HttpRequest.Builder request(String address) {
        return HttpRequest.newBuilder(URI.create(address))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + key);
    }

    private HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString(UTF_8));
    }
}
