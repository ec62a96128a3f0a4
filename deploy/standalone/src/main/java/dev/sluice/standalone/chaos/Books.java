package dev.sluice.standalone.chaos;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** The books as anybody with the database's password reads them, by plain SQL. */
final class Books implements AutoCloseable {

    private static final String PROMPT =
            "input_tokens + cached_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens"
                    + " + audio_input_tokens + image_tokens";
    private static final String COMPLETION =
            "output_tokens + reasoning_tokens + audio_output_tokens";

    /** An expression over spend_events for each column that an aggregate may be keyed by. */
    private static final Map<String, String> KEYS =
            Map.ofEntries(
                    Map.entry("user_id", "coalesce(user_id, '')"),
                    Map.entry("team_id", "coalesce(team_id, '')"),
                    Map.entry("org_id", "coalesce(org_id, '')"),
                    Map.entry("organization_id", "coalesce(org_id, '')"),
                    Map.entry("end_user", "coalesce(end_user, '')"),
                    Map.entry("end_user_id", "coalesce(end_user, '')"),
                    Map.entry("date", "(started_at at time zone 'UTC')::date"),
                    Map.entry("hour", "date_trunc('hour', started_at, 'UTC')"),
                    Map.entry("api_key", "key_hash"),
                    Map.entry("model", "model"),
                    Map.entry("model_group", "model_group"),
                    Map.entry("provider", "coalesce(provider, '')"),
                    Map.entry("endpoint", "call_type"));

    /** An expression for each column that an aggregate may add up. */
    private static final Map<String, String> SUMS =
            Map.of(
                    "prompt_tokens", "sum(%s)".formatted(PROMPT),
                    "completion_tokens", "sum(%s)".formatted(COMPLETION),
                    "cache_read_input_tokens", "sum(cached_read_tokens)",
                    "cache_creation_input_tokens",
                            "sum(cache_write_5m_tokens + cache_write_1h_tokens)",
                    "spend_pico", "sum(cost_pico)",
                    "api_requests", "count(*) filter (where final)",
                    "successful_requests", "count(*) filter (where final and status = 'success')",
                    "failed_requests", "count(*) filter (where final and status <> 'success')");

    private final Connection connection;

    Books(String jdbcUrl, String password) throws SQLException {
        connection = DriverManager.getConnection(jdbcUrl, "sluice", password);
    }

    List<Booked> rows() throws SQLException {
        String sql =
                """
                select request_id, attempt, final, kind, started_at at time zone 'UTC' as started,
                    kind = 'voided' and started_at = ended_at as closing,
                    coalesce(end_user, '') as question, deployment_id, provider_response_id,
                    status, error_class, %s as prompt, cached_read_tokens, %s as completion,
                    cost_pico
                from spend_events\
                """
                        .formatted(PROMPT, COMPLETION);
        List<Booked> rows = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql);
                ResultSet found = select.executeQuery()) {
            while (found.next()) {
                rows.add(
                        new Booked(
                                found.getString("request_id"),
                                found.getInt("attempt"),
                                found.getBoolean("final"),
                                found.getString("kind"),
                                found.getObject("started", LocalDateTime.class),
                                found.getBoolean("closing"),
                                found.getString("question"),
                                found.getString("deployment_id"),
                                found.getString("provider_response_id"),
                                found.getString("status"),
                                found.getString("error_class"),
                                found.getLong("prompt"),
                                found.getLong("cached_read_tokens"),
                                found.getLong("completion"),
                                found.getLong("cost_pico")));
            }
        }
        return rows;
    }

    /** What each account has spent, by the name that budgets have for it; picodollars. */
    Map<String, Long> spentByAccount() throws SQLException {
        String sql =
                """
                select account, sum(cost_pico) from spend_events, lateral (values
                    ('key:' || nullif(key_hash, '')), ('team:' || nullif(team_id, '')),
                    ('user:' || nullif(user_id, '')), ('organization:' || nullif(org_id, '')),
                    ('customer:' || nullif(end_user, '')), ('proxy'),
                    ('member:' || nullif(team_id, '') || ':' || nullif(user_id, '')))
                    as charged (account)
                where account is not null group by account\
                """;
        Map<String, Long> spent = new HashMap<>();
        try (PreparedStatement select = connection.prepareStatement(sql);
                ResultSet found = select.executeQuery()) {
            while (found.next()) {
                spent.put(found.getString(1), found.getBigDecimal(2).longValueExact());
            }
        }
        return spent;
    }

    /** How far the sink has come, over all partitions. */
    long position() throws SQLException {
        return number(
                "select coalesce(sum(next), 0) from sink_offsets where topic = 'sluice.spend.v1'");
    }

    /** The aggregates, each with the number of its rows that are not the sum of the ledger's. */
    List<Finding> aggregates() throws SQLException {
        List<Finding> findings = new ArrayList<>();
        for (String table : aggregateTables()) {
            findings.add(compared(table));
        }
        findings.add(
                Finding.mustBeNone(
                        "events beside the books (late)",
                        number("select count(*) from late_spend_events")));
        return findings;
    }

    private List<String> aggregateTables() throws SQLException {
        return texts(
                "select table_name from information_schema.tables where table_type = 'BASE TABLE'"
                        + " and table_schema = current_schema()"
                        + " and table_name ~ '^(daily|hourly)_.*spend$' order by 1");
    }

    private Finding compared(String table) throws SQLException {
        List<String> columns =
                texts(
                        "select column_name from information_schema.columns where table_schema ="
                                + " current_schema() and table_name = '%s'".formatted(table));
        List<String> keys = columns.stream().filter(column -> isKey(table, column)).toList();
        List<String> sums = columns.stream().filter(SUMS::containsKey).toList();
        // An owner that a row does not have may be left out of the aggregate of such owners.
        String owner =
                keys.stream()
                        .filter(key -> key.matches("tag|.*_id|end_user"))
                        .findFirst()
                        .orElse("");
        String named = owner.isEmpty() || owner.equals("user_id") ? "true" : owner + " <> ''";
        String difference =
                """
                with expected as (select %1$s from spend_events%2$s group by %3$s),
                    shown as (select %4$s from %5$s group by %6$s)
                select count(*) from (
                    (select * from expected where %7$s except all select * from shown)
                    union all
                    (select * from shown where %7$s except all select * from expected)) as other\
                """
                        .formatted(
                                list(keys, key -> expression(key) + " as " + key)
                                        + ", "
                                        + list(sums, sum -> SUMS.get(sum) + " as " + sum),
                                keys.contains("tag") ? ", unnest(tags) as tagged (tag)" : "",
                                list(keys, Books::expression),
                                String.join(", ", keys)
                                        + ", "
                                        + list(sums, sum -> "sum(%1$s) as %1$s".formatted(sum)),
                                table,
                                String.join(", ", keys),
                                named);
        return Finding.mustBeNone(
                        "rows of %s that are not the sum of the ledger's".formatted(table),
                        number(difference))
                .with(
                        "of %d; must be 0; %d sums by %s"
                                .formatted(
                                        number("select count(*) from " + table),
                                        sums.size(),
                                        String.join(", ", keys)));
    }

    private static boolean isKey(String table, String column) {
        return KEYS.containsKey(column) || (column.equals("tag") && table.contains("tag"));
    }

    private static String expression(String key) {
        return KEYS.getOrDefault(key, key);
    }

    private static String list(List<String> columns, UnaryOperator<String> written) {
        return String.join(", ", columns.stream().map(written).toList());
    }

    private long number(String sql) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql);
                ResultSet found = select.executeQuery()) {
            found.next();
            return found.getLong(1);
        }
    }

    private List<String> texts(String sql) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql);
                ResultSet found = select.executeQuery()) {
            while (found.next()) {
                texts.add(found.getString(1));
            }
        }
        return texts;
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}
