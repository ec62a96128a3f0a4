package dev.sluice.spend;

import static dev.sluice.spend.db.Tables.DAILY_USER_SPEND;
import static dev.sluice.spend.db.Tables.SPEND_EVENTS;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.schemas.events.SpendEvent.Kind;
import dev.sluice.schemas.events.Usage;
import dev.sluice.spend.SpendBooks.Outcome.Booked;
import dev.sluice.spend.db.tables.records.DailyUserSpendRecord;
import dev.sluice.testkit.PostgresDatabase;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.stream.IntStream;

/** Every total is the sum of its rows, whatever was booked in which order and how often. */
@SuppressWarnings("InlineFormatString") // the two queries are easier to compare side by side
class SpendTotalsIT extends BooksFixture {

    /** What a total should hold: the same sums over the ledger, by another way of writing them. */
    private static final String SHOULD =
            """
            select %1$s as entity, %2$s as at, key_hash, model, model_group,
                   coalesce(provider, ''), call_type,
                   sum(input_tokens) + sum(cached_read_tokens) + sum(cache_write_5m_tokens)
                       + sum(cache_write_1h_tokens) + sum(audio_input_tokens) + sum(image_tokens),
                   sum(output_tokens) + sum(reasoning_tokens) + sum(audio_output_tokens),
                   sum(cached_read_tokens),
                   sum(cache_write_5m_tokens) + sum(cache_write_1h_tokens),
                   sum(cost_pico),
                   sum(case when final and kind <> 'adjusted' then 1 else 0 end),
                   sum(case when final and kind <> 'adjusted' and status = 'success'
                       then 1 else 0 end),
                   sum(case when final and kind <> 'adjusted' and status <> 'success'
                       then 1 else 0 end)
            from %3$s where %4$s group by 1, 2, 3, 4, 5, 6, 7\
            """;

    private static final String IS =
            """
            select %1$s, %2$s, api_key, model, model_group, provider, endpoint, prompt_tokens,
                   completion_tokens, cache_read_input_tokens, cache_creation_input_tokens,
                   spend_pico, api_requests, successful_requests, failed_requests from %3$s\
            """;

    private static final String DAY = "(started_at at time zone 'UTC')::date";

    SpendTotalsIT(PostgresDatabase postgres) {
        super(postgres);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "daily_user_spend | user_id | date | coalesce(user_id, '') | true",
                "daily_team_spend | team_id | date | team_id | team_id <> ''",
                "daily_organization_spend | organization_id | date | org_id | org_id <> ''",
                "daily_end_user_spend | end_user_id | date | end_user | end_user <> ''",
                "daily_tag_spend | tag | date | tag | true",
                "hourly_spend | concat(user_id, '/', team_id) | hour"
                        + " | concat(user_id, '/', team_id) | true",
            })
    void everyTotalIsTheSumOfItsRows(
            String table, String key, String at, String entity, String condition) {
        bookTraffic(3_000);
        String when = at.equals("hour") ? "date_trunc('hour', started_at, 'UTC')" : DAY;
        String rows =
                table.equals("daily_tag_spend")
                        ? "(select distinct on (event_id, t.tag) t.tag, e.*"
                                + " from spend_events e, unnest(tags) t (tag)) e"
                        : "spend_events";
        String is = IS.formatted(key, at, table);
        String should = SHOULD.formatted(entity, when, rows, condition);

        assertThat(sql.fetch(is)).isNotEmpty();
        assertThat(sql.fetch("(%s) except (%s)".formatted(is, should))).isEmpty();
        assertThat(sql.fetch("(%s) except (%s)".formatted(should, is))).isEmpty();
    }

    @Test
    void aTopicThatIsReadAgainFromItsBeginningChangesNoTotal() {
        SpendEvent[] events = traffic(2_000);
        book(events);
        String before = fingerprint();

        rewind();
        Booked again = (Booked) book(events);

        assertThat(again).isEqualTo(new Booked(0, 2_000, 0, 0));
        assertThat(fingerprint()).isEqualTo(before);
    }

    @Test
    void aCorrectionIsMoneyAndNoRequest() {
        TestCall call = TestCall.make().costing(10);
        book(call.event());
        book(call.of(Kind.ADJUSTED).using(Usage.NONE).costing(-4).event());

        DailyUserSpendRecord day = sql.fetchSingle(DAILY_USER_SPEND);
        assertThat(day.getSpendPico()).isEqualTo(6);
        assertThat(day.getApiRequests()).isEqualTo(1);
        assertThat(day.getSuccessfulRequests()).isEqualTo(1);
        assertThat(sql.fetchCount(SPEND_EVENTS)).isEqualTo(2);
        assertThat(sql.fetchValue("select sum(spend_pico) from daily_team_spend")).hasToString("6");
        assertThat(sql.fetchValue("select sum(api_requests) from hourly_spend")).hasToString("1");
    }

    @Test
    void theViewsHaveLiteLlmsNamesAndTheSumsOfTheLedger() {
        bookTraffic(500);
        for (String view : List.of("User", "Team", "Organization", "EndUser", "Tag")) {
            assertThat(
                            sql.fetch(
                                    "select id, date, api_key, model, model_group,"
                                            + " custom_llm_provider, mcp_namespaced_tool_name,"
                                            + " endpoint, prompt_tokens, completion_tokens,"
                                            + " cache_read_input_tokens,"
                                            + " cache_creation_input_tokens, spend, api_requests,"
                                            + " successful_requests, failed_requests, created_at,"
                                            + " updated_at from \"LiteLLM_Daily%sSpend\""
                                                    .formatted(view)))
                    .as(view)
                    .isNotEmpty();
        }
        assertThat(
                        sql.fetchValue(
                                "select (select sum(spend) from \"LiteLLM_DailyUserSpend\")"
                                        + " = (select sum(cost_pico) * 0.000000000001"
                                        + " from spend_events)"))
                .isEqualTo(true);
        for (String view :
                List.of(
                        "VerificationToken",
                        "TeamTable",
                        "UserTable",
                        "OrganizationTable",
                        "EndUserTable",
                        "BudgetTable")) {
            assertThat(sql.fetch("select * from \"LiteLLM_%s\"".formatted(view))).isEmpty();
        }
    }

    @Test
    void refusesWhatADatabaseRefusesThatWeDidNotForesee() {
        sql.execute(
                """
                create function refuse() returns trigger language plpgsql as
                $$ begin raise exception using errcode = '22023'; end $$\
                """);
        sql.execute(
                """
                create trigger refuse before insert on spend_events for each row
                when (new.user_id = 'unforeseen') execute function refuse()\
                """);
        try {
            SpendEvent[] events = traffic(100);
            events[37] = TestCall.make().by("unforeseen").event();

            assertThat(book(events)).isEqualTo(new Booked(99, 0, 0, 1));
            assertThat(letters.getFirst().source().offset()).isEqualTo(37);
            assertThat(letters.getFirst().reason()).contains("22023");
        } finally {
            sql.execute("drop trigger refuse on spend_events");
            sql.execute("drop function refuse");
        }
    }

    @Test
    void leavesNothingBehindThatAPoolerWouldHandToOthers() {
        book(traffic(10));

        assertThat(
                        sql.fetch(
                                "select relname from pg_class where relname in"
                                        + " ('staged_events', 'folded_events')"))
                .isEmpty();
        assertThat(sql.fetchValue("select count(*) from pg_prepared_statements")).hasToString("0");
    }

    private void bookTraffic(int count) {
        SpendEvent[] events = traffic(count);
        for (int from = 0; from < count; from += 700) {
            int to = Math.min(count, from + 700);
            book(java.util.Arrays.copyOfRange(events, from, to));
        }
        book(java.util.Arrays.copyOfRange(events, 0, 300));
        book(TestCall.make().by(null).costing(3).event());
    }

    private static SpendEvent[] traffic(int count) {
        var traffic = new Traffic(11);
        return IntStream.range(0, count).mapToObj(_ -> traffic.next()).toArray(SpendEvent[]::new);
    }

    private String fingerprint() {
        return List.of(
                        "spend_events",
                        "daily_user_spend",
                        "daily_team_spend",
                        "daily_organization_spend",
                        "daily_end_user_spend",
                        "daily_tag_spend",
                        "hourly_spend")
                .stream()
                .map(table ->
                        sql.fetchValue(
                                "select md5(string_agg(t::text, '|' order by t::text)) from %s t"
                                        .formatted(table)))
                .toList()
                .toString();
    }
}
