package dev.sluice.schemas;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.events.AttemptDelta;
import dev.sluice.schemas.events.BatchEvent;
import dev.sluice.schemas.events.BatchPointer;
import dev.sluice.schemas.events.BudgetState;
import dev.sluice.schemas.events.CacheEvent;
import dev.sluice.schemas.events.DecisionEvent;
import dev.sluice.schemas.events.DeploymentState;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** The files of the public contract: what they are called and what has to stand in them. */
final class Contract {

    static final String ASYNC_API = "asyncapi.json";

    private static final JsonMapper JSON = new JsonMapper();

    /** A topic's records: the schema's file, and the record where the schema comes from it. */
    record Message(Topic<?> topic, String schema, String key, String summary) {}

    static final List<Message> MESSAGES =
            List.of(
                    new Message(
                            Topics.SPEND,
                            "spend-event.v1.schema.json",
                            "request id",
                            "What attempts cost"),
                    new Message(
                            Topics.ATTEMPTS,
                            "attempt-delta.v1.schema.json",
                            "deployment id",
                            "What each ingress saw of each deployment"),
                    new Message(
                            Topics.DEPLOYMENTS,
                            "deployment-state.v1.schema.json",
                            "deployment id",
                            "The newest state of each deployment"),
                    new Message(
                            Topics.ACCOUNTS,
                            "account.v1.schema.json",
                            "kind and id of the account",
                            "The newest version of every account, signed"),
                    new Message(
                            Topics.BUDGETS,
                            "budget-state.v1.schema.json",
                            "account",
                            "What each account has spent in its budget period"),
                    new Message(
                            Topics.DECISIONS,
                            "decision-event.v1.schema.json",
                            "request id",
                            "How some calls were routed, and what came of it"),
                    new Message(
                            Topics.CACHE_EVENTS,
                            "cache-event.v1.schema.json",
                            "scope and value",
                            "What of the kept answers was declared invalid"),
                    new Message(
                            Topics.BATCH_LINES,
                            "batch-pointer.v1.schema.json",
                            "portion",
                            "Lines of batches that may be called now"),
                    new Message(
                            Topics.BATCH_EVENTS,
                            "batch-event.v1.schema.json",
                            "batch",
                            "What becomes of batches"));

    private Contract() {}

    /** The schemas that come from records; the spend event's is written by hand. */
    static Map<String, ObjectNode> fromRecords() {
        return Map.of(
                "attempt-delta.v1.schema.json",
                RecordSchema.of(AttemptDelta.class, "attempt-delta:v1", 1),
                "deployment-state.v1.schema.json",
                RecordSchema.of(DeploymentState.class, "deployment-state:v1", 1),
                "account.v1.schema.json",
                RecordSchema.of(Account.class, "account:v1", 1),
                "budget-state.v1.schema.json",
                RecordSchema.of(BudgetState.class, "budget-state:v1", 1),
                "decision-event.v1.schema.json",
                RecordSchema.of(DecisionEvent.class, "decision-event:v1", 1),
                "cache-event.v1.schema.json",
                RecordSchema.of(CacheEvent.class, "cache-event:v1", 1),
                "batch-pointer.v1.schema.json",
                RecordSchema.of(BatchPointer.class, "batch-pointer:v1", 1),
                "batch-event.v1.schema.json",
                RecordSchema.of(BatchEvent.class, "batch-event:v1", 1));
    }

    /** The AsyncAPI document of all topics. */
    static ObjectNode asyncApi() {
        ObjectNode document = JSON.createObjectNode().put("asyncapi", "3.0.0");
        document.putObject("info")
                .put("title", "Sluice")
                .put("version", "1")
                .put(
                        "description",
                        "The topics of Sluice. Inside a version fields are only added. Records"
                                + " arrive at least once: deduplicate spend events by event_id.");
        document.put("defaultContentType", "application/json");
        ObjectNode channels = document.putObject("channels");
        ObjectNode operations = document.putObject("operations");
        for (Message message : MESSAGES) {
            String name = message.topic().name();
            ObjectNode channel =
                    channels.putObject(name)
                            .put("address", name)
                            .put("description", message.summary());
            ObjectNode kafka = channel.putObject("bindings").putObject("kafka");
            kafka.put("topic", name).put("partitions", message.topic().partitions());
            String id = message.schema().replace(".schema.json", "");
            ObjectNode stated = channel.putObject("messages").putObject(id);
            stated.putObject("payload").put("$ref", "./" + message.schema());
            stated.putObject("bindings")
                    .putObject("kafka")
                    .putObject("key")
                    .put("type", "string")
                    .put("description", message.key());
            operations
                    .putObject("read." + name)
                    .put("action", "receive")
                    .putObject("channel")
                    .put("$ref", "#/channels/" + name);
        }
        return document;
    }

    static JsonNode file(String name) {
        try (InputStream file = Contract.class.getResourceAsStream(name)) {
            return JSON.readTree(requireNonNull(file, name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
