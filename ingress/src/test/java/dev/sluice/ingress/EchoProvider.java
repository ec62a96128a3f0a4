package dev.sluice.ingress;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands in for a provider whose answers are all different: each has a number and says what was
 * asked. Words of the last message make it do other things: {@code tools}, {@code refuse}, {@code
 * filter}, {@code odd} (a reason to end that nobody knows), {@code length}, {@code fail}, {@code
 * cut}, {@code sour}; {@code held} waits for {@link #release}, {@code stepwise} for {@link #step}
 * before each piece, and {@code once} waits for the release and fails, but only the first time.
 * Inputs with {@code elsewhere} fail below {@code /e}, and all vectors of a list with {@code zeros}
 * are said to be the first.
 */
public final class EchoProvider implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final AtomicInteger calls = new AtomicInteger();
    private final Queue<JsonNode> asked = new ConcurrentLinkedQueue<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private final Semaphore steps = new Semaphore(0);
    private final AtomicBoolean hasFailedOnce = new AtomicBoolean();

    /** Listens on a port of its own. */
    public EchoProvider() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    /** Where it listens. */
    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** How many calls came. */
    public int calls() {
        return calls.get();
    }

    /** The JSON bodies that came, in their order. */
    public List<JsonNode> asked() {
        return List.copyOf(asked);
    }

    /** The last one. */
    public JsonNode last() {
        return asked().getLast();
    }

    /** Lets the calls go that are held. */
    public void release() {
        released.countDown();
    }

    /** Lets a stepwise stream go on by so many pieces. */
    public void step(int pieces) {
        steps.release(pieces);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            int number = calls.incrementAndGet();
            String path = exchange.getRequestURI().getPath();
            if (path.endsWith("/audio/transcriptions")) {
                send(exchange, 200, "{\"text\":\"heard %d\"}".formatted(number));
                return;
            }
            JsonNode request = JSON.readTree(body);
            asked.add(request);
            String input = request.path("input").toString();
            if (input.contains("fail")
                    || (input.contains("elsewhere") && path.startsWith("/e/"))
                    || failsOnce(request.toString())) {
                send(exchange, 500, "{\"error\":{\"message\":\"no\",\"type\":\"server_error\"}}");
            } else if (path.endsWith("/embeddings")) {
                send(exchange, 200, embeddings(request).toString());
            } else if (path.endsWith("/rerank")) {
                send(
                        exchange,
                        200,
                        "{\"id\":\"r%d\",\"results\":[{\"index\":0,\"relevance_score\":0.5}]}"
                                .formatted(number));
            } else if (path.endsWith("/responses")) {
                send(exchange, 200, response(request, number));
            } else {
                chat(exchange, request, number);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean failsOnce(String asked) throws IOException, InterruptedException {
        if (!asked.contains("once") || !hasFailedOnce.compareAndSet(false, true)) {
            return false;
        }
        if (!released.await(30, TimeUnit.SECONDS)) {
            throw new IOException("nobody released the call");
        }
        return true;
    }

    private void chat(HttpExchange exchange, JsonNode request, int number)
            throws IOException, InterruptedException {
        JsonNode messages = request.path("messages");
        String said =
                messages.isArray()
                        ? messages.get(messages.size() - 1).path("content").asText()
                        : request.path("prompt").asText();
        if (said.contains("held") && !released.await(30, TimeUnit.SECONDS)) {
            throw new IOException("nobody released the call");
        }
        if (said.contains("fail")) {
            send(exchange, 500, "{\"error\":{\"message\":\"no\",\"type\":\"server_error\"}}");
        } else if (request.path("stream").asBoolean()) {
            stream(exchange, said, number);
        } else {
            ObjectNode choice = JSON.createObjectNode().put("index", 0);
            ObjectNode message = choice.putObject("message").put("role", "assistant");
            message.put("content", "answer %d to %s".formatted(number, said));
            choice.put("finish_reason", finish(said));
            if (said.contains("tools")) {
                message.putArray("tool_calls").addObject().put("id", "t1").put("type", "function");
            }
            if (said.contains("refuse")) {
                message.put("refusal", "I will not.");
            }
            ObjectNode answer = base(number, "chat.completion");
            answer.putArray("choices").add(choice);
            answer.putObject("usage").put("prompt_tokens", 10).put("completion_tokens", 5);
            send(exchange, 200, answer.toString());
        }
    }

    private static String finish(String said) {
        return said.contains("tools")
                ? "tool_calls"
                : said.contains("filter")
                        ? "content_filter"
                        : said.contains("length")
                                ? "length"
                                : said.contains("odd") ? "moon_full" : "stop";
    }

    private static ObjectNode base(int number, String object) {
        return JSON.createObjectNode()
                .put("id", "chatcmpl-" + number)
                .put("object", object)
                .put("created", 7)
                .put("model", "m");
    }

    private void stream(HttpExchange exchange, String said, int number)
            throws IOException, InterruptedException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        // Of a length that it never has: whoever reads it sees that it broke off.
        exchange.sendResponseHeaders(200, said.contains("cut") ? 1 << 20 : 0);
        OutputStream out = exchange.getResponseBody();
        piece(out, said, chunk(number, "{\"role\":\"assistant\",\"content\":\"\"}", null));
        if (said.contains("tools")) {
            piece(out, said, chunk(number, "{\"tool_calls\":[{\"index\":0,\"id\":\"t1\"}]}", null));
        }
        if (said.contains("refuse")) {
            piece(out, said, chunk(number, "{\"refusal\":\"I will not.\"}", null));
        }
        for (String word : "answer %d to %s".formatted(number, said).split("(?= )", -1)) {
            ObjectNode delta = JSON.createObjectNode().put("content", word);
            piece(out, said, chunk(number, delta.toString(), null));
        }
        if (said.contains("sour")) {
            piece(out, said, "data: {\"error\":{\"message\":\"no more\"}}\n\n");
            out.close();
            return;
        }
        if (said.contains("cut")) {
            throw new IOException("cut");
        }
        piece(out, said, chunk(number, "{}", finish(said)));
        ObjectNode usage = base(number, "chat.completion.chunk");
        usage.putArray("choices");
        usage.putObject("usage").put("prompt_tokens", 10).put("completion_tokens", 5);
        piece(out, said, "data: " + usage + "\n\n");
        piece(out, said, "data: [DONE]\n\n");
        out.close();
    }

    private void piece(OutputStream out, String said, String event)
            throws IOException, InterruptedException {
        if (said.contains("stepwise") && !steps.tryAcquire(30, TimeUnit.SECONDS)) {
            throw new IOException("nobody stepped");
        }
        out.write(event.getBytes(UTF_8));
        out.flush();
    }

    private static String chunk(int number, String delta, @Nullable String finish) {
        return "data: {\"id\":\"chatcmpl-%d\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":%s,\"finish_reason\":%s}]}\n\n"
                .formatted(number, delta, finish == null ? "null" : "\"" + finish + "\"");
    }

    private static String response(JsonNode request, int number) {
        String kind =
                request.path("input").asText().contains("tools")
                        ? "{\"type\":\"web_search_call\",\"id\":\"w\"}"
                        : """
                        {"type":"message","role":"assistant","content":[{"type":"output_text",\
                        "text":"answer %d"}]}\
                        """
                                .formatted(number);
        return """
        {"id":"resp_%d","object":"response","status":"completed","model":"m","output":[%s],\
        "usage":{"input_tokens":3,"output_tokens":4,"total_tokens":7}}\
        """
                .formatted(number, kind);
    }

    /** A vector has the text's hash, and each text counts as many tokens as it has letters. */
    private static ObjectNode embeddings(JsonNode request) {
        JsonNode input = request.path("input");
        boolean isOne = !input.isArray() || (!input.isEmpty() && input.get(0).isNumber());
        ObjectNode answer = JSON.createObjectNode().put("object", "list");
        ArrayNode data = answer.putArray("data");
        int tokens = 0;
        for (JsonNode one : isOne ? List.of(input) : input) {
            ObjectNode element = data.addObject().put("object", "embedding");
            boolean isFirst = input.toString().contains("zeros");
            element.put("index", isFirst ? 0 : data.size() - 1);
            element.putArray("embedding").add(one.toString().hashCode()).add(0.5);
            tokens += one.isTextual() ? one.asText().length() : one.size();
        }
        answer.put("model", "m");
        answer.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
        return answer;
    }

    private static void send(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    @Override
    public void close() {
        released.countDown();
        steps.release(1_000_000);
        server.stop(0);
    }
}
