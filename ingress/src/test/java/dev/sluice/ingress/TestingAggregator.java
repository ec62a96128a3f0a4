package dev.sluice.ingress;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Stands in for the spend aggregator: writes down what it is asked and says what it is told to. */
final class TestingAggregator implements AutoCloseable {

    private final HttpServer server;
    private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();
    private volatile Answer answer = new Answer(200, "{\"ok\":true}", null);

    /** One request, header names in lower case. */
    record Asked(
            String method,
            String path,
            @Nullable String query,
            Map<String, List<String>> headers,
            String body) {

        @Nullable String header(String name) {
            List<String> values = headers.getOrDefault(name, List.of());
            if (values.size() > 1) {
                throw new AssertionError(name + " was sent " + values.size() + " times");
            }
            return values.isEmpty() ? null : values.getFirst();
        }
    }

    /** What it says; {@code changed} is the header that names what changed. */
    record Answer(int status, String body, @Nullable String changed) {}

    TestingAggregator() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:%d".formatted(server.getAddress().getPort()));
    }

    void says(int status, String body, @Nullable String changed) {
        answer = new Answer(status, body, changed);
    }

    /** What it was asked since the last time, in order. */
    List<Asked> asked() {
        List<Asked> all = new java.util.ArrayList<>();
        asked.drainTo(all);
        return all;
    }

    private void handle(HttpExchange exchange) throws IOException {
        var headers = new TreeMap<String, List<String>>();
        exchange.getRequestHeaders()
                .forEach((name, values) ->
                        headers.put(name.toLowerCase(Locale.ROOT), List.copyOf(values)));
        asked.add(
                new Asked(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().getRawPath(),
                        exchange.getRequestURI().getRawQuery(),
                        headers,
                        new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
        Answer now = answer;
        byte[] body = now.body.getBytes(UTF_8);
        if (now.changed != null) {
            exchange.getResponseHeaders().set("x-sluice-changed", now.changed);
        }
        exchange.getResponseHeaders().set("x-internal", "secret");
        exchange.sendResponseHeaders(now.status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
