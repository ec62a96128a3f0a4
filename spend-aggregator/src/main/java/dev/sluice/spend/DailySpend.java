package dev.sluice.spend;

import static dev.sluice.spend.db.Tables.DAILY_USER_SPEND;

import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.condition;
import static org.jooq.impl.DSL.count;
import static org.jooq.impl.DSL.currentInstant;
import static org.jooq.impl.DSL.excluded;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.sum;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.spend.db.tables.SpendEvents;

import org.jooq.CommonTableExpression;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.ResultQuery;
import org.jooq.TableField;
import org.jooq.impl.SQLDataType;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** What was spent on a day, by user and everything else that a bill is split by. */
final class DailySpend {

    private static final List<TableField<?, ?>> KEY =
            List.of(
                    DAILY_USER_SPEND.USER_ID,
                    DAILY_USER_SPEND.DATE,
                    DAILY_USER_SPEND.API_KEY,
                    DAILY_USER_SPEND.MODEL,
                    DAILY_USER_SPEND.MODEL_GROUP,
                    DAILY_USER_SPEND.PROVIDER,
                    DAILY_USER_SPEND.ENDPOINT);

    private static final List<TableField<?, BigInteger>> SUMS =
            List.of(
                    DAILY_USER_SPEND.PROMPT_TOKENS,
                    DAILY_USER_SPEND.COMPLETION_TOKENS,
                    DAILY_USER_SPEND.CACHE_READ_INPUT_TOKENS,
                    DAILY_USER_SPEND.CACHE_CREATION_INPUT_TOKENS,
                    DAILY_USER_SPEND.SPEND_PICO);

    private static final List<TableField<?, Long>> COUNTS =
            List.of(
                    DAILY_USER_SPEND.API_REQUESTS,
                    DAILY_USER_SPEND.SUCCESSFUL_REQUESTS,
                    DAILY_USER_SPEND.FAILED_REQUESTS);

    private DailySpend() {}

    /**
     * A statement that adds events to their days: one row a key, in the order of the keys, so that
     * two bookers lock rows in the same order.
     *
     * @param accepted the rows that the ledger took; it has the ledger's columns
     */
    static ResultQuery<?> add(DSLContext transaction, CommonTableExpression<?> accepted) {
        SpendEvents event = SpendEvents.SPEND_EVENTS.as(accepted.getName());
        List<Field<?>> key = key(event);
        return transaction
                .insertInto(DAILY_USER_SPEND)
                .columns(columns())
                .select(
                        transaction
                                .select(key)
                                .select(sums(event))
                                .select(counts(event))
                                .from(accepted)
                                .groupBy(key)
                                .orderBy(key))
                .onConflict(KEY)
                .doUpdate()
                .set(additions())
                .returning(DAILY_USER_SPEND.DATE);
    }

    private static List<Field<?>> columns() {
        return Stream.of(KEY, SUMS, COUNTS).<Field<?>>flatMap(List::stream).toList();
    }

    private static List<Field<?>> key(SpendEvents event) {
        return List.of(
                orEmpty(event.USER_ID),
                field("({0} at time zone 'UTC')::date", SQLDataType.LOCALDATE, event.STARTED_AT),
                event.KEY_HASH,
                event.MODEL,
                event.MODEL_GROUP,
                orEmpty(event.PROVIDER),
                event.CALL_TYPE);
    }

    private static List<Field<BigDecimal>> sums(SpendEvents event) {
        return List.of(
                sum(
                        event.INPUT_TOKENS
                                .plus(event.CACHED_READ_TOKENS)
                                .plus(event.CACHE_WRITE_5M_TOKENS)
                                .plus(event.CACHE_WRITE_1H_TOKENS)
                                .plus(event.AUDIO_INPUT_TOKENS)
                                .plus(event.IMAGE_TOKENS)),
                sum(
                        event.OUTPUT_TOKENS
                                .plus(event.REASONING_TOKENS)
                                .plus(event.AUDIO_OUTPUT_TOKENS)),
                sum(event.CACHED_READ_TOKENS),
                sum(event.CACHE_WRITE_5M_TOKENS.plus(event.CACHE_WRITE_1H_TOKENS)),
                sum(event.COST_PICO));
    }

    /** Requests, not attempts: only the last attempt of each counts. */
    private static List<Field<Integer>> counts(SpendEvents event) {
        var success = inline(SpendEvent.Status.SUCCESS.name().toLowerCase(Locale.ROOT));
        return List.of(
                count().filterWhere(event.FINAL),
                count().filterWhere(condition(event.FINAL).and(event.STATUS.eq(success))),
                count().filterWhere(condition(event.FINAL).and(event.STATUS.ne(success))));
    }

    private static Map<Field<?>, Object> additions() {
        Map<Field<?>, Object> additions = new LinkedHashMap<>();
        SUMS.forEach(sum -> additions.put(sum, sum.plus(excluded(sum))));
        COUNTS.forEach(count -> additions.put(count, count.plus(excluded(count))));
        additions.put(DAILY_USER_SPEND.UPDATED_AT, currentInstant());
        return additions;
    }

    private static Field<String> orEmpty(Field<String> text) {
        return coalesce(text, inline(""));
    }
}
