package dev.sluice.batch.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Answers lines as a test says, and remembers who was called. */
final class ScriptedIngress implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final WebServer server;
    private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
    private final Queue<Map<String, String>> heads = new ConcurrentLinkedQueue<>();
    private volatile Function<String, Reply> script = _ -> Reply.OK;

    /** What is answered to a prompt. */
    record Reply(int status, String body) {
        static final Reply OK =
                new Reply(
                        200,
                        """
                        {"id":"c1","choices":[],
                         "usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10,
                         "prompt_tokens_details":{"cached_tokens":2}}}
                        """);
    }

    ScriptedIngress() {
        server =
                WebServer.builder()
                        .host("127.0.0.1")
                        .port(0)
                        .shutdownHook(false)
                        .routing(routing ->
                                routing.post("/v1/embeddings", this::answer)
                                        .post("/v1/chat/completions", this::answer))
                        .build()
                        .start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.port());
    }

    /** What is answered from now on, by the text of the prompt. */
    void answers(Function<String, Reply> script) {
        this.script = script;
    }

    /** How often a prompt was asked. */
    int calls(String prompt) {
        AtomicInteger count = calls.get(prompt);
        return count == null ? 0 : count.get();
    }

    int calls() {
        return calls.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    Queue<Map<String, String>> heads() {
        return heads;
    }

    private void answer(ServerRequest request, ServerResponse response) throws IOException {
        JsonNode body = JSON.readTree(request.content().as(byte[].class));
        String prompt = body.at("/messages/0/content").asText(body.path("input").asText());
        calls.computeIfAbsent(prompt, _ -> new AtomicInteger()).incrementAndGet();
        if (heads.size() < 10) {
            heads.add(
                    Map.of(
                            "authorization", header(request, "authorization"),
                            "on-behalf-of", header(request, "x-sluice-on-behalf-of"),
                            "batch", header(request, "x-sluice-batch"),
                            "line", header(request, "x-sluice-batch-line")));
        }
        Reply reply = script.apply(prompt);
        response.status(reply.status());
        response.header("content-type", "application/json");
        response.header("x-litellm-call-id", "call-" + prompt);
        response.header("x-litellm-response-cost", "0.0000015");
        if (reply.status() == 429) {
            response.header("retry-after", "2");
        }
        response.send(reply.body().getBytes(UTF_8));
    }

    private static String header(ServerRequest request, String name) {
        return request.headers().first(io.helidon.http.HeaderNames.create(name)).orElse("");
    }

    @Override
    public void close() {
        server.stop();
    }
}
