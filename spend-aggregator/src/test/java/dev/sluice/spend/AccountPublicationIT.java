package dev.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.Topics;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.accounts.RecordSignature;
import dev.sluice.schemas.config.Secret;
import dev.sluice.spend.accounts.AccountDefaults;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;
import dev.sluice.testkit.PostgresDatabase;
import dev.sluice.testkit.PostgresExtension;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** How changes reach the topic, and what becomes of what others put there. */
@ExtendWith({KafkaExtension.class, PostgresExtension.class})
class AccountPublicationIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final RecordSignature OURS = new RecordSignature(AccountsBench.SIGNING_KEY);

    private final PostgresDatabase postgres;
    private final AccountsBench bench;

    AccountPublicationIT(KafkaBroker kafka, PostgresDatabase postgres) throws Exception {
        this.postgres = postgres;
        bench = new AccountsBench(kafka, postgres);
        bench.sql()
                .execute(
                        "truncate account_records, account_outbox, account_audit, account_keys,"
                                + " account_teams, account_team_members, account_users,"
                                + " account_organizations, account_customers, account_budgets");
    }

    @BeforeEach
    void start() {
        bench.start();
        awaitAnswers();
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private void awaitAnswers() {
        await().atMost(PATIENCE).until(() -> bench.get("/key/list").status() == 200);
    }

    private double metric(String name) {
        return bench.metrics().get(name).counters().stream().mapToDouble(one -> one.count()).sum();
    }

    private long version(String path, String body) throws Exception {
        String changed = String.valueOf(bench.post(path, body).ok().changed());
        return Long.parseLong(changed.substring(changed.lastIndexOf('=') + 1));
    }

    @Test
    void publishesEveryChangeInItsOrder() throws Exception {
        long last = version("/customer/new", "{\"user_id\": \"c\"}");
        List<Long> versions = new ArrayList<>(List.of(last));
        for (int i = 0; i < 50; i++) {
            versions.add(
                    version(
                            "/customer/update",
                            "{\"user_id\": \"c\", \"alias\": \"a%d\"}".formatted(i)));
        }

        bench.awaitPublished("customer:c", versions.getLast());

        assertThat(versions).isSorted().doesNotHaveDuplicates();
        long seen = 0;
        for (var record : bench.records()) {
            long version = Topics.ACCOUNTS.codec().decode(record.value()).version();
            assertThat(version).isGreaterThanOrEqualTo(seen);
            seen = version;
        }
        assertThat(bench.sql().fetchCount(dev.sluice.spend.db.Tables.ACCOUNT_OUTBOX)).isZero();
    }

    @Test
    void isEffectiveOnTheTopicWithinAMoment() throws Exception {
        bench.post("/customer/new", "{\"user_id\": \"c\"}").ok();
        long startedAt = System.nanoTime();
        long version = version("/customer/block", "{\"user_ids\": [\"c\"]}");

        bench.awaitPublished("customer:c", version);

        assertThat(Duration.ofNanos(System.nanoTime() - startedAt))
                .isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void publishesInOrderFromTwoInstances() throws Exception {
        try (var other =
                new AccountsBench(bench.kafka().bootstrapServers(), postgres, AccountDefaults.NONE)
                        .start()) {
            await().atMost(PATIENCE).until(() -> other.get("/key/list").status() == 200);
            bench.post("/customer/new", "{\"user_id\": \"c\"}").ok();
            for (int i = 0; i < 20; i++) {
                String body = "{\"user_id\": \"c\", \"alias\": \"a%d\"}".formatted(i);
                (i % 2 == 0 ? bench : other).post("/customer/update", body).ok();
            }
            await().atMost(PATIENCE)
                    .until(() ->
                            bench.sql().fetchCount(dev.sluice.spend.db.Tables.ACCOUNT_OUTBOX) == 0);
        }
        Map<String, Long> newest = new HashMap<>();
        for (var record : bench.records()) {
            Account account = Topics.ACCOUNTS.codec().decode(record.value());
            assertThat(account.version())
                    .isGreaterThanOrEqualTo(newest.getOrDefault(account.recordKey(), 0L));
            newest.put(account.recordKey(), account.version());
        }
    }

    @Test
    void answersWithKafkaAwayAndPublishesLater() throws Exception {
        bench.stop();
        try (var lonely =
                new AccountsBench("127.0.0.1:1", postgres, AccountDefaults.NONE).start()) {
            await().atMost(PATIENCE).until(() -> lonely.get("/key/list").status() == 200);

            assertThat(lonely.post("/customer/new", "{\"user_id\": \"late\"}").ok().changed())
                    .startsWith("customer%3Alate=");

            await().atMost(PATIENCE)
                    .until(() ->
                            lonely.metrics().get("sluice.accounts.outbox.waiting").gauge().value()
                                    == 1);
        }
        bench.start();
        bench.awaitPublished("customer:late", 1);
    }

    @Test
    void repairsWhatOthersPutOnTheTopic() throws Exception {
        long blocked = version("/customer/block", "{\"user_ids\": [\"bad\"]}");
        bench.awaitPublished("customer:bad", blocked);
        var open = new Account.Customer("bad", blocked - 1, false, Limits.NONE, null, null, null);
        byte[] old = Topics.ACCOUNTS.codec().encode(open);
        byte[] forged =
                Topics.ACCOUNTS
                        .codec()
                        .encode(
                                new Account.Customer(
                                        "bad", blocked + 9, false, Limits.NONE, null, null, null));

        bench.forge("customer:bad", old, OURS.of("customer:bad", old));
        awaitNewestIsTruth("customer:bad", blocked);
        bench.forge(
                "customer:bad",
                forged,
                new RecordSignature(new Secret("theirs")).of("customer:bad", forged));
        awaitNewestIsTruth("customer:bad", blocked);
        bench.forge("customer:bad", forged, null);
        awaitNewestIsTruth("customer:bad", blocked);
        bench.forge("customer:bad", null, null);
        awaitNewestIsTruth("customer:bad", blocked);
        bench.forge("customer:bad", forged, OURS.of("customer:other", forged));
        awaitNewestIsTruth("customer:bad", blocked);

        assertThat(metric("sluice.accounts.foreign")).isEqualTo(4);
        assertThat(metric("sluice.accounts.repaired")).isEqualTo(5);
    }

    /** Compaction keeps the last record: it must be ours. */
    private void awaitNewestIsTruth(String recordKey, long version) {
        await().atMost(PATIENCE)
                .until(() -> {
                    byte[] last = null;
                    byte[] signature = null;
                    for (var record : bench.records()) {
                        if (new String(record.key(), UTF_8).equals(recordKey)) {
                            last = record.value();
                            var header = record.headers().lastHeader(RecordSignature.HEADER);
                            signature = header == null ? null : header.value();
                        }
                    }
                    return last != null
                            && OURS.isOf(recordKey, last, signature)
                            && Topics.ACCOUNTS.codec().decode(last).version() == version;
                });
    }

    @Test
    void takesBackWhatADatabaseThatWasSetBackNeverGave() throws Exception {
        long known = version("/customer/block", "{\"user_ids\": [\"back\"]}");
        bench.awaitPublished("customer:back", known);
        long lost = known + 1_000;
        byte[] future =
                Topics.ACCOUNTS
                        .codec()
                        .encode(
                                new Account.Customer(
                                        "back", lost, false, Limits.NONE, null, null, null));
        byte[] never =
                Topics.ACCOUNTS
                        .codec()
                        .encode(
                                new Account.Customer(
                                        "never", lost, false, Limits.NONE, null, null, null));

        bench.forge("customer:back", future, OURS.of("customer:back", future));
        bench.forge("customer:never", never, OURS.of("customer:never", never));

        bench.awaitPublished("customer:back", lost + 1);
        bench.awaitPublished("customer:never", lost + 1);
        assertThat(((Account.Customer) bench.believed("customer:back")).blocked()).isTrue();
        assertThat(bench.believed().get("customer:never")).isInstanceOf(Account.Deleted.class);
        assertThat(version("/customer/update", "{\"user_id\": \"back\", \"alias\": \"x\"}"))
                .isGreaterThan(lost);
    }

    @Test
    void fillsATopicThatWasLost() throws Exception {
        bench.post("/customer/new", "{\"user_id\": \"here\"}").ok();
        bench.post("/customer/new", "{\"user_id\": \"gone\"}").ok();
        long deleted = version("/customer/delete", "{\"user_ids\": [\"gone\"]}");
        bench.awaitPublished("customer:gone", deleted);
        bench.stop();

        bench.recreateTopic();
        bench.start();

        bench.awaitPublished("customer:here", 1);
        bench.awaitPublished("customer:gone", deleted);
        assertThat(bench.believed()).hasSize(2);
    }

    @Test
    void answersServiceUnavailableWithPostgresAway() throws Exception {
        var nowhere =
                new PostgresDatabase("jdbc:postgresql://127.0.0.1:1/none", "nobody", "nothing");
        bench.stop();
        try (var away = AccountsBench.withoutDatabase(bench.kafka(), nowhere).start()) {
            away.post("/key/generate", "{}").refused(503, "service_unavailable_error");
            away.get("/key/list").refused(503, "service_unavailable_error");
        }
    }
}
