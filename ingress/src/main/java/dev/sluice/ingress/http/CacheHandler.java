package dev.sluice.ingress.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.ingress.auth.Authentication;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.auth.RouteTable;
import dev.sluice.ingress.cache.AnswerKey;
import dev.sluice.ingress.cache.CacheTiers;
import dev.sluice.ingress.cache.Invalidations.Reach;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.schemas.events.CacheEvent.Scope;

import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * LiteLLM's routes of the cache: whether it is well, and what of it is no longer to be given. Redis
 * itself is never emptied, for others may keep something there.
 */
final class CacheHandler {

    static final Route PING = RouteTable.of("GET", "/cache/ping");
    static final Route INFORMATION = RouteTable.of("GET", "/cache/redis/info");
    static final Route DELETE = RouteTable.of("POST", "/cache/delete");
    static final Route FLUSH = RouteTable.of("POST", "/cache/flushall");

    /** So many things can be declared invalid by one request. */
    private static final int MOST_VALUES = 1000;

    private static final int LONGEST_VALUE = 1000;
    private static final byte[] SUCCESS =
            JsonAnswer.of(json -> {
                json.writeStartObject();
                json.writeStringField("status", "success");
                json.writeEndObject();
            });
    private static final ApiError OFF =
            ApiError.of(
                    503,
                    "service_unavailable_error",
                    "Service Unhealthy (the cache is not switched on)");
    private static final ApiError NO_REDIS =
            ApiError.invalidRequest("Answers are not kept in Redis.", null);
    private static final ApiError REDIS_AWAY =
            ApiError.of(
                    503, "service_unavailable_error", "Service Unhealthy (Redis does not answer)");
    private static final ApiError HERE_ONLY =
            ApiError.of(
                    503,
                    "service_unavailable_error",
                    "It holds at this gateway alone: Kafka did not take it in time, so others do"
                            + " not know of it. Send it again.");

    private final Gate gate;
    private final BodyReader bodies;
    private final CacheTiers cache;

    CacheHandler(Gate gate, BodyReader bodies, CacheTiers cache) {
        this.gate = gate;
        this.bodies = bodies;
        this.cache = cache;
    }

    /** Whether the cache is well; Redis is written to and read for that. */
    void ping(ServerRequest request, ServerResponse response) {
        if (admitted(PING, request, response) == null) {
            return;
        }
        if (!cache.isEnabled()) {
            Answers.send(response, OFF);
        } else if (cache.isShared() && !cache.check()) {
            Answers.send(response, REDIS_AWAY);
        } else {
            send(response, JsonAnswer.of(this::healthy));
        }
    }

    private void healthy(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("status", "healthy");
        json.writeStringField("cache_type", cache.type());
        if (cache.isShared()) {
            json.writeBooleanField("ping_response", true);
            json.writeStringField("set_cache_response", "success");
        } else {
            json.writeNullField("ping_response");
            json.writeNullField("set_cache_response");
        }
        // A text that holds JSON, as LiteLLM has it.
        json.writeStringField(
                "litellm_cache_params", new String(JsonAnswer.of(this::settings), UTF_8));
        json.writeFieldName("health_check_cache_params");
        if (cache.isShared()) {
            json.writeStartObject();
            json.writeStringField("servers", cache.servers());
            json.writeStringField("namespace", cache.settings().prefix());
            json.writeEndObject();
        } else {
            json.writeNull();
        }
        json.writeEndObject();
    }

    private void settings(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", cache.type());
        json.writeStringField("namespace", cache.settings().params().namespace());
        json.writeStringField(
                "mode", cache.settings().params().mode().name().toLowerCase(Locale.ROOT));
        json.writeNumberField("ttl", cache.settings().ttl().toSeconds());
        json.writeNumberField("max_bytes", cache.settings().maxBytes());
        json.writeFieldName("supported_call_types");
        List<String> types = cache.settings().params().supportedCallTypes();
        if (types == null) {
            json.writeNull();
        } else {
            json.writeStartArray();
            for (String type : types) {
                json.writeString(type);
            }
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    /** What Redis says of itself. */
    void information(ServerRequest request, ServerResponse response) {
        if (admitted(INFORMATION, request, response) == null) {
            return;
        }
        if (!cache.isShared()) {
            Answers.send(response, NO_REDIS);
            return;
        }
        Map<String, Map<String, String>> all = cache.information();
        if (all.isEmpty()) {
            Answers.send(response, REDIS_AWAY);
            return;
        }
        send(
                response,
                JsonAnswer.of(json -> {
                    json.writeStartObject();
                    json.writeNumberField("num_clients", clients(all));
                    json.writeFieldName("info");
                    Map<String, String> only = all.get("");
                    if (only != null) {
                        write(json, only);
                    } else {
                        json.writeStartObject();
                        for (Map.Entry<String, Map<String, String>> server : all.entrySet()) {
                            json.writeFieldName(server.getKey());
                            write(json, server.getValue());
                        }
                        json.writeEndObject();
                    }
                    json.writeEndObject();
                }));
    }

    private static long clients(Map<String, Map<String, String>> all) {
        return all.values().stream()
                .map(server -> server.getOrDefault("connected_clients", "0"))
                .filter(text -> text.matches("[0-9]{1,9}"))
                .mapToLong(Long::parseLong)
                .sum();
    }

    private static void write(JsonGenerator json, Map<String, String> facts) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, String> fact : facts.entrySet()) {
            json.writeStringField(fact.getKey(), fact.getValue());
        }
        json.writeEndObject();
    }

    /** Declares all answers invalid. */
    void flush(ServerRequest request, ServerResponse response) {
        Caller caller = admitted(FLUSH, request, response);
        if (caller == null) {
            return;
        }
        if (request.content().hasEntity()) {
            // Nothing in it says anything.
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        declare(response, caller, Map.of(Scope.ALL, List.of()));
    }

    /** Declares some answers invalid. */
    void delete(ServerRequest request, ServerResponse response) {
        Caller caller = admitted(DELETE, request, response);
        if (caller == null) {
            return;
        }
        switch (bodies.read(request, response)) {
            case RequestBody.Refused(var error, _) -> {
                if (request.content().hasEntity()) {
                    response.header(HeaderValues.CONNECTION_CLOSE);
                }
                Answers.send(response, error);
            }
            case RequestBody.Read body -> {
                try {
                    switch (Wanted.of(body)) {
                        case Wanted.Wrong(var error) -> Answers.send(response, error);
                        case Wanted.Known(var values) -> declare(response, caller, values);
                    }
                } finally {
                    bodies.release(body);
                }
            }
        }
    }

    private void declare(ServerResponse response, Caller caller, Map<Scope, List<String>> values) {
        if (!cache.isEnabled()) {
            Answers.send(response, OFF);
            return;
        }
        String user = caller.userId();
        String by = user == null ? "key:" + caller.keyHash() : "user:" + user;
        if (cache.declare(values, by) == Reach.EVERYWHERE) {
            send(response, SUCCESS);
        } else {
            Answers.send(response, HERE_ONLY);
        }
    }

    private @Nullable Caller admitted(Route route, ServerRequest request, ServerResponse response) {
        return switch (gate.admit(route, request)) {
            case Authentication.Refused refused -> {
                Refusals.unread(request, response, refused);
                yield null;
            }
            case Authentication.Accepted(var caller) -> caller;
        };
    }

    private static void send(ServerResponse response, byte[] json) {
        response.status(Status.OK_200);
        response.header(Answers.JSON);
        response.send(json);
    }

    /** What a body wants to be declared invalid. */
    private sealed interface Wanted {

        record Known(Map<Scope, List<String>> values) implements Wanted {}

        record Wrong(ApiError error) implements Wanted {}

        Map<String, Scope> LISTS =
                Map.of(
                        "keys",
                        Scope.KEY,
                        "models",
                        Scope.MODEL,
                        "namespaces",
                        Scope.NAMESPACE,
                        "tags",
                        Scope.TAG);

        static Wanted of(RequestBody.Read body) {
            ObjectNode tree = JsonTrees.object(body.bytes(), 0, body.length()).orElse(null);
            if (tree == null) {
                return wrong("The body must be a JSON object.", null);
            }
            Map<Scope, List<String>> values = new EnumMap<>(Scope.class);
            int count = 0;
            for (Map.Entry<String, JsonNode> field : tree.properties()) {
                String name = field.getKey();
                Scope scope = LISTS.get(name);
                if (scope == null) {
                    return wrong("Only keys, models, namespaces and tags can be deleted.", name);
                }
                List<String> texts = texts(field.getValue());
                if (texts == null) {
                    return wrong("A list of texts is expected.", name);
                }
                if (scope == Scope.KEY && texts.stream().anyMatch(Wanted::isNoKey)) {
                    return wrong("A key has 64 hex digits, as x-litellm-cache-key says it.", name);
                }
                count += texts.size();
                values.put(scope, texts);
            }
            if (count == 0) {
                return wrong("There is nothing to delete: name keys, for example.", "keys");
            }
            if (count > MOST_VALUES) {
                return wrong("At most %d can be deleted at once.".formatted(MOST_VALUES), null);
            }
            return new Known(values);
        }

        private static Wrong wrong(String message, @Nullable String param) {
            return new Wrong(ApiError.invalidRequest(message, param));
        }

        private static boolean isNoKey(String text) {
            return AnswerKey.ofText(text) == null;
        }

        private static @Nullable List<String> texts(JsonNode list) {
            if (!list.isArray()) {
                return null;
            }
            List<String> texts = new ArrayList<>(list.size());
            for (JsonNode text : list) {
                if (!text.isTextual() || text.asText().length() > LONGEST_VALUE) {
                    return null;
                }
                texts.add(text.asText());
            }
            return texts;
        }
    }
}
