package dev.sluice.ingress;

import static dev.sluice.ingress.accounts.TestingAccounts.key;
import static dev.sluice.ingress.accounts.TestingAccounts.team;
import static dev.sluice.ingress.accounts.TestingAccounts.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import dev.sluice.ingress.auth.Authenticator;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.auth.RouteTable;
import dev.sluice.schemas.accounts.Account.Role;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Files and batches as far as an ingress serves them: who is let through, and how bytes pass. */
class BatchServiceProxyIT {

    private static final String TEAM_KEY = "sk-team";
    private static final String LONE_KEY = "sk-lone";
    private static final long MEGABYTE = 1 << 20;

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** Bytes of the body that the service has read so far. */
    private final AtomicLong arrived = new AtomicLong();

    /** What the service says; after reading the body, unless it is set otherwise. */
    private final AtomicReference<Says> says = new AtomicReference<>(Says.ok());

    private final AtomicReference<@Nullable HttpExchange> asked = new AtomicReference<>();
    private final CompletableFuture<Boolean> whole = new CompletableFuture<>();

    @TempDir private Path data;
    private HttpServer service;
    private GatewayUnderTest gateway;

    /** How the service answers. */
    private interface Says {
        void answer(HttpExchange exchange) throws IOException;

        static Says ok() {
            return exchange -> {
                byte[] body = "{\"object\":\"list\"}".getBytes(UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.getResponseHeaders().set("x-internal", "secret");
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            };
        }
    }

    @BeforeEach
    void start() throws IOException {
        service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        service.setExecutor(threads);
        service.createContext("/", this::serve);
        service.start();
        gateway =
                gateway(
                        URI.create(
                                "http://127.0.0.1:%d".formatted(service.getAddress().getPort())));
    }

    private GatewayUnderTest gateway(URI batchService) {
        var started =
                GatewayUnderTest.withBatchService(
                        data, "sluice: {http: {body_timeout: 2}}\n", batchService);
        started.apply(
                user("Ü ser/1", Role.INTERNAL_USER),
                team("team 1", List.of()),
                key(TEAM_KEY).user("Ü ser/1").team("team 1").build(),
                key(LONE_KEY).build());
        return started;
    }

    @AfterEach
    void stop() throws IOException {
        gateway.close();
        service.stop(0);
        threads.shutdownNow();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            asked.set(exchange);
            var piece = new byte[8 * 1024];
            InputStream in = exchange.getRequestBody();
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                arrived.addAndGet(read);
            }
            whole.complete(true);
            says.get().answer(exchange);
        } catch (IOException e) {
            whole.complete(false);
            throw e;
        }
    }

    private String header(String name) {
        List<String> values = requireNonNull(asked.get()).getRequestHeaders().get(name);
        return values == null ? "" : String.join(" and ", values);
    }

    private HttpRequest.Builder upload(BodyPublisher body) {
        return HttpRequest.newBuilder(gateway.uri("/v1/files"))
                .timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + TEAM_KEY)
                .header("Content-Type", "multipart/form-data; boundary=edge")
                .POST(body);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return gateway.client().send(request.build(), BodyHandlers.ofString());
    }

    /** So many bytes, the second half of them only when it may come. */
    private static InputStream halves(long count, CountDownLatch second) {
        var left = new AtomicLong(count);
        return new InputStream() {
            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                try {
                    if (left.get() <= count / 2 && !second.await(20, TimeUnit.SECONDS)) {
                        throw new IOException("the second half is not asked for");
                    }
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                int read = (int) Math.min(length, left.get());
                left.addAndGet(-read);
                return read == 0 ? -1 : read;
            }
        };
    }

    @Test
    void forwardsEveryRouteOfTheTableWithAndWithoutItsVersion() {
        for (Route route : RouteTable.batchService()) {
            HttpResponse<String> answer =
                    gateway.request(
                            route.method(),
                            route.path().replace("{id}", "file-1") + "?limit=2&after=a%26b",
                            "");

            assertThat(answer.statusCode()).as(route.path()).isEqualTo(200);
            HttpExchange seen = requireNonNull(asked.getAndSet(null));
            assertThat(seen.getRequestMethod()).isEqualTo(route.method());
            String path = route.path().replace("{id}", "file-1");
            assertThat(seen.getRequestURI().getRawPath())
                    .isEqualTo(path.startsWith("/v1") ? path : "/v1" + path);
            assertThat(seen.getRequestURI().getRawQuery()).isEqualTo("limit=2&after=a%26b");
            assertThat(answer.headers().firstValue("content-type")).contains("application/json");
            assertThat(answer.headers().firstValue("x-internal")).isEmpty();
            assertThat(answer.headers().firstValue("x-litellm-call-id")).isPresent();
        }
    }

    @Test
    void tellsTheServiceWhoIsCallingAndNothingThatHeSaysOfHimself() {
        gateway.get(
                "/v1/files",
                "Authorization",
                "Bearer " + TEAM_KEY,
                "x-sluice-caller-tenant",
                "team:other",
                "x-sluice-caller-role",
                "proxy_admin",
                "x-sluice-on-behalf-of",
                "somebody");

        assertThat(header("authorization")).isEqualTo("Bearer " + GatewayUnderTest.CREDENTIAL);
        assertThat(header("x-sluice-caller-tenant")).isEqualTo("team%3Ateam%201");
        assertThat(header("x-sluice-caller-user")).isEqualTo("%C3%9C%20ser%2F1");
        assertThat(header("x-sluice-caller-role")).isEqualTo("internal_user");
        assertThat(header("x-sluice-caller-key")).isEqualTo(Authenticator.hashOf(TEAM_KEY));
        assertThat(header("x-sluice-on-behalf-of")).isEmpty();
        gateway.get("/v1/files", "Authorization", "Bearer " + LONE_KEY);
        assertThat(header("x-sluice-caller-tenant")).isEqualTo(Authenticator.hashOf(LONE_KEY));
        gateway.get("/v1/files");
        assertThat(header("x-sluice-caller-role")).isEqualTo("proxy_admin");
    }

    @Test
    void doesNotAskForWhoIsNotLetIn() throws Exception {
        HttpResponse<String> answer =
                send(
                        upload(BodyPublishers.ofByteArray(new byte[100_000]))
                                .setHeader("Authorization", "Bearer sk-wrong"));

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(asked.get()).isNull();
    }

    @Test
    void passesAnUploadOnWhileItComes() throws Exception {
        long bytes = 24 * MEGABYTE;
        for (boolean lengthIsKnown : List.of(true, false)) {
            arrived.set(0);
            var second = new CountDownLatch(1);
            BodyPublisher coming = BodyPublishers.ofInputStream(() -> halves(bytes, second));
            CompletableFuture<HttpResponse<String>> answer =
                    gateway.client()
                            .sendAsync(
                                    upload(
                                                    lengthIsKnown
                                                            ? BodyPublishers.fromPublisher(
                                                                    coming, bytes)
                                                            : coming)
                                            .build(),
                                    BodyHandlers.ofString());
            // Half of it is there, though the caller has not sent the other half.
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> arrived.get() > bytes / 2 - MEGABYTE);
            assertThat(answer).isNotDone();
            second.countDown();

            assertThat(answer.get(30, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
            assertThat(arrived).hasValue(bytes);
            assertThat(header("content-length"))
                    .isEqualTo(lengthIsKnown ? Long.toString(bytes) : "");
            assertThat(header("content-type")).isEqualTo("multipart/form-data; boundary=edge");
        }
    }

    @Test
    void passesAFileBackWhileItComes() throws Exception {
        var rest = new CountDownLatch(1);
        says.set(exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
            exchange.getResponseHeaders().set("Content-Disposition", "attachment; filename=\"a\"");
            exchange.getResponseHeaders().set("Content-Range", "bytes 0-1048577/2000000");
            exchange.sendResponseHeaders(206, MEGABYTE + 2);
            exchange.getResponseBody().write(new byte[(int) MEGABYTE]);
            exchange.getResponseBody().flush();
            try {
                assertThat(rest.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            exchange.getResponseBody().write(new byte[2]);
        });

        HttpResponse<InputStream> answer =
                gateway.client()
                        .send(
                                HttpRequest.newBuilder(gateway.uri("/v1/files/file-1/content"))
                                        .header("Authorization", "Bearer " + TEAM_KEY)
                                        .header("Range", "bytes=0-1048577")
                                        .build(),
                                BodyHandlers.ofInputStream());

        assertThat(answer.statusCode()).isEqualTo(206);
        assertThat(header("range")).isEqualTo("bytes=0-1048577");
        try (InputStream body = answer.body()) {
            assertThat(body.readNBytes((int) MEGABYTE - 70_000)).hasSize((int) MEGABYTE - 70_000);
            rest.countDown();
            assertThat(body.readAllBytes()).hasSize(70_002);
        }
        assertThat(answer.headers().firstValueAsLong("content-length")).hasValue(MEGABYTE + 2);
        assertThat(answer.headers().firstValue("content-range"))
                .contains("bytes 0-1048577/2000000");
        assertThat(answer.headers().firstValue("content-disposition"))
                .contains("attachment; filename=\"a\"");
    }

    @Test
    void asksForTheWholeUnderAConditionThatItDoesNotKnow() {
        gateway.get("/v1/files/f/content", "Range", "bytes=0-1", "If-Range", "\"etag\"");

        assertThat(header("range")).isEmpty();
    }

    @Test
    void endsAFileThatBreaksOff() {
        says.set(exchange -> {
            exchange.sendResponseHeaders(200, 100_000);
            exchange.getResponseBody().write(new byte[50_000]);
            exchange.getResponseBody().flush();
            throw new IOException("broken");
        });

        assertThatThrownBy(() -> gateway.get("/v1/files/f/content"))
                .hasRootCauseInstanceOf(IOException.class);
    }

    @Test
    void passesRefusalsOnButNotThatOfItsOwnCredential() {
        says.set(exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            byte[] body = "{\"error\":{\"message\":\"No such File object: f\"}}".getBytes(UTF_8);
            exchange.sendResponseHeaders(404, body.length);
            exchange.getResponseBody().write(body);
        });
        HttpResponse<String> missing = gateway.get("/v1/files/f");
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(missing.body()).contains("No such File object: f");

        says.set(exchange -> exchange.sendResponseHeaders(401, -1));
        assertThat(gateway.get("/v1/files/f").statusCode()).isEqualTo(503);
    }

    @Test
    void refusesWhatIsTooLarge() throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            socket.getOutputStream()
                    .write(
                            "POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 538000000\r\n\r\n"
                                    .formatted(TEAM_KEY)
                                    .getBytes(UTF_8));
            assertThat(statusLine(socket)).contains(" 413 ");
        }
        assertThat(asked.get()).isNull();
        HttpResponse<String> json =
                send(
                        HttpRequest.newBuilder(gateway.uri("/v1/batches"))
                                .header("Authorization", "Bearer " + TEAM_KEY)
                                .POST(
                                        BodyPublishers.ofInputStream(() ->
                                                halves(2 * MEGABYTE, new CountDownLatch(0)))));
        assertThat(json.statusCode()).isEqualTo(413);
        assertThat(whole.get(10, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void refusesAChunkThatWouldBeHeldAsAWhole() throws Exception {
        for (String path : List.of("/v1/files", "/v1/chat/completions")) {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
                socket.getOutputStream()
                        .write(
                                "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nTransfer-Encoding: chunked\r\n\r\n10000000\r\nx"
                                        .formatted(path, TEAM_KEY)
                                        .getBytes(UTF_8));
                assertThat(statusLine(socket)).as(path).contains(" 413 ");
            }
        }
    }

    @Test
    void endsAnUploadThatDoesNotComeInTime() throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            beginUpload(socket);

            assertThat(statusLine(socket)).contains(" 408 ");
        }
        assertThat(whole.get(10, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void passesNoUploadOnAsWholeThatBreaksOff() throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.port())) {
            beginUpload(socket);
            await().atMost(Duration.ofSeconds(10)).until(() -> arrived.get() > 0);
        }

        assertThat(whole.get(10, TimeUnit.SECONDS)).isFalse();
    }

    private static void beginUpload(Socket socket) throws IOException {
        socket.getOutputStream()
                .write(
                        "POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 100000\r\n\r\n%s"
                                .formatted(TEAM_KEY, "x".repeat(50_000))
                                .getBytes(UTF_8));
    }

    private static String statusLine(Socket socket) throws IOException {
        socket.setSoTimeout(15_000);
        byte[] head = socket.getInputStream().readNBytes(20);
        return new String(head, UTF_8);
    }

    @Test
    void saysThatTheServiceIsAwayOrNotThere() throws Exception {
        service.stop(0);
        assertThat(gateway.get("/v1/batches").statusCode()).isEqualTo(503);
        HttpResponse<String> lost = send(upload(BodyPublishers.ofByteArray(new byte[3_000_000])));
        assertThat(lost.statusCode()).isEqualTo(503);
        gateway.close();
        gateway = GatewayUnderTest.withBatchService(data, "", null);

        HttpResponse<String> none = gateway.get("/v1/batches");

        assertThat(none.statusCode()).isEqualTo(503);
        assertThat(none.body()).contains("sluice.services.batch_service");
    }
}
