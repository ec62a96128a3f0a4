package dev.sluice.spend.accounts;

import static java.util.Objects.requireNonNull;

import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.Table;

import java.util.ArrayList;
import java.util.List;

/** The columns that every kind of account has for its limits. */
public record LimitColumns(
        Field<Long> maxBudget,
        Field<Long> softBudget,
        Field<String> budgetDuration,
        Field<Long> tpm,
        Field<Long> rpm,
        Field<Long> maxParallelRequests,
        Field<JSONB> modelRpm,
        Field<JSONB> modelTpm,
        Field<JSONB> modelBudgets,
        Field<String> budgetId) {

    static LimitColumns of(Table<?> table) {
        return new LimitColumns(
                column(table, "max_budget_pico", Long.class),
                column(table, "soft_budget_pico", Long.class),
                column(table, "budget_duration", String.class),
                column(table, "tpm_limit", Long.class),
                column(table, "rpm_limit", Long.class),
                column(table, "max_parallel_requests", Long.class),
                column(table, "model_rpm_limit", JSONB.class),
                column(table, "model_tpm_limit", JSONB.class),
                column(table, "model_max_budget", JSONB.class),
                column(table, "budget_id", String.class));
    }

    /** The table's own column, not a converted one, which would not be equal to it. */
    @SuppressWarnings("unchecked") // the type is compared
    static <T> Field<T> column(Table<?> table, String name, Class<T> type) {
        Field<?> column = requireNonNull(table.field(name), name);
        if (column.getType() != type) {
            throw new IllegalArgumentException(name + " is not of " + type);
        }
        return (Field<T>) column;
    }

    /** The limits as management calls name them. */
    List<Attribute<?>> attributes() {
        JSONB none = JSONB.valueOf("{}");
        List<Attribute<?>> attributes = new ArrayList<>();
        attributes.add(Attribute.optional("max_budget", maxBudget, Shapes.DOLLARS));
        attributes.add(Attribute.optional("soft_budget", softBudget, Shapes.DOLLARS));
        attributes.add(Attribute.optional("budget_duration", budgetDuration, Shapes.DURATION));
        attributes.add(Attribute.optional("tpm_limit", tpm, Shapes.COUNT));
        attributes.add(Attribute.optional("rpm_limit", rpm, Shapes.COUNT));
        attributes.add(
                Attribute.optional("max_parallel_requests", maxParallelRequests, Shapes.COUNT));
        attributes.add(
                Attribute.required("model_rpm_limit", modelRpm, Shapes.COUNTS_BY_NAME, none));
        attributes.add(
                Attribute.required("model_tpm_limit", modelTpm, Shapes.COUNTS_BY_NAME, none));
        attributes.add(
                Attribute.required("model_max_budget", modelBudgets, Shapes.MODEL_BUDGETS, none));
        return attributes;
    }
}
