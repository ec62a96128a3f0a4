package dev.sluice.spend.accounts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What a change has changed. Of metadata only the names, for people keep credentials in them.
 *
 * @param before the old values of what is different
 * @param after the new ones
 */
record AuditDiff(ObjectNode before, ObjectNode after) {

    /** What is in every row, and says nothing of the change. */
    private static final Set<String> STAMPS =
            Set.of("version", "created_at", "created_by", "updated_at", "updated_by");

    static AuditDiff between(AccountKind kind, @Nullable Record before, @Nullable Record after) {
        var diff = new AuditDiff(Json.object(), Json.object());
        for (Field<?> column : kind.table().fields()) {
            if (!STAMPS.contains(column.getName()) && differs(column, before, after)) {
                put(diff.before, column, shown(kind, column, before));
                put(diff.after, column, shown(kind, column, after));
            }
        }
        return diff;
    }

    private static boolean differs(
            Field<?> column, @Nullable Record before, @Nullable Record after) {
        return before == null
                || after == null
                || !Objects.deepEquals(before.get(column), after.get(column));
    }

    private static void put(ObjectNode side, Field<?> column, @Nullable JsonNode value) {
        if (value != null) {
            side.set(column.getName(), value);
        }
    }

    private static @Nullable JsonNode shown(
            AccountKind kind, Field<?> column, @Nullable Record row) {
        if (row == null || row.get(column) == null) {
            return null;
        }
        for (Attribute<?> attribute : kind.attributes()) {
            if (attribute.column().getName().equals(column.getName())) {
                JsonNode value = attribute.show(row);
                return attribute.name().equals("metadata") ? names(value) : value;
            }
        }
        return Json.NODES.textNode(String.valueOf(row.get(column)));
    }

    private static JsonNode names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return Json.texts(names);
    }
}
