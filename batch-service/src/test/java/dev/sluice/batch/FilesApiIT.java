package dev.sluice.batch;

import static dev.sluice.batch.BatchServiceFixture.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.testkit.PostgresDatabase;
import dev.sluice.testkit.PostgresExtension;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

@ExtendWith(PostgresExtension.class)
class FilesApiIT {

    private final PostgresDatabase postgres;
    @TempDir private Path folder;
    private BatchServiceFixture house;

    FilesApiIT(PostgresDatabase postgres) {
        this.postgres = postgres;
    }

    @BeforeEach
    void start() throws IOException {
        house = new BatchServiceFixture(postgres, folder);
        house.database.sql().execute("TRUNCATE batch_files, batches CASCADE");
    }

    @AfterEach
    void stop() {
        house.close();
    }

    @Test
    void keepsAFileAndGivesItBack() throws Exception {
        HttpResponse<String> made =
                house.teamA()
                        .upload("dir/näme.jsonl", "{\"a\": 1}\n", "purpose=batch", "unknown=x");

        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        JsonNode file = json(made);
        assertThat(file.path("object").asText()).isEqualTo("file");
        assertThat(file.path("id").asText()).startsWith("file-");
        assertThat(file.path("filename").asText()).isEqualTo("näme.jsonl");
        assertThat(file.path("bytes").asInt()).isEqualTo(9);
        assertThat(file.path("status").asText()).isEqualTo("processed");
        assertThat(file.path("status_details").isNull()).isTrue();
        assertThat(file.path("expires_at").asLong() - file.path("created_at").asLong())
                .isEqualTo(30 * 86_400);
        String path = "/v1/files/" + file.path("id").asText();
        assertThat(json(house.teamA().get(path))).isEqualTo(file);
        HttpResponse<String> content = house.teamA().get(path + "/content");
        assertThat(content.body()).isEqualTo("{\"a\": 1}\n");
        assertThat(content.headers().firstValue("content-type"))
                .contains("application/octet-stream");
        assertThat(content.headers().firstValueAsLong("content-length")).hasValue(9);
        assertThat(content.headers().firstValue("content-disposition"))
                .contains("attachment; filename=\"n_me.jsonl\"; filename*=UTF-8''n%C3%A4me.jsonl");

        assertThat(json(house.teamA().delete(path)).toString())
                .isEqualTo(
                        "{\"object\":\"file\",\"id\":\"%s\",\"deleted\":true}"
                                .formatted(file.path("id").asText()));
        assertThat(house.teamA().get(path).statusCode()).isEqualTo(404);
        assertThat(house.teamA().get(path + "/content").statusCode()).isEqualTo(404);
        assertThat(house.stored()).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-2, 206, 012, bytes 0-2/10",
        "bytes=7-, 206, 789, bytes 7-9/10",
        "bytes=-2, 206, 89, bytes 8-9/10",
        "'bytes=0-1,3-4', 200, 0123456789,",
        "bytes=10-, 416, , bytes */10"
    })
    void givesAPartOfAFile(String range, int status, String body, String told) throws Exception {
        String id = house.teamA().file("0123456789");

        HttpResponse<String> answer =
                house.send(
                        house.teamA()
                                .request("/v1/files/" + id + "/content")
                                .header("Range", range)
                                .build());

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("content-range").orElse(null)).isEqualTo(told);
        if (body != null) {
            assertThat(answer.body()).isEqualTo(body);
        }
    }

    @Test
    void refusesUploadsInOpenAisWords() throws Exception {
        HttpResponse<String> text = house.teamA().upload("a.txt", "x", "purpose=batch");
        assertThat(text.statusCode()).isEqualTo(400);
        assertThat(json(text).toString())
                .isEqualTo(
                        "{\"error\":{\"message\":\"Invalid file format for Batch API. Must be .jsonl\","
                                + "\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}");
        assertThat(house.teamA().upload("a.jsonl", "x").body()).contains("'purpose'");
        assertThat(house.teamA().upload("a.jsonl", "x", "purpose=batch_output").statusCode())
                .isEqualTo(400);
        assertThat(
                        house.teamA()
                                .upload("a.jsonl", "x", "purpose=batch", "purpose=vision")
                                .statusCode())
                .isEqualTo(400);
        HttpResponse<String> late =
                house.teamA()
                        .upload(
                                "a.jsonl",
                                "x",
                                "purpose=batch",
                                "expires_after[anchor]=created_at",
                                "expires_after[seconds]=3599");
        assertThat(json(late).at("/error/param").asText()).isEqualTo("expires_after.seconds");
        HttpResponse<String> noForm = house.teamA().post("/v1/files", "{}");
        assertThat(noForm.statusCode()).isEqualTo(400);
        String fieldOnly =
                "--edge\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--edge--";
        assertThat(house.teamA().upload(BodyPublishers.ofString(fieldOnly)).body())
                .contains("Missing required parameter: 'file'.");
        assertThat(house.stored()).isZero();
        assertThat(json(house.admin().get("/v1/files")).path("data")).isEmpty();
    }

    @Test
    void keepsAFileWithoutEndOfLifeUnlessItIsForABatch() throws Exception {
        JsonNode kept = json(house.teamA().upload("a.txt", "x", "purpose=user_data"));
        assertThat(kept.path("expires_at").isNull()).isTrue();
        JsonNode bounded =
                json(
                        house.teamA()
                                .upload(
                                        "a.txt",
                                        "x",
                                        "expires_after[seconds]=3600",
                                        "expires_after[anchor]=created_at",
                                        "purpose=user_data"));
        assertThat(bounded.path("expires_at").asLong() - bounded.path("created_at").asLong())
                .isEqualTo(3600);
    }

    @Test
    void listsByPages() throws Exception {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.addFirst(house.teamA().file("line " + i));
        }
        house.teamB().file("another's");
        JsonNode vision = json(house.teamA().upload("a.png", "x", "purpose=vision"));

        JsonNode first = json(house.teamA().get("/v1/files?purpose=batch&limit=2"));
        assertThat(first.path("object").asText()).isEqualTo("list");
        assertThat(first.path("has_more").asBoolean()).isTrue();
        assertThat(first.path("first_id").asText()).isEqualTo(ids.get(0));
        assertThat(first.path("last_id").asText()).isEqualTo(ids.get(1));
        JsonNode rest = json(house.teamA().get("/v1/files?purpose=batch&after=" + ids.get(1)));
        assertThat(rest.path("data").findValuesAsText("id")).isEqualTo(ids.subList(2, 5));
        assertThat(rest.path("has_more").asBoolean()).isFalse();
        JsonNode oldest = json(house.teamA().get("/v1/files?order=asc&limit=1"));
        assertThat(oldest.path("first_id").asText()).isEqualTo(ids.getLast());
        assertThat(json(house.teamA().get("/v1/files?limit=1")).path("first_id"))
                .isEqualTo(vision.path("id"));
        assertThat(json(house.admin().get("/v1/files")).path("data")).hasSize(7);
        assertThat(house.teamA().get("/v1/files?limit=0").statusCode()).isEqualTo(400);
        assertThat(house.teamA().get("/v1/files?order=x").statusCode()).isEqualTo(400);
    }

    @Test
    void showsAFileToItsTenantAndToAdminsOnly() throws Exception {
        String id = house.teamA().file("mine");
        String path = "/v1/files/" + id;

        for (String foreign : List.of(path, path + "/content")) {
            HttpResponse<String> answer = house.teamB().get(foreign);
            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(json(answer).at("/error/message").asText())
                    .isEqualTo("No such File object: " + id);
        }
        assertThat(house.teamB().delete(path).statusCode()).isEqualTo(404);
        assertThat(json(house.teamB().get("/v1/files")).path("data")).isEmpty();
        assertThat(json(house.teamB().get("/v1/files?after=" + id)).path("data")).isEmpty();
        // A team of that name is not a user of that name, nor a key.
        assertThat(
                        house.caller("user%3Aa", BatchServiceFixture.KEY_B, "internal_user")
                                .get(path)
                                .statusCode())
                .isEqualTo(404);
        var viewer = house.caller("user%3Av", BatchServiceFixture.KEY_B, "proxy_admin_viewer");
        assertThat(viewer.get(path + "/content").body()).isEqualTo("mine");
        assertThat(viewer.delete(path).statusCode()).isEqualTo(403);
        assertThat(house.admin().get(path).statusCode()).isEqualTo(200);
        assertThat(house.admin().delete(path).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..%2f..%2fetc%2fpasswd",
                "file-%00",
                "'%20OR%201=1",
                "%C3%A4",
                "file-" + "x"
            })
    void findsNothingUnderNamesWithTricks(String id) throws Exception {
        for (String path :
                List.of("/v1/files/" + id, "/v1/files/" + id + "/content", "/v1/batches/" + id)) {
            assertThat(house.admin().get(path).statusCode()).as(path).isIn(404, 400);
        }
    }

    @Test
    void asksForTheServiceCredentialAndACaller() throws Exception {
        HttpRequest bare = HttpRequest.newBuilder(house.url("/v1/files")).build();
        assertThat(house.send(bare).statusCode()).isEqualTo(401);
        HttpRequest nobody =
                HttpRequest.newBuilder(house.url("/v1/files"))
                        .header("Authorization", "Bearer " + BatchServiceFixture.CREDENTIAL)
                        .build();
        assertThat(house.send(nobody).statusCode()).isEqualTo(403);
        HttpRequest health = HttpRequest.newBuilder(house.url("/health/readiness")).build();
        assertThat(house.send(health).statusCode()).isEqualTo(200);
    }

    @Test
    void forgetsAFileAtItsTimeAndSweepsItsBytes() throws Exception {
        String id = house.teamA().file("short-lived");
        house.database
                .sql()
                .execute("UPDATE batch_files SET expires_at = now() - interval '1 second'");

        assertThat(house.teamA().get("/v1/files/" + id).statusCode()).isEqualTo(404);
        assertThat(house.teamA().get("/v1/files/" + id + "/content").statusCode()).isEqualTo(404);
        assertThat(json(house.teamA().get("/v1/files")).path("data")).isEmpty();
        assertThat(house.stored()).isOne();
        house.close();
        house = new BatchServiceFixture(postgres, folder);

        await().atMost(Duration.ofSeconds(10)).until(() -> house.stored() == 0);
    }

    @Test
    void keepsTheInputOfABatchUntilItHasEnded() throws Exception {
        String id = house.teamA().file("line");
        String batch = house.teamA().batch(id).path("id").asText();

        HttpResponse<String> refused = house.teamA().delete("/v1/files/" + id);
        assertThat(refused.statusCode()).isEqualTo(400);
        house.database.sql().execute("UPDATE batches SET status = 'cancelled' WHERE id = ?", batch);

        assertThat(house.teamA().delete("/v1/files/" + id).statusCode()).isEqualTo(200);
    }

    @Test
    void leavesNothingOfAnUploadThatBreaksOff() throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), house.service.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(
                    """
                    POST /v1/files HTTP/1.1\r
                    Host: x\r
                    Authorization: Bearer %s\r
                    x-sluice-caller-tenant: team%%3Aa\r
                    x-sluice-caller-key: %s\r
                    x-sluice-caller-role: internal_user\r
                    Content-Type: multipart/form-data; boundary=edge\r
                    Content-Length: 100000\r
                    \r
                    --edge\r
                    Content-Disposition: form-data; name="file"; filename="a.jsonl"\r
                    \r
                    begun\
                    """
                            .formatted(BatchServiceFixture.CREDENTIAL, BatchServiceFixture.KEY_A)
                            .getBytes(UTF_8));
            out.flush();
            await().atMost(Duration.ofSeconds(10)).until(() -> house.stored() == 1);
        }

        await().atMost(Duration.ofSeconds(10)).until(() -> house.stored() == 0);
        assertThat(json(house.admin().get("/v1/files")).path("data")).isEmpty();
    }

    /** Makes bytes as they are read. */
    private static InputStream zeros(long count) {
        var left = new AtomicLong(count);
        return new InputStream() {
            @Override
            public int read() {
                throw new UnsupportedOperationException();
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                int read = (int) Math.min(length, left.get());
                left.addAndGet(-read);
                return read == 0 ? -1 : read;
            }
        };
    }

    private HttpResponse<String> uploadZeros(long count) throws Exception {
        String head =
                "--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n";
        String tail =
                "\r\n--edge\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nevals\r\n--edge--";
        return house.teamA()
                .upload(
                        BodyPublishers.concat(
                                BodyPublishers.ofString(head),
                                BodyPublishers.ofInputStream(() -> zeros(count)),
                                BodyPublishers.ofString(tail)));
    }

    @Test
    void takesAsMuchAsTheBoundAndHoldsNoneOfIt() throws Exception {
        Runtime runtime = Runtime.getRuntime();
        System.gc();
        long before = runtime.totalMemory() - runtime.freeMemory();

        HttpResponse<String> answer = uploadZeros(BatchServiceFixture.FILE_BYTES);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        System.gc();
        assertThat(runtime.totalMemory() - runtime.freeMemory() - before).isLessThan(16L << 20);
        assertThat(json(answer).path("bytes").asLong()).isEqualTo(BatchServiceFixture.FILE_BYTES);
    }

    @Test
    void refusesOneByteMore() throws Exception {
        HttpResponse<String> answer = uploadZeros(BatchServiceFixture.FILE_BYTES + 1);

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(413);
        assertThat(house.stored()).isZero();
    }
}
