package dev.sluice.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.testkit.PostgresDatabase;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.awaitility.Awaitility;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A batch service without an engine, and calls as an ingress makes them. */
final class BatchServiceFixture implements AutoCloseable {

    static final String CREDENTIAL = "between-services";
    static final long FILE_BYTES = 64L << 20;
    static final ObjectMapper JSON = new ObjectMapper();

    /** The callers' key hashes. */
    static final String KEY_A = "a".repeat(64);

    static final String KEY_B = "b".repeat(64);

    final BatchService service;
    final BatchDatabase database;
    final AtomicInteger wakes = new AtomicInteger();
    final Path files;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    BatchServiceFixture(PostgresDatabase postgres, Path folder) throws IOException {
        var access =
                new BatchDatabase.Access(
                        postgres.jdbcUrl(),
                        postgres.user(),
                        new Secret(postgres.password()),
                        4,
                        Duration.ofSeconds(5));
        files = folder.resolve("files");
        database = new BatchDatabase(access);
        service =
                new BatchService(
                        new BatchServiceSettings(
                                "127.0.0.1",
                                0,
                                folder,
                                KafkaSettings.of("127.0.0.1:1"),
                                access,
                                URI.create("http://127.0.0.1:1"),
                                new Secret(CREDENTIAL),
                                new BatchServiceSettings.Limits(
                                        FILE_BYTES, 200L << 20, 50_000, 8, 64)),
                        new SimpleMeterRegistry(),
                        (_, _) -> new CountedEngine());
        service.start();
        Awaitility.await().atMost(Duration.ofSeconds(15)).until(service::ready);
    }

    /** Does nothing, and counts how often it is woken. */
    private final class CountedEngine implements Engine {
        @Override
        public void start() {}

        @Override
        public void wake() {
            wakes.incrementAndGet();
        }

        @Override
        public boolean ready() {
            return true;
        }

        @Override
        public void close() {}
    }

    /** Someone who calls. */
    Caller caller(String tenant, String keyHash, String role) {
        return new Caller(tenant, keyHash, role);
    }

    Caller teamA() {
        return caller("team%3Aa", KEY_A, "internal_user_viewer");
    }

    Caller teamB() {
        return caller("team%3Ab", KEY_B, "internal_user");
    }

    Caller admin() {
        return caller("f".repeat(64), "f".repeat(64), "proxy_admin");
    }

    /** Objects in the storage, drafts too. */
    long stored() throws IOException {
        try (Stream<Path> all = Files.list(files)) {
            return all.count();
        }
    }

    URI url(String path) {
        return URI.create("http://127.0.0.1:" + service.port() + path);
    }

    HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return http.send(request, BodyHandlers.ofString(UTF_8));
    }

    static JsonNode json(HttpResponse<String> answer) throws JsonProcessingException {
        return JSON.readTree(answer.body());
    }

    /** A form with a file first and its purpose after it. */
    static byte[] form(String filename, String content, List<String> fields) {
        var form =
                new StringBuilder(
                        "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"%s\"\r\n\r\n%s\r\n"
                                .formatted(filename, content));
        for (String field : fields) {
            int equals = field.indexOf('=');
            form.append(
                    "--edge\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
                            .formatted(field.substring(0, equals), field.substring(equals + 1)));
        }
        return form.append("--edge--\r\n").toString().getBytes(UTF_8);
    }

    /** Calls as the ingress would for one caller. */
    final class Caller {
        private final String tenant;
        private final String keyHash;
        private final String role;

        private Caller(String tenant, String keyHash, String role) {
            this.tenant = tenant;
            this.keyHash = keyHash;
            this.role = role;
        }

        HttpRequest.Builder request(String path) {
            return HttpRequest.newBuilder(url(path))
                    .timeout(Duration.ofSeconds(30))
                    .header("Authorization", "Bearer " + CREDENTIAL)
                    .header("x-sluice-caller-tenant", tenant)
                    .header("x-sluice-caller-key", keyHash)
                    .header("x-sluice-caller-role", role);
        }

        HttpResponse<String> get(String path) throws IOException, InterruptedException {
            return send(request(path).GET().build());
        }

        HttpResponse<String> delete(String path) throws IOException, InterruptedException {
            return send(request(path).DELETE().build());
        }

        HttpResponse<String> post(String path, String body)
                throws IOException, InterruptedException {
            return send(
                    request(path)
                            .header("Content-Type", "application/json")
                            .POST(BodyPublishers.ofString(body))
                            .build());
        }

        HttpResponse<String> upload(BodyPublisher form) throws IOException, InterruptedException {
            return send(
                    request("/v1/files")
                            .header("Content-Type", "multipart/form-data; boundary=edge")
                            .POST(form)
                            .build());
        }

        HttpResponse<String> upload(String filename, String content, String... fields)
                throws IOException, InterruptedException {
            return upload(BodyPublishers.ofByteArray(form(filename, content, List.of(fields))));
        }

        /** Uploads a good one; its id. */
        String file(String content) throws IOException, InterruptedException {
            return json(upload("in.jsonl", content, "purpose=batch")).path("id").asText();
        }

        /** Creates a good one. */
        JsonNode batch(String fileId) throws IOException, InterruptedException {
            return json(
                    post(
                            "/v1/batches",
                            """
                            {"input_file_id": "%s", "endpoint": "/v1/chat/completions",
                             "completion_window": "24h"}
                            """
                                    .formatted(fileId)));
        }
    }

    @Override
    public void close() {
        service.close();
        database.close();
    }
}
