package dev.sluice.spend;

import static dev.sluice.spend.AccountsBench.MASTER;
import static dev.sluice.spend.AccountsBench.sha256;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Limits.ModelBudget;
import dev.sluice.spend.AccountsBench.Answer;
import dev.sluice.spend.AccountsBench.Caller;
import dev.sluice.testkit.KafkaBroker;
import dev.sluice.testkit.KafkaExtension;
import dev.sluice.testkit.PostgresDatabase;
import dev.sluice.testkit.PostgresExtension;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

@ExtendWith({KafkaExtension.class, PostgresExtension.class})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeyRoutesIT {

    private final AccountsBench bench;

    KeyRoutesIT(KafkaBroker kafka, PostgresDatabase postgres) throws Exception {
        bench = new AccountsBench(kafka, postgres);
    }

    @BeforeAll
    void start() {
        bench.start();
        await().atMost(Duration.ofSeconds(30)).until(() -> bench.get("/key/list").status() == 200);
    }

    @AfterAll
    void close() {
        bench.close();
    }

    @Test
    void a1GeneratesAKeyWhoseTokenIsItsHash() throws Exception {
        Answer made = bench.post("/key/generate", "{}").ok();

        String key = made.text("key");
        assertThat(key).matches("sk-[A-Za-z0-9_-]{22}");
        assertThat(made.text("token")).isEqualTo(sha256(key)).isNotEqualTo(key);
        assertThat(made.text("token_id")).isEqualTo(sha256(key));
        assertThat(made.text("key_name")).isEqualTo("sk-..." + key.substring(key.length() - 4));
        assertThat(made.changed()).matches("key%3A[0-9a-f]{64}=[0-9]+");
    }

    @Test
    void keepsEveryFieldOfAKeyAndPublishesIt() throws Exception {
        bench.post("/budget/new", "{\"budget_id\": \"lent\", \"max_budget\": 5}").ok();
        Answer made =
                bench.post(
                                "/key/generate",
                                """
                                {"key_alias": "whole", "duration": "1h", "models": ["gpt-4o", "openai/*"],
                                 "aliases": {"mistral-7b": "gpt-4"}, "max_budget": 0.000000000001,
                                 "budget_duration": "30d", "tpm_limit": 100, "rpm_limit": 10,
                                 "max_parallel_requests": 0, "metadata": {"a": [1, {"b": null}], "disable_fallbacks": true},
                                 "model_max_budget": {"gpt-4o": {"budget_limit": "0.5", "time_period": "1d"}},
                                 "model_rpm_limit": {"a": 1}, "model_tpm_limit": {"a": 2},
                                 "allowed_routes": ["/chat/completions"], "tags": ["t"],
                                 "allowed_cache_controls": ["no-store"], "budget_id": "lent",
                                 "blocked": true, "spend": 1.5}\
                                """)
                        .ok();

        JsonNode info = bench.get("/key/info?key=" + made.text("token")).ok().json().path("info");
        assertThat(info.has("token")).isFalse();
        assertThat(info.path("spend").decimalValue()).isEqualByComparingTo("1.5");
        assertThat(info.path("max_budget").decimalValue()).isEqualByComparingTo("1e-12");
        assertThat(info.path("metadata").toString())
                .isEqualTo("{\"a\":[1,{\"b\":null}],\"disable_fallbacks\":true}");
        assertThat(info.path("model_max_budget").path("gpt-4o").path("budget_limit").decimalValue())
                .isEqualByComparingTo("0.5");
        assertThat(info.path("litellm_budget_table").path("max_budget").asInt()).isEqualTo(5);
        assertThat(Instant.parse(info.path("expires").asText()))
                .isBetween(Instant.now().plusSeconds(3500), Instant.now().plusSeconds(3600));
        assertThat(Instant.parse(info.path("budget_reset_at").asText())).isAfter(Instant.now());
        String recordKey = "key:" + made.text("token");
        bench.awaitPublished(recordKey, 0);
        var key = (Account.ApiKey) bench.believed(recordKey);
        assertThat(key.disableFallbacks()).isTrue();
        assertThat(key.limits().maxBudgetPico()).isEqualTo(1);
        assertThat(key.limits().spendAtStartPico()).isEqualTo(1_500_000_000_000L);
        assertThat(key.limits().spendSince()).isNotNull();
        assertThat(key.limits().maxParallelRequests()).isZero();
        assertThat(key.limits().modelBudgets())
                .containsEntry("gpt-4o", new ModelBudget(500_000_000_000L, "1d"));
        assertThat(key.aliases()).containsEntry("mistral-7b", "gpt-4");
        assertThat(key.models()).containsExactly("gpt-4o", "openai/*");
        assertThat(key.allowedRoutes()).containsExactly("/chat/completions");
        assertThat(key.budgetId()).isEqualTo("lent");
        assertThat(key.blocked()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"max_budget\": -1}",
                "{\"max_budget\": \"1\"}",
                "{\"max_budget\": NaN}",
                "{\"max_budget\": Infinity}",
                "{\"max_budget\": 0.0000000000001}",
                "{\"max_budget\": 9223373}",
                "{\"max_budget\": 1e999999999}",
                "{\"max_budget\": 1e-999999999}",
                "{\"tpm_limit\": 1.5}",
                "{\"tpm_limit\": -1}",
                "{\"rpm_limit\": 99999999999999999999}",
                "{\"rpm_limit\": true}",
                "{\"models\": \"gpt-4o\"}",
                "{\"models\": [1]}",
                "{\"models\": [\"\"]}",
                "{\"aliases\": {\"a\": 1}}",
                "{\"metadata\": []}",
                "{\"metadata\": {\"a\": 1e999999}}",
                "{\"metadata\": {\"a\": \"\\u0000\"}}",
                "{\"key_alias\": \"\\ud800\"}",
                "{\"key_alias\": \"\"}",
                "{\"duration\": \"soon\"}",
                "{\"duration\": \"-5d\"}",
                "{\"budget_duration\": \"0d\"}",
                "{\"model_max_budget\": {\"a\": {\"budget_limit\": -1}}}",
                "{\"model_max_budget\": {\"a\": 1}}",
                "{\"blocked\": \"yes\"}",
                "{\"key_type\": \"root\"}",
                "{\"key\": \"sk-short\"}",
                "{\"key\": \"password-password\"}",
                "{\"key\": \"sk-with space in the middle\"}",
                "{\"user_id\": \"nobody\"}",
                "{\"team_id\": \"no team\"}",
                "{\"budget_id\": \"none\"}",
                "{\"organization_id\": \"none\"}",
                "{\"blocked\": false, \"blocked\": true}",
                "{\"a\": 1} {}",
                "[]",
                "\"text\"",
                "{",
            })
    void refusesWhatDoesNotFit(String body) throws Exception {
        bench.post("/key/generate", body).refused(400, "bad_request_error");
    }

    @Test
    void refusesTextsListsAndBodiesThatAreTooLong() throws Exception {
        String items = "\"x\",".repeat(1_001).replaceAll(",$", "");
        bench.post("/key/generate", "{\"key_alias\": \"%s\"}".formatted("x".repeat(513)))
                .refused(400, "bad_request_error");
        bench.post("/key/generate", "{\"models\": [%s]}".formatted(items))
                .refused(400, "bad_request_error");
        bench.post("/key/generate", "{\"metadata\": {\"a\": \"%s\"}}".formatted("x".repeat(66_000)))
                .refused(400, "bad_request_error");
        bench.post("/key/generate", "[".repeat(1_000)).refused(400, "bad_request_error");
        bench.post(
                        "/key/generate",
                        "{\"metadata\": {\"a\": \"%s\"}}".formatted("x".repeat(1 << 20)))
                .refused(413, "bad_request_error");
    }

    @Test
    void warnsOfWhatHasNoEffect() throws Exception {
        JsonNode made =
                bench.post("/key/generate", "{\"guardrails\": [\"g\"], \"max_bugdet\": 1}")
                        .ok()
                        .json();

        assertThat(made.path("warnings"))
                .extracting(JsonNode::asText)
                .containsExactlyInAnyOrder(
                        "guardrails is understood but not enforced", "max_bugdet is not known");
    }

    @Test
    void takesAKeyOfTheCallersChoiceOnce() throws Exception {
        String own = "sk-my-own-choice-" + UUID.randomUUID();

        assertThat(bench.post("/key/generate", "{\"key\": \"%s\"}".formatted(own)).ok().text("key"))
                .isEqualTo(own);
        Answer again = bench.post("/key/generate", "{\"key\": \"%s\"}".formatted(own));
        again.refused(400, "bad_request_error");
        assertThat(again.text()).doesNotContain(own);
    }

    @Test
    void changesExactlyTheNamedFields() throws Exception {
        Answer made =
                bench.post(
                                "/key/generate",
                                "{\"models\": [\"a\"], \"tpm_limit\": 7, \"max_budget\": 1}")
                        .ok();
        String key = made.text("key");

        JsonNode updated =
                bench.post("/key/update", "{\"key\": \"%s\", \"tpm_limit\": null}".formatted(key))
                        .ok()
                        .json();

        assertThat(updated.path("tpm_limit").isNull()).isTrue();
        assertThat(updated.path("models").get(0).asText()).isEqualTo("a");
        assertThat(updated.path("max_budget").asInt()).isEqualTo(1);
        assertThat(updated.toString()).doesNotContain(key);
        bench.post("/key/update", "{\"key\": \"sk-unknown-unknown\"}")
                .refused(404, "not_found_error");
        bench.post("/key/update", "{\"tpm_limit\": 1}").refused(400, "bad_request_error");
    }

    @Test
    void a9DeletesKeysAllOrNone() throws Exception {
        String one = bench.post("/key/generate", "{}").ok().text("key");
        String two = bench.post("/key/generate", "{\"key_alias\": \"two\"}").ok().text("token");

        bench.post("/key/delete", "{\"keys\": [\"%s\", \"sk-unknown-unknown\"]}".formatted(one))
                .refused(404, "not_found_error");
        bench.get("/key/info?key=" + one).ok();
        Answer deleted = bench.post("/key/delete", "{\"keys\": [\"%s\"]}".formatted(one)).ok();
        assertThat(deleted.json().path("deleted_keys").get(0).asText()).isEqualTo(sha256(one));
        bench.get("/key/info?key=" + one).refused(404, "not_found_error");
        bench.post("/key/delete", "{\"key_aliases\": [\"two\"]}").ok();
        bench.get("/key/info?key=" + two).refused(404, "not_found_error");
        bench.post("/key/delete", "{}").refused(400, "bad_request_error");
        bench.post("/key/delete", "{\"keys\": []}").refused(400, "bad_request_error");
        String recordKey = "key:" + sha256(one);
        await().untilAsserted(() ->
                assertThat(bench.believed().get(recordKey)).isInstanceOf(Account.Deleted.class));
    }

    @Test
    void growsTheVersionOfAnIdThatIsCreatedAgain() throws Exception {
        String own = "sk-comes-again-" + UUID.randomUUID();
        String body = "{\"key\": \"%s\"}".formatted(own);

        long first = version(bench.post("/key/generate", body).ok());
        long deleted =
                version(bench.post("/key/delete", "{\"keys\": [\"%s\"]}".formatted(own)).ok());
        long second = version(bench.post("/key/generate", body).ok());

        assertThat(deleted).isGreaterThan(first);
        assertThat(second).isGreaterThan(deleted);
        bench.awaitPublished("key:" + sha256(own), second);
        assertThat(bench.believed().get("key:" + sha256(own))).isInstanceOf(Account.ApiKey.class);
    }

    @Test
    void a16BlocksAndUnblocks() throws Exception {
        String key = bench.post("/key/generate", "{}").ok().text("key");
        String body = "{\"key\": \"%s\"}".formatted(key);

        assertThat(bench.post("/key/block", body).ok().json().path("blocked").asBoolean()).isTrue();
        assertThat(bench.post("/key/unblock", body).ok().json().path("blocked").asBoolean())
                .isFalse();
        bench.post("/key/block", "{\"key\": \"sk-unknown-unknown\"}")
                .refused(404, "not_found_error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/key/regenerate", "/key/{}/regenerate"})
    void regeneratesTheSecretWithTheSameSettings(String path) throws Exception {
        Answer made =
                bench.post(
                                "/key/generate",
                                "{\"models\": [\"a\"], \"spend\": 2, \"blocked\": true}")
                        .ok();
        String old = made.text("key");

        Answer again =
                bench.post(
                                path.replace("{}", old),
                                path.contains("{}") ? "{}" : "{\"key\": \"%s\"}".formatted(old))
                        .ok();

        assertThat(again.text("key")).isNotEqualTo(old).startsWith("sk-");
        assertThat(again.json().path("models").get(0).asText()).isEqualTo("a");
        assertThat(again.json().path("spend").asInt()).isEqualTo(2);
        assertThat(again.json().path("blocked").asBoolean()).isTrue();
        bench.get("/key/info?key=" + old).refused(404, "not_found_error");
        bench.post(path.replace("{}", "sk-unknown-unknown"), "{\"key\": \"sk-unknown-unknown\"}")
                .refused(404, "not_found_error");
    }

    @Test
    void listsKeysInPages() throws Exception {
        bench.user("lister", ", \"auto_create_key\": true");
        for (int i = 0; i < 4; i++) {
            bench.post("/key/generate", "{\"user_id\": \"lister\"}").ok();
        }

        JsonNode page = bench.get("/key/list?user_id=lister&size=2&page=3").ok().json();
        JsonNode full =
                bench.get("/key/list?user_id=lister&return_full_object=true&size=100").ok().json();

        assertThat(page.path("keys")).hasSize(1);
        assertThat(page.path("total_count").asInt()).isEqualTo(5);
        assertThat(page.path("current_page").asInt()).isEqualTo(3);
        assertThat(page.path("total_pages").asInt()).isEqualTo(3);
        assertThat(full.path("keys")).hasSize(5);
        assertThat(full.path("keys").get(0).path("user_id").asText()).isEqualTo("lister");
        bench.get("/key/list?size=101").refused(400, "bad_request_error");
        bench.get("/key/list?page=0").refused(400, "bad_request_error");
        bench.get("/key/list?userid=x").refused(400, "bad_request_error");
        bench.get("/key/list?page=1&page=2").refused(400, "bad_request_error");
        bench.get("/key/list?sort_by=token").refused(400, "bad_request_error");
    }

    @ParameterizedTest
    @CsvSource({"0s,0", "30s,30", "1h,3600", "2d,172800"})
    void a4KeysExpireAfterTheirDuration(String duration, long seconds) throws Exception {
        Instant before = Instant.now();

        Answer made =
                bench.post("/key/generate", "{\"duration\": \"%s\"}".formatted(duration)).ok();

        Instant expires = Instant.parse(made.text("expires"));
        assertThat(expires)
                .isBetween(
                        before.plusSeconds(seconds).minusMillis(1),
                        Instant.now().plusSeconds(seconds));
        JsonNode forEver =
                bench.post(
                                "/key/update",
                                "{\"key\": \"%s\", \"duration\": \"-1\"}"
                                        .formatted(made.text("token")))
                        .ok()
                        .json();
        assertThat(forEver.path("expires").isNull()).isTrue();
    }

    @Test
    void twoConcurrentUpdatesOfOneKeyNeverUndoABlock() throws Exception {
        String key = bench.post("/key/generate", "{}").ok().text("token");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 1; round <= 60; round++) {
                String limit = "{\"key\": \"%s\", \"tpm_limit\": %d}".formatted(key, round);
                String name = "{\"key\": \"%s\", \"key_alias\": \"n%d\"}".formatted(key, round);
                String body = "{\"key\": \"%s\"}".formatted(key);
                List<Future<Answer>> calls =
                        List.of(
                                threads.submit(() -> bench.post("/key/update", limit)),
                                threads.submit(() -> bench.post("/key/block", body)),
                                threads.submit(() -> bench.post("/key/update", name)));
                for (Future<Answer> call : calls) {
                    call.get().ok();
                }
                JsonNode info = bench.get("/key/info?key=" + key).ok().json().path("info");
                assertThat(info.path("blocked").asBoolean()).isTrue();
                assertThat(info.path("tpm_limit").asInt()).isEqualTo(round);
                assertThat(info.path("key_alias").asText()).isEqualTo("n" + round);
                bench.post("/key/unblock", body).ok();
            }
        }
    }

    @Test
    void answersAKeyThatBelongsToNobodyAboutItselfOnly() throws Exception {
        String hash = bench.post("/key/generate", "{}").ok().text("token");
        String other = bench.post("/key/generate", "{}").ok().text("token");
        var plain = new Caller("internal_user", null, hash);

        assertThat(bench.get(plain, "/key/info").ok().text("key")).isEqualTo(hash);
        bench.get(plain, "/key/info?key=" + other).refused(403, "auth_error");
        bench.post(plain, "/key/generate", "{}").refused(403, "auth_error");
        bench.post(plain, "/key/delete", "{\"keys\": [\"%s\"]}".formatted(hash))
                .refused(403, "auth_error");
        JsonNode list = bench.get(plain, "/key/list").ok().json().path("keys");
        assertThat(list).extracting(JsonNode::asText).containsExactly(hash);
    }

    @Test
    void refusesCallersThatTheIngressDoesNotName() throws Exception {
        bench.post(new Caller("root", null, MASTER.keyHash()), "/key/generate", "{}")
                .refused(403, "auth_error");
        bench.post(new Caller("proxy_admin", null, "master"), "/key/generate", "{}")
                .refused(403, "auth_error");
        bench.post(new Caller("proxy_admin", "%zz", MASTER.keyHash()), "/key/generate", "{}")
                .refused(403, "auth_error");
    }

    private static long version(Answer answer) {
        String changed = String.valueOf(answer.changed());
        return Long.parseLong(changed.substring(changed.lastIndexOf('=') + 1));
    }
}
