package dev.sluice.spend.accounts;

import com.fasterxml.jackson.databind.JsonNode;

import org.jooq.Field;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * A field of an account that management calls may name.
 *
 * @param name as LiteLLM calls it
 * @param cleared what is kept when somebody sets it to null; itself null where the column may be
 */
public record Attribute<T>(String name, Field<T> column, Shape<T> shape, @Nullable T cleared) {

    static <T> Attribute<T> optional(String name, Field<T> column, Shape<T> shape) {
        return new Attribute<>(name, column, shape, null);
    }

    static <T> Attribute<T> required(String name, Field<T> column, Shape<T> shape, T cleared) {
        return new Attribute<>(name, column, shape, cleared);
    }

    /** Puts what a body says into the changes; false if it does not fit. */
    public boolean read(JsonNode value, Changes changes) {
        if (value.isNull()) {
            changes.set(column, cleared);
            return true;
        }
        Optional<T> read = shape.read(value);
        read.ifPresent(kept -> changes.set(column, kept));
        return read.isPresent();
    }

    /** What is shown of a row. */
    public JsonNode show(Record row) {
        T value = row.get(column);
        return value == null ? Json.NODES.nullNode() : shape.show(value);
    }
}
