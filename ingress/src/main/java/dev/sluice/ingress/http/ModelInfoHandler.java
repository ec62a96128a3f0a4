package dev.sluice.ingress.http;

import com.fasterxml.jackson.core.JsonGenerator;

import dev.sluice.ingress.auth.Authentication;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.auth.ModelAccess;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.auth.RouteTable;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.events.SpendEventIds;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * {@code GET /model/info} and {@code /model_group/info}: the deployments and groups that the caller
 * may use. Where they are and how they are paid for stays here: no address, no key, no header.
 */
final class ModelInfoHandler {

    private static final Route MODELS = RouteTable.of("GET", "/model/info");
    private static final Route GROUPS = RouteTable.of("GET", "/model_group/info");
    private static final String OPENAI = "openai";

    private final Gate gate;
    private final ModelAccess access;
    private final List<ModelEntry> entries;

    ModelInfoHandler(Gate gate, ModelAccess access, List<ModelEntry> entries) {
        this.gate = gate;
        this.access = access;
        this.entries = List.copyOf(entries);
    }

    /** {@code GET /model/info}, of one deployment by {@code ?litellm_model_id=}. */
    void models(ServerRequest request, ServerResponse response) {
        answer(
                MODELS,
                request,
                response,
                (generator, usable) -> {
                    String id = request.query().first("litellm_model_id").orElse(null);
                    for (ModelEntry entry : usable) {
                        if (id == null || id.equals(entry.deploymentId())) {
                            deployment(generator, entry);
                        }
                    }
                });
    }

    /** {@code GET /model_group/info}, of one group by {@code ?model_group=}. */
    void groups(ServerRequest request, ServerResponse response) {
        answer(
                GROUPS,
                request,
                response,
                (generator, usable) -> {
                    String name = request.query().first("model_group").orElse(null);
                    Map<String, List<ModelEntry>> groups =
                            usable.stream()
                                    .collect(
                                            Collectors.groupingBy(
                                                    ModelEntry::modelName,
                                                    LinkedHashMap::new,
                                                    Collectors.toList()));
                    for (Map.Entry<String, List<ModelEntry>> group : groups.entrySet()) {
                        if (name == null || name.equals(group.getKey())) {
                            group(generator, group.getKey(), group.getValue());
                        }
                    }
                });
    }

    private void answer(Route route, ServerRequest request, ServerResponse response, Rows rows) {
        response.header(
                Answers.CALL_ID, SpendEventIds.newRequestId(System.currentTimeMillis()).toString());
        switch (gate.admit(route, request)) {
            case Authentication.Refused refused -> Refusals.unread(request, response, refused);
            case Authentication.Accepted(var caller) -> {
                response.header(Answers.JSON);
                response.send(
                        JsonAnswer.of(generator -> {
                            generator.writeStartObject();
                            generator.writeArrayFieldStart("data");
                            rows.write(generator, usable(caller));
                            generator.writeEndArray();
                            generator.writeEndObject();
                        }));
            }
        }
    }

    private List<ModelEntry> usable(Caller caller) {
        return entries.stream().filter(entry -> access.allows(caller, entry.modelName())).toList();
    }

    private static void deployment(JsonGenerator generator, ModelEntry entry) throws IOException {
        generator.writeStartObject();
        generator.writeStringField("model_name", entry.modelName());
        generator.writeObjectFieldStart("litellm_params");
        generator.writeStringField("model", entry.model());
        write(generator, "custom_llm_provider", entry.customLlmProvider());
        write(generator, "timeout", entry.timeout());
        write(generator, "stream_timeout", entry.streamTimeout());
        write(generator, "rpm", entry.rpm());
        write(generator, "tpm", entry.tpm());
        write(generator, "region_name", entry.region());
        generator.writeEndObject();
        generator.writeObjectFieldStart("model_info");
        generator.writeStringField("id", entry.deploymentId());
        generator.writeBooleanField("db_model", false);
        write(generator, "base_model", entry.baseModel());
        prices(generator, entry);
        generator.writeEndObject();
        generator.writeEndObject();
    }

    private static void group(JsonGenerator generator, String name, List<ModelEntry> group)
            throws IOException {
        Set<String> providers = new LinkedHashSet<>();
        group.forEach(entry -> providers.add(provider(entry)));
        generator.writeStartObject();
        generator.writeStringField("model_group", name);
        generator.writeArrayFieldStart("providers");
        for (String provider : providers) {
            generator.writeString(provider);
        }
        generator.writeEndArray();
        prices(generator, group.getFirst());
        write(generator, "rpm", sum(group, ModelEntry::rpm));
        write(generator, "tpm", sum(group, ModelEntry::tpm));
        generator.writeEndObject();
    }

    private static String provider(ModelEntry entry) {
        String provider = entry.customLlmProvider();
        int slash = entry.model().indexOf('/');
        return provider != null ? provider : slash < 0 ? OPENAI : entry.model().substring(0, slash);
    }

    /** Null where no deployment says a number. */
    private static @Nullable Long sum(
            List<ModelEntry> group, Function<ModelEntry, @Nullable Long> number) {
        Long sum = null;
        for (ModelEntry entry : group) {
            Long one = number.apply(entry);
            if (one != null) {
                sum = sum == null ? one : Long.valueOf(sum + one);
            }
        }
        return sum;
    }

    private static void prices(JsonGenerator generator, ModelEntry entry) throws IOException {
        write(generator, "input_cost_per_token", entry.inputCostPerToken());
        write(generator, "output_cost_per_token", entry.outputCostPerToken());
    }

    private static void write(JsonGenerator generator, String name, @Nullable String value)
            throws IOException {
        if (value != null) {
            generator.writeStringField(name, value);
        }
    }

    private static void write(JsonGenerator generator, String name, @Nullable Long value)
            throws IOException {
        if (value != null) {
            generator.writeNumberField(name, value);
        }
    }

    private static void write(JsonGenerator generator, String name, @Nullable BigDecimal value)
            throws IOException {
        if (value != null) {
            generator.writeNumberField(name, value);
        }
    }

    private static void write(JsonGenerator generator, String name, @Nullable Duration value)
            throws IOException {
        if (value != null) {
            generator.writeNumberField(name, value.toMillis() / 1000.0);
        }
    }

    private interface Rows {
        void write(JsonGenerator generator, List<ModelEntry> usable) throws IOException;
    }
}
