package dev.sluice.standalone.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One caller: asks, waits for the answer or leaves, asks again, at the other ingress if need be.
 */
final class Caller {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int PAUSE_MILLIS_MAX = 150;
    private static final int BOTH_AWAY_MILLIS = 200;

    private final int number;
    private final HttpClient client;
    private final List<URI> ingresses;
    private final List<String> keys;
    private final CallTally tally;
    private final SplittableRandom random;
    private int asked;

    /** A caller whose questions follow from the seed. */
    Caller(
            int number,
            long seed,
            HttpClient client,
            List<URI> ingresses,
            List<String> keys,
            CallTally tally) {
        this.number = number;
        this.client = client;
        this.ingresses = ingresses;
        this.keys = keys;
        this.tally = tally;
        this.random = new SplittableRandom(seed * 1_000 + number);
    }

    /** One question, asked as often as its kind says. */
    void ask() throws InterruptedException {
        CallKind kind = draw();
        String question = "q-%d-%d".formatted(number, asked++);
        String key = keys.get(random.nextInt(keys.size()));
        String body = body(kind, question);
        for (int time = 0; time < kind.timesAsked(); time++) {
            int first = random.nextInt(ingresses.size());
            if (!askAt(ingresses.get(first), kind, question, key, body)
                    && !askAt(
                            ingresses.get((first + 1) % ingresses.size()),
                            kind,
                            question,
                            key,
                            body)) {
                TimeUnit.MILLISECONDS.sleep(BOTH_AWAY_MILLIS);
            }
            TimeUnit.MILLISECONDS.sleep(random.nextInt(PAUSE_MILLIS_MAX));
        }
    }

    private CallKind draw() {
        int sum = 0;
        for (CallKind kind : CallKind.values()) {
            sum += kind.weight();
        }
        int at = random.nextInt(sum);
        for (CallKind kind : CallKind.values()) {
            at -= kind.weight();
            if (at < 0) {
                return kind;
            }
        }
        return CallKind.PLAIN;
    }

    private String body(CallKind kind, String question) {
        String text = "Tell me about %s.".formatted(question);
        return switch (kind.form()) {
            case EMBEDDING ->
                    "{\"model\":\"%s\",\"user\":\"%s\",\"input\":\"%s\"}"
                            .formatted(kind.modelGroup(), question, text);
            case PLAIN, STREAM ->
                    """
                    {"model":"%s","user":"%s","messages":[{"role":"user","content":"%s%s"}],\
                    "metadata":{"sim_output_tokens":"%d"}%s}\
                    """
                            .formatted(
                                    kind.modelGroup(),
                                    question,
                                    kind == CallKind.LONG_PROMPT
                                            ? "The same words. ".repeat(400)
                                            : "",
                                    text,
                                    10 + random.nextInt(90),
                                    streaming(kind));
        };
    }

    /** Half of the streams ask for the usage; the gateway has to know it in either case. */
    private String streaming(CallKind kind) {
        if (kind.form() != CallKind.Form.STREAM) {
            return "";
        }
        return random.nextBoolean()
                ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"
                : ",\"stream\":true";
    }

    /** False where nobody listens, so that the other ingress may be asked. */
    private boolean askAt(URI ingress, CallKind kind, String question, String key, String body)
            throws InterruptedException {
        boolean embedding = kind.form() == CallKind.Form.EMBEDDING;
        HttpRequest request =
                HttpRequest.newBuilder(
                                ingress.resolve(
                                        embedding ? "/v1/embeddings" : "/v1/chat/completions"))
                        .timeout(PATIENCE)
                        .header("Authorization", "Bearer " + key)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body, UTF_8))
                        .build();
        try {
            switch (kind) {
                case LEAVES_PLAIN -> leave(request, kind, question);
                case LEAVES_STREAM -> leaveStream(request, kind, question);
                default -> await(request, kind, question);
            }
            return true;
        } catch (ConnectException e) {
            tally.refused();
            return false;
        } catch (IOException e) {
            tally.brokenOff();
            return true;
        }
    }

    private void await(HttpRequest request, CallKind kind, String question)
            throws IOException, InterruptedException {
        HttpResponse<InputStream> answer = client.send(request, BodyHandlers.ofInputStream());
        String id = requestId(answer);
        boolean whole = false;
        byte[] body = new byte[0];
        try (InputStream in = answer.body()) {
            body = in.readAllBytes();
            whole = true;
        } finally {
            note(answer, kind, question, id, whole, new String(body, UTF_8));
        }
    }

    private void leave(HttpRequest request, CallKind kind, String question)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<String>> answer =
                client.sendAsync(request, BodyHandlers.ofString(UTF_8));
        try {
            HttpResponse<String> early =
                    answer.get(50 + random.nextInt(700), TimeUnit.MILLISECONDS);
            note(early, kind, question, requestId(early), true, early.body());
        } catch (TimeoutException e) {
            answer.cancel(true);
            tally.left();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof ConnectException refused
                    ? refused
                    : new IOException("broken off", e);
        }
    }

    private void leaveStream(HttpRequest request, CallKind kind, String question)
            throws IOException, InterruptedException {
        HttpResponse<InputStream> answer = client.send(request, BodyHandlers.ofInputStream());
        String id = requestId(answer);
        try (InputStream in = answer.body()) {
            in.readNBytes(300 + random.nextInt(6_000));
        } finally {
            note(answer, kind, question, id, false, "");
            tally.left();
        }
    }

    private static @Nullable String requestId(HttpResponse<?> answer) {
        return answer.headers().firstValue("x-litellm-call-id").orElse(null);
    }

    private void note(
            HttpResponse<?> answer,
            CallKind kind,
            String question,
            @Nullable String id,
            boolean whole,
            String body) {
        if (id == null) {
            tally.nameless();
            return;
        }
        boolean complete =
                whole
                        && (kind.form() != CallKind.Form.STREAM
                                || answer.statusCode() != 200
                                || body.contains("data: [DONE]"));
        JsonNode usage = usage(body);
        tally.answered(
                new Answered(
                        kind,
                        question,
                        id,
                        answer.statusCode(),
                        complete,
                        usage.path("prompt_tokens").asLong(-1),
                        usage.path("completion_tokens").asLong(-1)));
    }

    private static JsonNode usage(String body) {
        JsonNode usage = JSON.missingNode();
        try {
            if (body.startsWith("{")) {
                return JSON.readTree(body).path("usage");
            }
            for (String line : body.lines().toList()) {
                if (line.startsWith("data: {")) {
                    JsonNode stated = JSON.readTree(line.substring(6)).path("usage");
                    usage = stated.isObject() ? stated : usage;
                }
            }
        } catch (JsonProcessingException e) {
            return JSON.missingNode();
        }
        return usage;
    }
}
