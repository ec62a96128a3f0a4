package dev.sluice.ingress;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands in for a provider that has Responses itself and keeps them: it writes down what came. Who
 * has a function is told to call it, until he says what it gave.
 */
final class ResponsesProvider implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String MESSAGE =
            """
            {"id":"msg_1","type":"message","status":"completed","role":"assistant",\
            "content":[{"type":"output_text","text":"hello","annotations":[]}]}\
            """;
    private static final String TOOL_CALL =
            """
            {"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1",\
            "name":"weather","arguments":"{\\"city\\":\\"Rome\\"}"}\
            """;
    private static final String USAGE =
            """
            {"input_tokens":40000,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"output_tokens":20000,\
            "output_tokens_details":{"reasoning_tokens":5},"total_tokens":60000}\
            """;

    private final HttpServer server;
    private final AtomicInteger made = new AtomicInteger();
    private final Set<String> kept = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();

    /** One request. */
    record Asked(String method, String path, JsonNode body) {}

    ResponsesProvider() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:%d".formatted(server.getAddress().getPort()));
    }

    /** What came first of what was not taken yet. */
    Asked taken() {
        Asked first = asked.poll();
        if (first == null) {
            throw new AssertionError("the provider was not asked");
        }
        return first;
    }

    boolean wasAsked() {
        return !asked.isEmpty();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            JsonNode body = JSON.readTree(exchange.getRequestBody().readAllBytes());
            String path = exchange.getRequestURI().getPath();
            asked.add(new Asked(exchange.getRequestMethod(), path, body));
            if (!exchange.getRequestMethod().equals("POST")) {
                keep(exchange, path.substring(path.lastIndexOf('/') + 1));
                return;
            }
            String id = "resp_of_provider_" + made.incrementAndGet();
            kept.add(id);
            boolean isStream = body.path("stream").asBoolean();
            byte[] answer = (isStream ? stream(id, body) : plain(id, body)).getBytes(UTF_8);
            exchange.getResponseHeaders()
                    .add("Content-Type", isStream ? "text/event-stream" : "application/json");
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    /** It knows what it made until that is deleted. */
    private void keep(HttpExchange exchange, String id) throws IOException {
        boolean isKnown = kept.contains(id);
        boolean isDeletion = exchange.getRequestMethod().equals("DELETE");
        String answer =
                !isKnown
                        ? "{\"error\":{\"message\":\"no %s\",\"type\":\"x\"}}".formatted(id)
                        : isDeletion
                                ? "{\"id\":\"%s\",\"object\":\"response\",\"deleted\":true}"
                                        .formatted(id)
                                : plain(id, JSON.createObjectNode());
        if (isDeletion) {
            kept.remove(id);
        }
        byte[] bytes = answer.getBytes(UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(isKnown ? 200 : 404, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static String plain(String id, JsonNode body) {
        return response(id, body, "completed", output(body), USAGE);
    }

    private static String output(JsonNode body) {
        boolean isTold =
                body.path("input").findValuesAsText("type").contains("function_call_output");
        boolean hasTool = body.path("tools").findValuesAsText("type").contains("function");
        return hasTool && !isTold ? TOOL_CALL : MESSAGE;
    }

    private static String response(
            String id, JsonNode body, String status, String output, String usage) {
        JsonNode previous = body.path("previous_response_id");
        String named = previous.isTextual() ? previous.toString() : "null";
        return """
        {"id":"%s","object":"response","created_at":5,"status":"%s","model":"gpt-4o-2024-08-06",\
        "error":null,"incomplete_details":null,"instructions":null,"metadata":{},\
        "parallel_tool_calls":true,"temperature":1.0,"tool_choice":"auto","tools":[],"top_p":1.0,\
        "previous_response_id":%s,"price":1.10,"output":[%s],"usage":%s}\
        """
                .formatted(id, status, named, output, usage);
    }

    /** Asked to break off, it stops before the last event. */
    private static String stream(String id, JsonNode body) {
        String begun = "\"response\":" + response(id, body, "in_progress", "", "null");
        String output = output(body);
        StringBuilder sse = new StringBuilder();
        event(sse, "response.created", begun);
        event(sse, "response.in_progress", begun);
        event(sse, "response.output_item.added", "\"output_index\":0,\"item\":" + output);
        if (output.equals(TOOL_CALL)) {
            event(
                    sse,
                    "response.function_call_arguments.delta",
                    ofItem("fc_1", "\"delta\":\"{}\""));
        } else {
            for (String piece : new String[] {"hel", "lo"}) {
                event(
                        sse,
                        "response.output_text.delta",
                        ofItem(
                                "msg_1",
                                "\"content_index\":0,\"logprobs\":[],\"delta\":\"%s\""
                                        .formatted(piece)));
            }
        }
        if (!body.path("input").asText().equals("break off")) {
            event(sse, "response.completed", "\"response\":" + plain(id, body));
        }
        return sse.toString();
    }

    private static String ofItem(String id, String members) {
        return "\"item_id\":\"%s\",\"output_index\":0,%s".formatted(id, members);
    }

    private static void event(StringBuilder sse, String type, String members) {
        long number = sse.chars().filter(c -> c == '\n').count() / 3;
        sse.append(
                "event: %s\ndata: {\"type\":\"%s\",\"sequence_number\":%d,%s}\n\n"
                        .formatted(type, type, number, members));
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
