package dev.sluice.simulator;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Talks to a simulator the way an application does, and with a bare socket where that is too tame.
 */
record Client(URI base, HttpClient http) {

    static final String KEY = "sk-test-1234";

    static Client of(Simulator simulator) {
        HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        return new Client(simulator.uri(), http);
    }

    HttpResponse<String> send(String method, String path, String body) {
        return send(method, path, body, KEY);
    }

    HttpResponse<String> send(String method, String path, String body, String key) {
        HttpRequest request =
                HttpRequest.newBuilder(base.resolve(path))
                        .method(method, BodyPublishers.ofString(body))
                        .header("authorization", "Bearer " + key)
                        .timeout(Duration.ofSeconds(20))
                        .build();
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<String> post(String path, String body) {
        return send("POST", path, body);
    }

    JsonNode ask(String path, String body) {
        return json(post(path, body).body());
    }

    HttpResponse<String> chat(String model, String text, String more) {
        return post("/v1/chat/completions", chatBody(model, text, more));
    }

    /** A chat body; {@code more} is nothing, or fields after a comma. */
    static String chatBody(String model, String text, String more) {
        return "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s}"
                .formatted(model, text, more);
    }

    void scenario(String order) {
        HttpResponse<String> response = post("/_sim/scenario", order);
        if (response.statusCode() != 200) {
            throw new IllegalArgumentException(response.body());
        }
    }

    JsonNode ledger() {
        return json(send("GET", "/_sim/ledger", "").body());
    }

    /** The newest attempt of the ledger. */
    JsonNode lastAttempt() {
        JsonNode attempts = ledger().get("attempts");
        return attempts.get(attempts.size() - 1);
    }

    /** Sends a request by hand; whoever gets the socket reads or leaves. */
    Socket open(String path, String body) throws IOException {
        return open(path, body, "keep-alive");
    }

    private Socket open(String path, String body, String connection) throws IOException {
        Socket socket = new Socket(base.getHost(), base.getPort());
        socket.setSoTimeout(20_000);
        String head =
                "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n"
                        .formatted(
                                path,
                                KEY,
                                body.getBytes(StandardCharsets.UTF_8).length,
                                connection);
        socket.getOutputStream().write((head + body).getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    /** Everything that comes until the other side closes of itself. */
    String untilClosed(String path, String body) throws IOException {
        return all(open(path, body));
    }

    /** Everything that comes where the other side is asked to close. */
    String closing(String path, String body) throws IOException {
        return all(open(path, body, "close"));
    }

    private static String all(Socket socket) throws IOException {
        try (socket;
                InputStream in = socket.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** The data of each event of a stream, without the final {@code [DONE]}. */
    static List<JsonNode> events(String stream) {
        List<JsonNode> events = new ArrayList<>();
        for (String event : stream.split("\n\n", -1)) {
            if (event.isEmpty()) {
                continue;
            }
            if (!event.startsWith("data: ")) {
                throw new IllegalArgumentException(event);
            }
            if (!event.equals("data: [DONE]")) {
                events.add(json(event.substring("data: ".length())));
            }
        }
        return events;
    }

    static JsonNode json(String text) {
        try {
            return Json.MAPPER.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(text, e);
        }
    }
}
