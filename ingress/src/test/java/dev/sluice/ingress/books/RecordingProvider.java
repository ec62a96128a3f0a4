package dev.sluice.ingress.books;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A provider that keeps what it was asked, and answers by the path. */
final class RecordingProvider implements AutoCloseable {

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Reply> replies = new ConcurrentHashMap<>();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();

    /** What it was asked. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Asked(String method, String uri, Map<String, List<String>> headers, byte[] body) {

        String header(String name) {
            return String.join("|", headers.getOrDefault(name, List.of()));
        }
    }

    /** Answers one request. */
    @FunctionalInterface
    interface Reply {
        void to(HttpExchange exchange) throws IOException;
    }

    RecordingProvider() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Answers a path with JSON. */
    void on(String path, int status, String json) {
        on(
                path,
                status,
                "application/json",
                json.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    void on(String path, int status, String contentType, byte[] body) {
        on(
                path,
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", contentType);
                    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
                    exchange.getResponseBody().write(body);
                });
    }

    void on(String path, Reply reply) {
        replies.put(path, reply);
    }

    /** The last request of a path. */
    Asked last(String path) {
        return asked.reversed().stream()
                .filter(one -> one.uri().equals(path) || one.uri().startsWith(path + "?"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(path + " was not asked, but " + asked));
    }

    int count(String path) {
        return (int) asked.stream().filter(one -> one.uri().startsWith(path)).count();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            asked.add(
                    new Asked(
                            exchange.getRequestMethod(),
                            exchange.getRequestURI().toString(),
                            Map.copyOf(exchange.getRequestHeaders()),
                            exchange.getRequestBody().readAllBytes()));
            Reply reply = replies.get(exchange.getRequestURI().getPath());
            if (reply == null) {
                exchange.sendResponseHeaders(404, -1);
            } else {
                reply.to(exchange);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
