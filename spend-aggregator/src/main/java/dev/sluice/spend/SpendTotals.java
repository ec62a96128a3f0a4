package dev.sluice.spend;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The statements that take staged events into the ledger and its totals.
 *
 * <p>Events that the ledger accepts are folded once, by all that any table splits by; each table is
 * then brought up to date from these few rows. Its rows are locked in the order of their keys, and
 * the tables in one order, so that two bookers wait for each other and never in a circle.
 */
final class SpendTotals {

    /** Temporary: they live and die with the transaction, as a pooler in transaction mode needs. */
    static final String STAGED = "staged_events";

    private static final String FOLDED = "folded_events";

    /** What no split is finer than; the names are those of the tables. */
    private static final List<String> SPLIT =
            List.of("api_key", "model", "model_group", "provider", "endpoint");

    private static final List<String> SUMS =
            List.of(
                    "prompt_tokens",
                    "completion_tokens",
                    "cache_read_input_tokens",
                    "cache_creation_input_tokens",
                    "spend_pico",
                    "api_requests",
                    "successful_requests",
                    "failed_requests");

    private static final String DATE = "(hour at time zone 'UTC')::date";

    static final String CREATE_STAGING =
            "create temp table %s on commit drop as select %s from spend_events with no data"
                    .formatted(STAGED, EventCopy.COLUMNS);

    static final String CREATE_FOLDED =
            """
            create temp table folded_events (
                hour timestamptz, user_id text, team_id text, org_id text, end_user text,
                tags text[], api_key text, model text, model_group text, provider text,
                endpoint text, prompt_tokens numeric, completion_tokens numeric,
                cache_read_input_tokens numeric, cache_creation_input_tokens numeric,
                spend_pico numeric, api_requests bigint, successful_requests bigint,
                failed_requests bigint, events bigint) on commit drop\
            """;

    /**
     * A correction is money of a request that was counted before.
     *
     * <p>Sorted, because neighbours find their place in the indices still at hand; of an event that
     * is told twice in a batch the first counts, as of one told in two.
     */
    static final String INSERT_AND_FOLD =
            """
            with accepted as (
                insert into spend_events (%1$s)
                select %1$s from staged_events order by key_hash, started_at, ctid
                on conflict do nothing
                returning started_at, user_id, team_id, org_id, end_user, tags, key_hash, model,
                          model_group, provider, call_type, input_tokens, cached_read_tokens,
                          cache_write_5m_tokens, cache_write_1h_tokens, audio_input_tokens,
                          image_tokens, output_tokens, reasoning_tokens, audio_output_tokens,
                          cost_pico, final, kind, status)
            insert into folded_events
            select date_trunc('hour', started_at, 'UTC'), coalesce(user_id, ''),
                   coalesce(team_id, ''), coalesce(org_id, ''), coalesce(end_user, ''), tags,
                   key_hash, model, model_group, coalesce(provider, ''), call_type,
                   sum(input_tokens + cached_read_tokens + cache_write_5m_tokens
                       + cache_write_1h_tokens + audio_input_tokens + image_tokens),
                   sum(output_tokens + reasoning_tokens + audio_output_tokens),
                   sum(cached_read_tokens),
                   sum(cache_write_5m_tokens + cache_write_1h_tokens),
                   sum(cost_pico),
                   count(*) filter (where final and kind <> 'adjusted'),
                   count(*) filter (where final and kind <> 'adjusted' and status = 'success'),
                   count(*) filter (where final and kind <> 'adjusted' and status <> 'success'),
                   count(*)
            from accepted
            group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11\
            """
                    .formatted(EventCopy.COLUMNS);

    static final String COUNT_ACCEPTED = "select coalesce(sum(events), 0) from " + FOLDED;

    static final String INSERT_LATE =
            "insert into late_spend_events (%1$s) select %1$s from %2$s on conflict do nothing"
                    .formatted(EventCopy.COLUMNS, STAGED);

    /** In the order of the tables' names: the one order in which every booker locks them. */
    static final List<String> ADD_TO_TOTALS =
            List.of(
                    daily("daily_end_user_spend", "end_user_id", "end_user"),
                    daily("daily_organization_spend", "organization_id", "org_id"),
                    add(
                            "daily_tag_spend",
                            List.of("tag", "date"),
                            List.of("tag", DATE),
                            """
                            (select t.tag, f.* from folded_events f
                             cross join lateral (select distinct unnest(f.tags) as tag) t
                             where t.tag <> '') tagged\
                            """),
                    daily("daily_team_spend", "team_id", "team_id"),
                    add(
                            "daily_user_spend",
                            List.of("user_id", "date"),
                            List.of("user_id", DATE),
                            FOLDED),
                    add(
                            "hourly_spend",
                            List.of("hour", "user_id", "team_id"),
                            List.of("hour", "user_id", "team_id"),
                            FOLDED + " where hour >= now() - interval '32 days'"));

    static final String TRIM_HOURS =
            "delete from hourly_spend where hour < now() - interval '32 days'";

    private SpendTotals() {}

    private static String daily(String table, String key, String source) {
        return add(
                table,
                List.of(key, "date"),
                List.of(source, DATE),
                "%s where %s <> ''".formatted(FOLDED, source));
    }

    private static String add(String table, List<String> key, List<String> values, String rows) {
        String columns = joined(Stream.of(key, SPLIT, SUMS).flatMap(List::stream));
        String groups = joined(Stream.concat(values.stream(), SPLIT.stream()));
        String sums = joined(SUMS.stream().map("sum(%s)"::formatted));
        String additions =
                joined(SUMS.stream().map(sum -> "%1$s = t.%1$s + excluded.%1$s".formatted(sum)));
        String target = joined(Stream.concat(key.stream(), SPLIT.stream()));
        return """
        insert into %s as t (%s)
        select %s, %s from %s group by %s order by %s
        on conflict (%s) do update set %s, updated_at = now()\
        """
                .formatted(table, columns, groups, sums, rows, groups, groups, target, additions);
    }

    private static String joined(Stream<String> parts) {
        return parts.collect(Collectors.joining(", "));
    }
}
