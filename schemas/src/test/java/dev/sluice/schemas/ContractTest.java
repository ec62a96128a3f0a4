package dev.sluice.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;

import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.BatchEvent;
import dev.sluice.schemas.events.BatchPointer;
import dev.sluice.schemas.events.BudgetState;
import dev.sluice.schemas.events.CacheEvent;
import dev.sluice.schemas.events.DecisionEvent;
import dev.sluice.schemas.events.DeploymentState;
import dev.sluice.schemas.events.LatencySketch;
import dev.sluice.schemas.events.MinuteTotal;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The public contract: schemas and the AsyncAPI document say what is written, and do not change so
 * that a reader or an old event breaks. What was released stands under {@code released}; a new
 * version of a record gets files of its own.
 */
class ContractTest {

    private static final JsonMapper JSON = new JsonMapper();
    private static final JsonSchemaFactory SCHEMAS =
            JsonSchemaFactory.getInstance(VersionFlag.V202012);
    private static final String SPEND = "spend-event.v1.schema.json";
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.678901Z");

    @Test
    void schemasAndDocumentSayWhatTheRecordsSay() throws IOException {
        write(Contract.ASYNC_API, Contract.asyncApi());
        for (Map.Entry<String, ObjectNode> schema : Contract.fromRecords().entrySet()) {
            write(schema.getKey(), schema.getValue());
        }
        for (Map.Entry<String, ObjectNode> schema : Contract.fromRecords().entrySet()) {
            assertThat(Contract.file(schema.getKey()))
                    .as("%s is stale; write it by -Dsluice.docs=write", schema.getKey())
                    .isEqualTo(schema.getValue());
        }
        assertThat(Contract.file(Contract.ASYNC_API)).isEqualTo(Contract.asyncApi());
    }

    @Test
    void namesEveryTopicWhoseRecordsHaveAForm() {
        assertThat(Contract.MESSAGES)
                .extracting(Contract.Message::topic)
                .containsExactlyInAnyOrder(
                        Topics.SPEND,
                        Topics.ATTEMPTS,
                        Topics.DEPLOYMENTS,
                        Topics.ACCOUNTS,
                        Topics.BUDGETS,
                        Topics.DECISIONS,
                        Topics.CACHE_EVENTS,
                        Topics.BATCH_LINES,
                        Topics.BATCH_EVENTS);
    }

    @Test
    void nothingThatWasReleasedIsBroken() {
        for (Contract.Message message : Contract.MESSAGES) {
            JsonNode released = Contract.file("released/" + message.schema());

            assertThat(SchemaChange.breaking(released, Contract.file(message.schema())))
                    .as(message.schema())
                    .isEmpty();
        }
    }

    @Test
    void aChangeThatBreaksIsSeenAndOneThatAddsIsNot() {
        assertThat(changed(schema -> properties(schema).remove("model")))
                .contains("/model: removed");
        assertThat(changed(schema -> property(schema, "attempt").put("type", "string")))
                .containsExactly("/attempt: type changed");
        assertThat(changed(schema -> ((ArrayNode) schema.path("required")).add("region")))
                .containsExactly("/region: is now required");
        assertThat(changed(schema -> ((ArrayNode) schema.path("required")).remove(0)))
                .containsExactly("/v: may now be absent");
        assertThat(
                        changed(schema ->
                                ((ArrayNode) property(schema, "status").path("enum")).remove(0)))
                .containsExactly("/status: no longer one of its words is success");
        assertThat(changed(schema -> properties(property(schema, "usage")).remove("image")))
                .containsExactly("/usage/image: removed");
        assertThat(
                        changed(schema ->
                                property(schema, "tags").withObjectProperty("items").removeAll()))
                .containsExactly("/tags/items: type changed");
        assertThat(changed(schema -> properties(schema).putObject("colour").put("type", "string")))
                .isEmpty();
        assertThat(changed(schema -> ((ArrayNode) property(schema, "kind").path("enum")).add("x")))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"spend-event-v1.json", "spend-event-v1-minimal.json"})
    void thePinnedSpendEventsAreValid(String file) throws Exception {
        JsonNode pinned = Contract.file(file);
        byte[] written =
                Topics.SPEND
                        .codec()
                        .encode(Topics.SPEND.codec().decode(JSON.writeValueAsBytes(pinned)));

        valid(SPEND, pinned);
        valid(SPEND, JSON.readTree(written));
    }

    /** A field that the codec writes and the schema does not know would go unnoticed otherwise. */
    @Test
    void theSpendEventsSchemaNamesEveryField() {
        JsonNode schema = Contract.file(SPEND);
        JsonNode full = Contract.file("spend-event-v1.json");

        assertThat(new TreeSet<>(names(full)))
                .isEqualTo(new TreeSet<>(names(schema.path("properties"))));
        for (String nested : List.of("journal", "usage", "units", "cache", "batch")) {
            assertThat(names(full.path(nested)))
                    .containsExactlyInAnyOrderElementsOf(
                            names(schema.path("properties").path(nested).path("properties")));
        }
    }

    @Test
    void whatIsNoSpendEventIsInvalid() {
        for (String change :
                List.of(
                        "{\"v\":2}",
                        "{\"kind\":\"guessed\"}",
                        "{\"attempt\":-1}",
                        "{\"cost_pico\":1.5}",
                        "{\"started_at\":\"2026-05-04T10:11:12Z\"}",
                        "{\"event_id\":\"1\"}",
                        "{\"usage\":{\"input\":1}}")) {
            ObjectNode event = Contract.file("spend-event-v1.json").deepCopy();
            event.setAll((ObjectNode) tree(change));

            assertThat(schema(SPEND).validate(event)).as(change).isNotEmpty();
        }
    }

    @Test
    void everyOtherRecordThatIsWrittenIsValid() throws IOException {
        var sketch = new LatencySketch(Map.of(12, 3L));
        var latency = new DeploymentState.Latency(1.5, 2, 3, 4);
        valid(
                "attempt-delta.v1.schema.json",
                JSON.readTree(
                        Topics.ATTEMPTS
                                .codec()
                                .encode(
                                        new AttemptDelta(
                                                "i",
                                                1,
                                                "d",
                                                NOW,
                                                NOW,
                                                1,
                                                2,
                                                3,
                                                Map.of("e", 1L),
                                                4,
                                                null,
                                                Map.of(10, sketch),
                                                sketch,
                                                sketch,
                                                5,
                                                6,
                                                Map.of("l", 7L),
                                                NOW,
                                                new MinuteTotal(NOW, 8, 9),
                                                1.5))));
        valid(
                "deployment-state.v1.schema.json",
                JSON.readTree(
                        Topics.DEPLOYMENTS
                                .codec()
                                .encode(
                                        new DeploymentState(
                                                "d",
                                                NOW,
                                                Map.of(10, latency),
                                                latency,
                                                latency,
                                                latency,
                                                0.5,
                                                1,
                                                NOW,
                                                null,
                                                new MinuteTotal(NOW, 8, 9),
                                                1.5,
                                                Map.of("l", 7L)))));
        valid(
                "budget-state.v1.schema.json",
                JSON.readTree(
                        Topics.BUDGETS
                                .codec()
                                .encode(
                                        new BudgetState(
                                                "key:a", NOW, null, 1, 2, Map.of("j", 1L), NOW))));
        valid(
                "cache-event.v1.schema.json",
                JSON.readTree(
                        Topics.CACHE_EVENTS
                                .codec()
                                .encode(
                                        new CacheEvent(
                                                "e", NOW, "tag", "nightly", "team:a", "user:u"))));
        valid(
                "batch-pointer.v1.schema.json",
                JSON.readTree(
                        Topics.BATCH_LINES
                                .codec()
                                .encode(new BatchPointer("b", 1, 1, 16, "file-1", 0, 4_096))));
        valid(
                "batch-event.v1.schema.json",
                JSON.readTree(
                        Topics.BATCH_EVENTS
                                .codec()
                                .encode(
                                        new BatchEvent(
                                                "e",
                                                NOW,
                                                "b",
                                                "team:a",
                                                "/v1/embeddings",
                                                "completed",
                                                3,
                                                2,
                                                1,
                                                0,
                                                15L,
                                                "file-2",
                                                null))));
        valid(
                "decision-event.v1.schema.json",
                JSON.readTree(Topics.DECISIONS.codec().encode(decision())));
        valid(
                "account.v1.schema.json",
                JSON.readTree(
                        Topics.ACCOUNTS
                                .codec()
                                .encode(
                                        new Account.Team(
                                                "t1",
                                                2,
                                                null,
                                                "o1",
                                                false,
                                                List.of("m"),
                                                Map.of("q", "r"),
                                                List.of(),
                                                Limits.NONE,
                                                null))));
    }

    @Test
    void aDecisionIsReadAsItWasWritten() throws Exception {
        assertThat(Topics.DECISIONS.codec().decode(Topics.DECISIONS.codec().encode(decision())))
                .isEqualTo(decision());
    }

    private static DecisionEvent decision() {
        return new DecisionEvent(
                "r",
                1,
                NOW,
                "i",
                null,
                "g",
                "adaptive",
                "microseconds",
                true,
                12,
                300,
                0.01,
                false,
                List.of(
                        new DecisionEvent.Considered(
                                "a", null, null, 0, "usable", 1.5, 1, 1_000L, 2, 3),
                        new DecisionEvent.Considered(
                                "b", "rest", NOW, -1, null, null, 0, null, 0, 0)),
                List.of("a"),
                "a",
                List.of(
                        new DecisionEvent.Outcome("a", 1, "failure", "http_500", null, 30),
                        new DecisionEvent.Outcome("a", 2, "success", null, 10L, 20)));
    }

    private static List<String> changed(Consumer<ObjectNode> change) {
        ObjectNode schema = Contract.file(SPEND).deepCopy();
        change.accept(schema);
        return SchemaChange.breaking(Contract.file(SPEND), schema);
    }

    private static ObjectNode properties(JsonNode schema) {
        return (ObjectNode) schema.path("properties");
    }

    private static ObjectNode property(JsonNode schema, String name) {
        return (ObjectNode) schema.path("properties").path(name);
    }

    private static List<String> names(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey).toList();
    }

    private static void valid(String schema, JsonNode record) {
        assertThat(schema(schema).validate(record)).as(schema).isEmpty();
    }

    private static JsonSchema schema(String file) {
        return SCHEMAS.getSchema(Contract.file(file));
    }

    private static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static void write(String name, JsonNode content) throws IOException {
        if ("write".equals(System.getProperty("sluice.docs"))) {
            Path root = Path.of(requireNonNull(System.getProperty("sluice.root")));
            Files.writeString(
                    root.resolve("schemas/src/main/resources/dev/sluice/schemas").resolve(name),
                    content.toPrettyString() + "\n");
        }
    }
}
