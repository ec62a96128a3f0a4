package dev.sluice.batch;

import static dev.sluice.batch.BatchServiceFixture.json;

import static org.assertj.core.api.Assertions.assertThat;

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

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

@ExtendWith(PostgresExtension.class)
class BatchesApiIT {

    private static final List<String> FIELDS =
            List.of(
                    "id",
                    "object",
                    "endpoint",
                    "model",
                    "errors",
                    "input_file_id",
                    "completion_window",
                    "status",
                    "output_file_id",
                    "error_file_id",
                    "created_at",
                    "in_progress_at",
                    "expires_at",
                    "finalizing_at",
                    "completed_at",
                    "failed_at",
                    "expired_at",
                    "cancelling_at",
                    "cancelled_at",
                    "request_counts",
                    "usage",
                    "metadata",
                    "sluice");

    private final PostgresDatabase postgres;
    @TempDir private Path folder;
    private BatchServiceFixture house;

    BatchesApiIT(PostgresDatabase postgres) {
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
    void writesABatchDownWithEveryFieldOfOpenAi() throws Exception {
        String file = house.teamA().file("line");

        HttpResponse<String> made =
                house.teamA()
                        .post(
                                "/v1/batches",
                                """
                                {"input_file_id": "%s", "endpoint": "/v1/embeddings",
                                 "completion_window": "2d", "metadata": {"a": "ü"}, "unknown": [1],
                                 "output_expires_after": {"anchor": "created_at", "seconds": 3600},
                                 "batch": {"mode": "gateway", "spend_cap": 1.000000000001}}
                                """
                                        .formatted(file));

        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        JsonNode batch = json(made);
        List<String> names = new ArrayList<>();
        batch.fieldNames().forEachRemaining(names::add);
        assertThat(names).isEqualTo(FIELDS);
        assertThat(batch.path("id").asText()).startsWith("batch_");
        assertThat(batch.path("status").asText()).isEqualTo("validating");
        assertThat(batch.path("input_file_id").asText()).isEqualTo(file);
        assertThat(batch.path("metadata").toString()).isEqualTo("{\"a\":\"ü\"}");
        assertThat(batch.path("expires_at").asLong() - batch.path("created_at").asLong())
                .isEqualTo(2 * 86_400);
        assertThat(batch.path("request_counts").toString())
                .isEqualTo("{\"total\":0,\"completed\":0,\"failed\":0}");
        assertThat(batch.path("usage").toString())
                .isEqualTo(
                        "{\"input_tokens\":0,\"output_tokens\":0,\"total_tokens\":0,"
                                + "\"input_tokens_details\":{\"cached_tokens\":0},"
                                + "\"output_tokens_details\":{\"reasoning_tokens\":0}}");
        assertThat(made.body())
                .contains(
                        "\"sluice\":{\"mode\":\"gateway\",\"spend\":0,\"spend_cap\":1.000000000001,"
                                + "\"repeated_lines\":0,\"estimated_completion_at\":null}");
        assertThat(house.wakes).hasValue(1);
        assertThat(json(house.teamA().get("/v1/batches/" + batch.path("id").asText())))
                .isEqualTo(batch);
        assertThat(
                        house.database
                                .sql()
                                .fetchSingle("SELECT owner, owner_key, spend_cap_pico FROM batches")
                                .intoList())
                .isEqualTo(List.of("team:a", BatchServiceFixture.KEY_A, 1_000_000_000_001L));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            textBlock =
                    """
                    {}                                                         | endpoint
                    {"endpoint": 3}                                            | endpoint
                    {"endpoint": "/v1/audio/speech"}                           | endpoint
                    {E}                                                        | completion_window
                    {E, "completion_window": "31d"}                            | completion_window
                    {E, "completion_window": "0h"}                             | completion_window
                    {E, W}                                                     | input_file_id
                    {E, W, "input_file_id": 3}                                 | input_file_id
                    {E, W, F, "metadata": []}                                  | metadata
                    {E, W, F, "metadata": {"a": 1}}                            | metadata
                    {E, W, F, "batch": 1}                                      | batch
                    {E, W, F, "batch": {"mode": "fast"}}                       | batch.mode
                    {E, W, F, "batch": {"spend_cap": -1}}                      | batch.spend_cap
                    {E, W, F, "batch": {"spend_cap": 1e999999999}}             | batch.spend_cap
                    {E, W, F, "batch": {"spend_cap": "1e-999999999"}}          | batch.spend_cap
                    {E, W, F, "batch": {"spend_cap": true}}                    | batch.spend_cap
                    {E, W, F, "output_expires_after": {"anchor": "x"}}         | output_expires_after.anchor
                    {E, W, F, "output_expires_after": {"anchor": "created_at", "seconds": 1}} | output_expires_after.seconds
                    []                                                         | -
                    {"endpoint": "/v1/responses", "endpoint": "/v1/responses"} | -
                    """)
    void namesWhatIsWrong(String body, String parameter) throws Exception {
        String file = house.teamA().file("line");

        HttpResponse<String> answer =
                house.teamA()
                        .post(
                                "/v1/batches",
                                body.replace("{E", "{\"endpoint\": \"/v1/responses\"")
                                        .replace("W,", "\"completion_window\": \"24h\",")
                                        .replace("W}", "\"completion_window\": \"24h\"}")
                                        .replace(
                                                "F,",
                                                "\"input_file_id\": \"%s\",".formatted(file)));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(json(answer).at("/error/type").asText()).isEqualTo("invalid_request_error");
        assertThat(json(answer).at("/error/param").textValue()).isEqualTo(parameter);
        assertThat(house.wakes).hasValue(0);
    }

    @Test
    void boundsTheMetadata() throws Exception {
        String file = house.teamA().file("line");
        var pairs = new StringBuilder("\"a\": \"%s\"".formatted("x".repeat(512)));
        for (int i = 0; i < 15; i++) {
            pairs.append(", \"%s%d\": \"\"".formatted("n".repeat(62), 10 + i));
        }
        String body =
                "{\"input_file_id\": \"%s\", \"endpoint\": \"/v1/responses\", \"completion_window\": \"24h\", \"metadata\": {%s}}";

        assertThat(house.teamA().post("/v1/batches", body.formatted(file, pairs)).statusCode())
                .isEqualTo(200);
        for (String more :
                List.of(
                        pairs + ", \"one more\": \"\"",
                        "\"%s\": \"\"".formatted("n".repeat(65)),
                        "\"a\": \"%s\"".formatted("x".repeat(513)))) {
            assertThat(house.teamA().post("/v1/batches", body.formatted(file, more)).statusCode())
                    .isEqualTo(400);
        }
    }

    @Test
    void takesOnlyTheCallersOwnBatchFile() throws Exception {
        String foreign = house.teamB().file("line");
        String vision =
                json(house.teamA().upload("a.png", "x", "purpose=vision")).path("id").asText();

        assertThat(house.teamA().batch(foreign).at("/error/message").asText())
                .isEqualTo("No such File object: " + foreign);
        assertThat(house.teamA().batch(vision).at("/error/param").asText())
                .isEqualTo("input_file_id");
        assertThat(house.teamA().batch("../x").at("/error/message").asText())
                .isEqualTo("No such File object: ../x");
    }

    @Test
    void showsABatchToItsTenantAndToAdminsOnly() throws Exception {
        String id = house.teamA().batch(house.teamA().file("line")).path("id").asText();

        HttpResponse<String> foreign = house.teamB().get("/v1/batches/" + id);
        assertThat(foreign.statusCode()).isEqualTo(404);
        assertThat(json(foreign).at("/error/message").asText())
                .isEqualTo("No batch found with id '%s'.".formatted(id));
        assertThat(house.teamB().post("/v1/batches/" + id + "/cancel", "").statusCode())
                .isEqualTo(404);
        assertThat(json(house.teamB().get("/v1/batches")).path("data")).isEmpty();
        var viewer = house.caller("user%3Av", BatchServiceFixture.KEY_B, "proxy_admin_viewer");
        assertThat(viewer.get("/v1/batches/" + id).statusCode()).isEqualTo(200);
        assertThat(viewer.post("/v1/batches/" + id + "/cancel", "").statusCode()).isEqualTo(403);
        assertThat(house.admin().post("/v1/batches/" + id + "/cancel", "").statusCode())
                .isEqualTo(200);
    }

    @Test
    void listsTheNewestFirstByPages() throws Exception {
        String file = house.teamA().file("line");
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ids.addFirst(house.teamA().batch(file).path("id").asText());
        }

        JsonNode first = json(house.teamA().get("/v1/batches?limit=2"));
        assertThat(first.path("data").findValuesAsText("id")).isEqualTo(ids.subList(0, 2));
        assertThat(first.path("has_more").asBoolean()).isTrue();
        JsonNode rest = json(house.teamA().get("/v1/batches?limit=2&after=" + ids.get(1)));
        assertThat(rest.path("data").findValuesAsText("id")).isEqualTo(ids.subList(2, 3));
        assertThat(rest.path("has_more").asBoolean()).isFalse();
        assertThat(house.teamA().get("/v1/batches?limit=101").statusCode()).isEqualTo(400);
    }

    @Test
    void cancelsOnceAndNothingThatHasEnded() throws Exception {
        String id = house.teamA().batch(house.teamA().file("line")).path("id").asText();
        String path = "/v1/batches/" + id + "/cancel";

        JsonNode cancelled = json(house.teamA().post(path, ""));
        assertThat(cancelled.path("status").asText()).isEqualTo("cancelling");
        assertThat(cancelled.path("cancelling_at").asLong()).isPositive();
        assertThat(json(house.teamA().post(path, "")).path("cancelling_at"))
                .isEqualTo(cancelled.path("cancelling_at"));
        assertThat(house.wakes.get()).isGreaterThan(1);
        house.database.sql().execute("UPDATE batches SET status = 'completed'");
        HttpResponse<String> late = house.teamA().post(path, "");
        assertThat(late.statusCode()).isEqualTo(409);
        assertThat(late.body()).contains("Cannot cancel a batch with status 'completed'.");
    }

    @Test
    void showsProgressSpendAndWhenItWillBeDone() throws Exception {
        String id = house.teamA().batch(house.teamA().file("line")).path("id").asText();
        house.database
                .sql()
                .execute(
                        """
                        UPDATE batches SET status = 'in_progress', total = 40, completed = 9,
                            failed = 1, repeated = 2, spent_pico = 1230000000000, input_tokens = 7,
                            cached_tokens = 3, output_tokens = 5, reasoning_tokens = 2,
                            in_progress_at = now() - interval '100 seconds',
                            errors = '{"object": "list", "data": []}'
                        """);

        HttpResponse<String> answer = house.teamA().get("/v1/batches/" + id);

        JsonNode batch = json(answer);
        assertThat(batch.path("request_counts").toString())
                .isEqualTo("{\"total\":40,\"completed\":9,\"failed\":1}");
        assertThat(batch.at("/usage/total_tokens").asInt()).isEqualTo(12);
        assertThat(batch.at("/usage/input_tokens_details/cached_tokens").asInt()).isEqualTo(3);
        assertThat(answer.body()).contains("\"spend\":1.23,");
        assertThat(batch.at("/sluice/repeated_lines").asInt()).isEqualTo(2);
        assertThat(batch.at("/errors/object").asText()).isEqualTo("list");
        long left =
                batch.at("/sluice/estimated_completion_at").asLong()
                        - batch.path("in_progress_at").asLong();
        assertThat(left).isBetween(399L, 430L);
    }
}
