package dev.sluice.spend;

import static dev.sluice.spend.db.Tables.ACCOUNT_AUDIT;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.schemas.events.SpendEvent;
import dev.sluice.spend.AccountsBench.Answer;
import dev.sluice.spend.AccountsBench.Caller;
import dev.sluice.spend.accounts.AccountDefaults;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;
import dev.sluice.testkit.PostgresDatabase;
import dev.sluice.testkit.PostgresExtension;

import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What is kept of accounts: spend, audit, defaults; and what is never kept. */
@ExtendWith({KafkaExtension.class, PostgresExtension.class})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccountRecordsIT {

    private static final TopicPartition PARTITION = new TopicPartition("t", 0);

    private final AccountsBench bench;
    private final PostgresDatabase postgres;
    private long offset;

    AccountRecordsIT(KafkaBroker kafka, PostgresDatabase postgres) throws Exception {
        this.postgres = postgres;
        bench = new AccountsBench(kafka, postgres);
    }

    @BeforeAll
    void start() {
        bench.start();
        await().atMost(Duration.ofSeconds(30)).until(() -> bench.get("/key/list").status() == 200);
        new SinkOffsets(bench.sql()).open(List.of(PARTITION));
    }

    @AfterAll
    void close() {
        bench.close();
    }

    private void book(SpendEvent... events) {
        var books =
                new SpendBooks(bench.sql(), Partitions.open(bench.sql(), InstantSource.system()));
        books.book(BooksFixture.batch(PARTITION, offset, List.of(events)), _ -> {});
        offset += events.length;
    }

    @Test
    void showsWhatTheLedgerSaysSinceTheAccountBegan() throws Exception {
        String key =
                bench.post("/key/generate", "{\"spend\": 0.5, \"max_budget\": 100}")
                        .ok()
                        .text("token");
        Instant begun = Instant.now().truncatedTo(ChronoUnit.MICROS);
        bench.sql()
                .execute(
                        "update account_keys set spend_since = ?::timestamptz where token = ?",
                        begun.minus(Duration.ofDays(3)).atOffset(java.time.ZoneOffset.UTC),
                        key);
        book(
                TestCall.make()
                        .withKey(key)
                        .costing(1_000_000_000_000L)
                        .at(begun.minusSeconds(60))
                        .event(),
                TestCall.make()
                        .withKey(key)
                        .costing(2_000_000_000_000L)
                        .at(begun.minus(Duration.ofDays(2)))
                        .event(),
                TestCall.make()
                        .withKey(key)
                        .costing(250_000_000_000L)
                        .at(begun.minus(Duration.ofDays(3)).plusSeconds(1))
                        .event(),
                TestCall.make().withKey(key).costing(9).at(begun.minus(Duration.ofDays(4))).event(),
                TestCall.make().withKey("another").costing(9).event());

        assertThat(spend("/key/info?key=" + key)).isEqualByComparingTo("3.75");
        bench.post("/key/update", "{\"key\": \"%s\", \"spend\": 0}".formatted(key)).ok();
        assertThat(spend("/key/info?key=" + key)).isEqualByComparingTo("0");
        bench.post("/key/update", "{\"key\": \"%s\", \"budget_duration\": \"1d\"}".formatted(key))
                .ok();
        String reset =
                bench.get("/key/info?key=" + key).json().at("/info/budget_reset_at").asText();
        assertThat(Instant.parse(reset))
                .isEqualTo(Instant.now().truncatedTo(ChronoUnit.DAYS).plus(1, ChronoUnit.DAYS));
    }

    @Test
    void showsTheSpendOfTeamsUsersAndCustomers() throws Exception {
        bench.post("/team/new", "{\"team_id\": \"team\"}").ok();
        bench.post("/user/new", "{\"user_id\": \"spender\"}").ok();
        bench.post("/customer/new", "{\"user_id\": \"end\"}").ok();
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS).plusSeconds(1);
        book(
                TestCall.make()
                        .by("spender")
                        .forEndUser("end")
                        .costing(500_000_000_000L)
                        .at(now)
                        .event());

        JsonNode team = bench.get("/team/info?team_id=team").ok().json().path("team_info");
        JsonNode user = bench.get("/user/info?user_id=spender").ok().json().path("user_info");
        JsonNode customer = bench.get("/customer/info?end_user_id=end").ok().json();
        for (JsonNode account : List.of(team, user, customer)) {
            assertThat(account.path("spend").decimalValue()).isEqualByComparingTo("0.5");
        }
    }

    private BigDecimal spend(String path) throws Exception {
        return bench.get(path).ok().json().path("info").path("spend").decimalValue();
    }

    @Test
    void auditsEveryChangeWithWhoAndWhat() throws Exception {
        Caller user = bench.user("auditor", "");
        String key =
                bench.post(
                                user,
                                "/key/generate",
                                "{\"tpm_limit\": 1, \"metadata\": {\"token\": \"hush\"}}")
                        .ok()
                        .text("token");
        bench.post(user, "/key/update", "{\"key\": \"%s\", \"tpm_limit\": 2}".formatted(key)).ok();
        bench.post(user, "/key/update", "{\"key\": \"%s\", \"tpm_limit\": 2}".formatted(key)).ok();
        bench.post(user, "/key/delete", "{\"keys\": [\"%s\"]}".formatted(key)).ok();

        var rows =
                bench.sql()
                        .selectFrom(ACCOUNT_AUDIT)
                        .where(ACCOUNT_AUDIT.RECORD_KEY.eq("key:" + key))
                        .orderBy(ACCOUNT_AUDIT.AUDIT_ID)
                        .fetch();

        assertThat(rows)
                .extracting(row -> row.getAction())
                .containsExactly("/key/generate", "/key/update", "/key/update", "/key/delete");
        assertThat(rows.get(1).getBefore().data()).isEqualTo("{\"tpm_limit\": 1}");
        assertThat(rows.get(1).getAfter().data()).isEqualTo("{\"tpm_limit\": 2}");
        assertThat(rows.get(2).getAfter().data()).isEqualTo("{}");
        assertThat(rows.get(0).getActorUser()).isEqualTo("auditor");
        assertThat(rows.get(0).getActorKey()).isEqualTo(user.keyHash());
        assertThat(rows.get(0).getActorRole()).isEqualTo("internal_user");
        assertThat(rows.get(0).getAddress()).isEqualTo("192.0.2.7");
        assertThat(rows.get(0).getRequestId()).isEqualTo("0190-request");
        assertThat(rows.toString()).doesNotContain("hush");
        assertThat(rows).extracting(row -> row.getVersion()).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void leavesNoKeyAnywhere() throws Exception {
        Queue<String> logs = new ConcurrentLinkedQueue<>();
        var handler =
                new Handler() {
                    @Override
                    public void publish(LogRecord record) {
                        logs.add(record.getMessage() + record.getThrown());
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        Logger root = Logger.getLogger("dev.sluice");
        root.addHandler(handler);
        root.setLevel(Level.ALL);
        String chosen = "sk-a-secret-that-nobody-else-knows";
        try {
            bench.post("/key/generate", "{\"key\": \"%s\"}".formatted(chosen)).ok();
            bench.post("/key/generate", "{\"key\": \"%s\"}".formatted(chosen));
            bench.post("/key/update", "{\"key\": \"%s\", \"tpm_limit\": 1}".formatted(chosen)).ok();
            bench.post("/key/update", "{\"key\": \"%s\", \"tpm_limit\": -1}".formatted(chosen));
            bench.get("/key/info?key=" + chosen).ok();
            Answer again = bench.post("/key/%s/regenerate".formatted(chosen), "{}").ok();
            bench.awaitPublished("key:" + again.text("token"), 0);
            bench.post("/key/%s/regenerate".formatted(chosen), "{}");

            for (String secret : List.of(chosen, again.text("key"))) {
                assertThat(logs.toString()).doesNotContain(secret);
                for (String table : tables()) {
                    String dump =
                            bench.sql().fetch("select t::text from \"" + table + "\" t").toString();
                    assertThat(dump).as(table).doesNotContain(secret);
                }
                for (var record : bench.records()) {
                    assertThat(new String(record.value(), StandardCharsets.UTF_8))
                            .doesNotContain(secret);
                }
            }
        } finally {
            root.removeHandler(handler);
        }
    }

    private List<String> tables() {
        return bench.sql()
                .fetch(
                        "select table_name from information_schema.tables where table_schema = 'public'")
                .getValues(0, String.class);
    }

    @Test
    void givesNewAccountsTheConfiguredDefaultsAndBounds() throws Exception {
        var defaults =
                new AccountDefaults(
                        Map.of("models", List.of("usual"), "max_budget", 1.5),
                        Map.of("max_budget", 2, "tpm_limit", 100, "duration", "1d"),
                        Map.of("user_role", "internal_user_viewer"),
                        Map.of("max_budget", 7),
                        new BigDecimal("0.25"),
                        "30d");
        try (var other =
                new AccountsBench(bench.kafka().bootstrapServers(), postgres, defaults).start()) {
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> other.get("/key/list").status() == 200);

            JsonNode key = other.post("/key/generate", "{}").ok().json();
            assertThat(key.path("models").get(0).asText()).isEqualTo("usual");
            assertThat(key.path("max_budget").decimalValue()).isEqualByComparingTo("1.5");
            assertThat(key.path("tpm_limit").asInt()).isEqualTo(100);
            assertThat(key.path("expires").isTextual()).isTrue();
            for (String field :
                    List.of("\"max_budget\": 2.1", "\"tpm_limit\": 101", "\"duration\": \"25h\"")) {
                other.post("/key/generate", "{%s}".formatted(field))
                        .refused(400, "bad_request_error");
                other.post(
                                "/key/update",
                                "{\"key\": \"%s\", %s}"
                                        .formatted(key.path("token").asText(), field))
                        .refused(400, "bad_request_error");
            }
            JsonNode user = other.post("/user/new", "{\"auto_create_key\": false}").ok().json();
            assertThat(user.path("user_role").asText()).isEqualTo("internal_user_viewer");
            assertThat(user.path("max_budget").decimalValue()).isEqualByComparingTo("0.25");
            assertThat(user.path("budget_duration").asText()).isEqualTo("30d");
            JsonNode team = other.post("/team/new", "{}").ok().json();
            assertThat(team.path("max_budget").asInt()).isEqualTo(7);
        }
    }

    @Test
    void refusesToStartWithDefaultsThatDoNotFit() {
        var defaults =
                new AccountDefaults(
                        Map.of("max_budget", "much"), Map.of(), Map.of(), Map.of(), null, null);
        try (var other = new AccountsBench(bench.kafka().bootstrapServers(), postgres, defaults)) {
            assertThatThrownBy(other::start)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("max_budget");
        }
    }
}
