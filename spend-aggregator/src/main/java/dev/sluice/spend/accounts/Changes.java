package dev.sluice.spend.accounts;

import org.jooq.Field;
import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;

/** Which columns of an account get which values; no other column is touched. */
public final class Changes {

    private final Map<Field<?>, @Nullable Object> values = new LinkedHashMap<>();

    /** Sets a column. */
    public <T> Changes set(Field<T> column, @Nullable T value) {
        values.put(column, value);
        return this;
    }

    /** Sets a column that nothing has set yet. */
    public <T> void setIfAbsent(Field<T> column, @Nullable T value) {
        if (!has(column)) {
            set(column, value);
        }
    }

    /** Whether a column is set, be it to null. */
    public boolean has(Field<?> column) {
        return values.containsKey(column);
    }

    /** What a column is set to; null if it is not. */
    public <T> @Nullable T get(Field<T> column) {
        return column.getType().cast(values.get(column));
    }

    /** Takes a column out. */
    public void remove(Field<?> column) {
        values.remove(column);
    }

    /** Whether nothing is set. */
    public boolean isEmpty() {
        return values.isEmpty();
    }

    Map<Field<?>, @Nullable Object> values() {
        return values;
    }
}
