package dev.sluice.spend.management;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.spend.accounts.AccountKind;
import dev.sluice.spend.accounts.Attribute;
import dev.sluice.spend.accounts.Changes;
import dev.sluice.spend.accounts.Json;
import dev.sluice.spend.accounts.Shape;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What a call says in its body. What nobody has asked it for is named in {@link #warnings}: nothing
 * that a caller sends is silently ignored.
 */
final class Body {

    /** LiteLLM's fields that are known, but that nothing here enforces yet. */
    private static final Set<String> NOT_ENFORCED =
            Set.of(
                    "access_group_ids",
                    "agent_id",
                    "allow_team_guardrail_config",
                    "allowed_passthrough_routes",
                    "allowed_vector_store_indexes",
                    "auto_rotate",
                    "budget_limits",
                    "budget_reset_at",
                    "config",
                    "disable_global_guardrails",
                    "enforced_params",
                    "grace_period",
                    "guardrails",
                    "invite_user",
                    "model_id",
                    "object_permission",
                    "organizations",
                    "permissions",
                    "policies",
                    "prompts",
                    "router_settings",
                    "rotation_interval",
                    "rpm_limit_type",
                    "secret_manager_settings",
                    "send_invite_email",
                    "soft_budget",
                    "temp_budget_expiry",
                    "temp_budget_increase",
                    "tpm_limit_type");

    private final ObjectNode json;
    private final Set<String> taken = new HashSet<>();

    private Body(ObjectNode json) {
        this.json = json;
    }

    /** A body of a call; no bytes are an empty one. */
    static Body of(byte[] bytes) {
        if (bytes.length == 0) {
            return new Body(Json.object());
        }
        JsonNode node =
                Json.read(bytes)
                        .orElseThrow(() ->
                                Refused.badRequest(
                                        "The body is not valid JSON, or has a name twice.", null));
        if (!(node instanceof ObjectNode object)) {
            throw Refused.badRequest("The body is not a JSON object.", null);
        }
        if (!Json.isStorable(object)) {
            throw Refused.badRequest(
                    "The body has a text with NUL or half a surrogate pair, or an extreme number.",
                    null);
        }
        return new Body(object);
    }

    /** A body as the config would write it. */
    static Body of(Map<String, Object> values) {
        return new Body((ObjectNode) tree(values));
    }

    /** Whether it names something, be it as null. */
    boolean has(String name) {
        return json.has(name);
    }

    /** What is named; null if it is not, or is null. */
    <T> @Nullable T optional(String name, Shape<T> shape) {
        taken.add(name);
        JsonNode value = json.get(name);
        return value == null || value.isNull() ? null : fitting(name, value, shape);
    }

    /** What must be named. */
    <T> T required(String name, Shape<T> shape) {
        T value = optional(name, shape);
        if (value == null) {
            throw Refused.badRequest("%s is missing.".formatted(name), name);
        }
        return value;
    }

    /** A part of it, an object. */
    Body object(String name) {
        taken.add(name);
        if (json.get(name) instanceof ObjectNode object) {
            return new Body(object);
        }
        throw Refused.badRequest("%s is not an object.".formatted(name), name);
    }

    /** Its parts in an array of objects; empty if it is not named. */
    List<Body> objects(String name, int most) {
        taken.add(name);
        JsonNode value = json.get(name);
        List<Body> bodies = new ArrayList<>();
        if (value == null || value.isNull()) {
            return bodies;
        }
        if (!value.isArray() || value.size() > most) {
            throw Refused.badRequest(
                    "%s is not a list of at most %d objects.".formatted(name, most), name);
        }
        for (JsonNode element : value) {
            if (!(element instanceof ObjectNode object)) {
                throw Refused.badRequest("%s is not a list of objects.".formatted(name), name);
            }
            bodies.add(new Body(object));
        }
        return bodies;
    }

    /** Whether it is an array. */
    boolean isArray(String name) {
        return json.path(name).isArray();
    }

    /** What it says of an account's fields. */
    Changes changes(AccountKind kind) {
        return changes(kind, _ -> true);
    }

    /** What it says of some fields of an account. */
    Changes changes(AccountKind kind, Predicate<String> named) {
        var changes = new Changes();
        for (Attribute<?> attribute : kind.attributes()) {
            JsonNode value = json.get(attribute.name());
            if (value != null && named.test(attribute.name())) {
                taken.add(attribute.name());
                if (!attribute.read(value, changes)) {
                    throw unfit(attribute.name(), attribute.shape());
                }
            }
        }
        return changes;
    }

    /** Adds what it does not name. */
    void addAbsent(Body defaults) {
        defaults.json
                .properties()
                .forEach(field -> {
                    if (!json.has(field.getKey())) {
                        json.set(field.getKey(), field.getValue());
                    }
                });
    }

    /** The names in it. */
    Set<String> names() {
        Set<String> names = new HashSet<>();
        json.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** What it says without effect. */
    ArrayNode warnings() {
        ArrayNode warnings = Json.NODES.arrayNode();
        for (var field : json.properties()) {
            String name = field.getKey();
            boolean says = !field.getValue().isNull();
            if (NOT_ENFORCED.contains(name) && says) {
                warnings.add("%s is understood but not enforced".formatted(name));
            } else if (!taken.contains(name) && !NOT_ENFORCED.contains(name)) {
                warnings.add("%s is not known".formatted(name));
            }
        }
        return warnings;
    }

    private static <T> T fitting(String name, JsonNode value, Shape<T> shape) {
        return shape.read(value).orElseThrow(() -> unfit(name, shape));
    }

    private static Refused unfit(String name, Shape<?> shape) {
        return Refused.badRequest("%s is not %s.".formatted(name, shape.expectation()), name);
    }

    private static JsonNode tree(Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                ObjectNode object = Json.object();
                map.forEach((name, one) -> object.set(String.valueOf(name), tree(one)));
                yield object;
            }
            case List<?> list -> {
                ArrayNode array = Json.NODES.arrayNode();
                list.forEach(one -> array.add(tree(one)));
                yield array;
            }
            case Boolean flag -> Json.NODES.booleanNode(flag);
            case Integer number -> Json.NODES.numberNode(number);
            case Long number -> Json.NODES.numberNode(number);
            case BigDecimal number -> Json.NODES.numberNode(number);
            case Number number -> Json.NODES.numberNode(new BigDecimal(number.toString()));
            default -> Json.NODES.textNode(value.toString());
        };
    }
}
