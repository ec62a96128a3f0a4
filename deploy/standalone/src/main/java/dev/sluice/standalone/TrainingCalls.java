package dev.sluice.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.Secret;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The calls of a training run: each way through the house often enough to be remembered. */
final class TrainingCalls {

    private static final int CALLS = 150;
    private static final int REPORTS_MAX = 100;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration BETWEEN_REPORTS = Duration.ofMillis(100);

    private final String url;
    private final Secret key;
    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(TIMEOUT)
                    .build();

    TrainingCalls(String url, Secret key) {
        this.url = url;
        this.key = key;
    }

    void run() throws IOException, InterruptedException {
        for (int call = 0; call < CALLS; call++) {
            expect(200, post("/v1/chat/completions", chat(call, false)));
            expect(200, post("/v1/chat/completions", chat(call, true)));
        }
        // The second time they come from the cache.
        expect(200, post("/v1/chat/completions", chat(0, false)));
        expect(200, post("/v1/chat/completions", chat(1, true)));
        expect(200, post("/v1/completions", "{\"model\":\"gpt-4o-mini\",\"prompt\":\"Hello\"}"));
        expect(
                200,
                post(
                        "/v1/embeddings",
                        "{\"model\":\"text-embedding-3-small\",\"input\":[\"Hello\"]}"));
        expect(400, post("/v1/chat/completions", "{\"model\":"));
        expect(200, fetch("/v1/models"));
        expect(200, fetch("/health/liveliness"));
        expect(200, fetch("/health/readiness"));
        expect(200, fetch("/metrics"));
        awaitReport();
    }

    /** The books are some moments behind the answers. */
    private void awaitReport() throws IOException, InterruptedException {
        for (int report = 0; report < REPORTS_MAX; report++) {
            HttpResponse<String> answer = fetch("/spend/logs?limit=10");
            expect(200, answer);
            if (answer.body().contains("request_id")) {
                return;
            }
            LockSupport.parkNanos(BETWEEN_REPORTS.toNanos());
        }
        throw new IOException("no call was booked");
    }

    private static String chat(int call, boolean stream) {
        return """
        {"model":"gpt-4o","stream":%s,"messages":[{"role":"user","content":"Tell me about %d"}]}\
        """
                .formatted(stream, call);
    }

    private HttpResponse<String> post(String path, String body)
            throws IOException, InterruptedException {
        return send(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body, UTF_8)));
    }

    private HttpResponse<String> fetch(String path) throws IOException, InterruptedException {
        return send(request(path).GET());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + path))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + key.reveal());
    }

    private HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofString(UTF_8));
    }

    private static void expect(int status, HttpResponse<String> answer) throws IOException {
        if (answer.statusCode() != status) {
            throw new IOException(
                    "%s answered %d, not %d"
                            .formatted(answer.uri().getPath(), answer.statusCode(), status));
        }
    }
}
