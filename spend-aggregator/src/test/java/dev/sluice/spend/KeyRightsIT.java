package dev.sluice.spend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

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
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

/** What users, members and admins of teams may do to keys, and what they may not. */
@ExtendWith({KafkaExtension.class, PostgresExtension.class})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeyRightsIT {

    private final AccountsBench bench;
    private int next;

    KeyRightsIT(KafkaBroker kafka, PostgresDatabase postgres) throws Exception {
        bench = new AccountsBench(kafka, postgres);
    }

    @BeforeAll
    void start() throws Exception {
        bench.start();
        await().atMost(Duration.ofSeconds(30)).until(() -> bench.get("/key/list").status() == 200);
        bench.post("/budget/new", "{\"budget_id\": \"rich\"}").ok();
        bench.post("/organization/new", "{\"organization_id\": \"org\"}").ok();
        bench.post("/team/new", "{\"team_id\": \"closed\", \"models\": [\"a\", \"b\"]}").ok();
        bench.post("/team/new", "{\"team_id\": \"foreign\"}").ok();
        bench.post(
                        "/team/new",
                        "{\"team_id\": \"open\", \"max_budget\": 5,"
                                + " \"team_member_permissions\": [\"/key/generate\", \"/key/update\"]}")
                .ok();
    }

    @AfterAll
    void close() {
        bench.close();
    }

    private Caller user(String more) throws Exception {
        return bench.user("u" + next++, more);
    }

    private Caller admin(String team) throws Exception {
        Caller user = user("");
        bench.post(
                        "/team/member_add",
                        "{\"team_id\": \"%s\", \"member\": {\"role\": \"admin\", \"user_id\": \"%s\"}}"
                                .formatted(team, user.user()))
                .ok();
        return user;
    }

    @Test
    void aUserKeepsKeysOfHisOwn() throws Exception {
        Caller user = user("");

        String key = bench.post(user, "/key/generate", "{\"max_budget\": 1}").ok().text("key");

        String body = "{\"key\": \"%s\"}".formatted(key);
        JsonNode info = bench.get(user, "/key/info?key=" + key).ok().json().path("info");
        assertThat(info.path("user_id").asText()).isEqualTo(user.user());
        assertThat(info.path("created_by").asText()).isEqualTo(user.user());
        bench.post(user, "/key/update", "{\"key\": \"%s\", \"max_budget\": 2}".formatted(key)).ok();
        bench.post(user, "/key/block", body).ok();
        bench.post(user, "/key/unblock", body).ok();
        String again = bench.post(user, "/key/regenerate", body).ok().text("key");
        bench.post(user, "/key/delete", "{\"keys\": [\"%s\"]}".formatted(again)).ok();
    }

    @Test
    void a10NeverShowsTheKeyOfAnother() throws Exception {
        Caller user = user("");
        Caller other = user("");
        String foreign = bench.post(other, "/key/generate", "{}").ok().text("token");
        String body = "{\"key\": \"%s\"}".formatted(foreign);

        bench.get(user, "/key/info?key=" + foreign).refused(403, "auth_error");
        for (String path : new String[] {"/key/update", "/key/block", "/key/regenerate"}) {
            bench.post(user, path, body).refused(403, "auth_error");
        }
        bench.post(user, "/key/delete", "{\"keys\": [\"%s\"]}".formatted(foreign))
                .refused(403, "auth_error");
        bench.get(user, "/key/list?user_id=" + other.user()).refused(403, "auth_error");
        bench.get(user, "/key/info?key=sk-nobody-has-this").refused(404, "not_found_error");
        for (JsonNode key :
                bench.get(user, "/key/list?return_full_object=true&size=100")
                        .ok()
                        .json()
                        .path("keys")) {
            assertThat(key.path("user_id").asText()).isEqualTo(user.user());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"user_id\": \"u0\"",
                "\"spend\": 0",
                "\"budget_id\": \"rich\"",
                "\"budget_id\": null",
                "\"organization_id\": \"org\"",
                "\"team_id\": \"foreign\"",
                "\"team_id\": \"closed\"",
            })
    void aUserGivesHimselfNothingByFieldsOfTheBody(String field) throws Exception {
        Caller user = user("");
        user("");
        String own = bench.post(user, "/key/generate", "{}").ok().text("token");

        bench.post(user, "/key/generate", "{%s}".formatted(field)).refused(403, "auth_error");
        bench.post(user, "/key/update", "{\"key\": \"%s\", %s}".formatted(own, field))
                .refused(403, "auth_error");
        bench.post(user, "/key/regenerate", "{\"key\": \"%s\", %s}".formatted(own, field))
                .refused(403, "auth_error");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"user_role\": \"proxy_admin\"",
                "\"created_by\": \"somebody\"",
                "\"blocked_by_admin\": false",
                "\"version\": 1",
                "\"token\": \"x\"",
                "\"permissions\": {\"admin\": true}",
            })
    void fieldsThatAreNoKeysHaveNoEffect(String field) throws Exception {
        Caller user = user("");

        JsonNode made = bench.post(user, "/key/generate", "{%s}".formatted(field)).ok().json();

        assertThat(made.path("warnings")).hasSize(1);
        assertThat(made.path("created_by").asText()).isEqualTo(user.user());
        bench.get(user, "/user/list").refused(403, "auth_error");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"max_budget\": 4", "\"tpm_limit\": 11", "\"rpm_limit\": 6",
                "\"max_parallel_requests\": 3", "\"models\": [\"c\"]", "\"models\": [\"*\"]",
            })
    void aUserStaysWithinHisOwnLimits(String field) throws Exception {
        Caller user =
                user(
                        ", \"max_budget\": 3, \"tpm_limit\": 10, \"rpm_limit\": 5,"
                                + " \"max_parallel_requests\": 2, \"models\": [\"a\", \"b\"]");
        String own = bench.post(user, "/key/generate", "{\"models\": [\"a\"]}").ok().text("token");

        bench.post(user, "/key/generate", "{%s}".formatted(field)).refused(403, "auth_error");
        bench.post(user, "/key/update", "{\"key\": \"%s\", %s}".formatted(own, field))
                .refused(403, "auth_error");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"max_budget\": 100", "\"max_budget\": null", "\"models\": []",
                "\"allowed_routes\": []", "\"duration\": \"-1\"", "\"tpm_limit\": 1000",
                "\"aliases\": {\"a\": \"dear\"}", "\"tags\": []",
            })
    void aUserDoesNotWidenAKeyThatAnAdminMadeForHim(String field) throws Exception {
        Caller user = user("");
        String given =
                bench.post(
                                "/key/generate",
                                """
                                {"user_id": "%s", "max_budget": 1, "models": ["a"], "duration": "1d",
                                 "allowed_routes": ["/chat/completions"]}\
                                """
                                        .formatted(user.user()))
                        .ok()
                        .text("token");

        bench.post(user, "/key/update", "{\"key\": \"%s\", %s}".formatted(given, field))
                .refused(403, "auth_error");
        bench.post(user, "/key/regenerate", "{\"key\": \"%s\", %s}".formatted(given, field))
                .refused(403, "auth_error");
        bench.post(
                        user,
                        "/key/update",
                        "{\"key\": \"%s\", \"key_alias\": \"%s\"}".formatted(given, given))
                .ok();
    }

    @Test
    void aNarrowKeyDoesNotBegetAWideOne() throws Exception {
        Caller user = user("");
        Answer narrow =
                bench.post(
                                "/key/generate",
                                """
                                {"user_id": "%s", "max_budget": 1, "budget_duration": "30d", "models": ["a"],
                                 "duration": "1d", "tpm_limit": 5, "allowed_routes": ["/key/generate"],
                                 "model_rpm_limit": {"a": 1}, "budget_id": "rich"}\
                                """
                                        .formatted(user.user()))
                        .ok();
        var caller = new Caller("internal_user", user.user(), narrow.text("token"));

        JsonNode child = bench.post(caller, "/key/generate", "{}").ok().json();

        assertThat(child.path("max_budget").asInt()).isEqualTo(1);
        assertThat(child.path("budget_duration").asText()).isEqualTo("30d");
        assertThat(child.path("models").get(0).asText()).isEqualTo("a");
        assertThat(child.path("expires").asText()).isEqualTo(narrow.text("expires"));
        assertThat(child.path("allowed_routes").get(0).asText()).isEqualTo("/key/generate");
        assertThat(child.path("model_rpm_limit").path("a").asInt()).isEqualTo(1);
        assertThat(child.path("budget_id").asText()).isEqualTo("rich");
        for (String field :
                new String[] {
                    "\"max_budget\": 2", "\"budget_duration\": \"1s\"", "\"models\": [\"b\"]",
                    "\"duration\": \"2d\"", "\"tpm_limit\": 6", "\"allowed_routes\": [\"/*\"]"
                }) {
            bench.post(caller, "/key/generate", "{%s}".formatted(field)).refused(403, "auth_error");
        }
    }

    @Test
    void onlyAnAdminLiftsAnAdminsBlock() throws Exception {
        Caller user = user("");
        String own = "sk-%s-chosen-by-user".formatted(user.user());
        bench.post(user, "/key/generate", "{\"key\": \"%s\"}".formatted(own)).ok();
        String body = "{\"key\": \"%s\"}".formatted(own);
        bench.post("/key/block", body).ok();

        bench.post(user, "/key/unblock", body).refused(403, "auth_error");
        bench.post(user, "/key/update", "{\"key\": \"%s\", \"blocked\": false}".formatted(own))
                .refused(403, "auth_error");
        bench.post(user, "/key/update", "{\"key\": \"%s\", \"blocked\": null}".formatted(own))
                .refused(403, "auth_error");
        bench.post(user, "/key/block", body).ok();
        bench.post(user, "/key/unblock", body).refused(403, "auth_error");
        JsonNode again = bench.post(user, "/key/regenerate", body).ok().json();
        assertThat(again.path("blocked").asBoolean()).isTrue();
        bench.post(user, "/key/generate", body).refused(400, "bad_request_error");
        bench.post("/key/unblock", "{\"key\": \"%s\"}".formatted(again.path("token").asText()))
                .ok();
    }

    @Test
    void aBlockedOrDeletedCallerCallsNoMore() throws Exception {
        Caller user = user("");
        String other = bench.post(user, "/key/generate", "{}").ok().text("token");
        var byOther = new Caller("internal_user", user.user(), other);
        bench.post("/key/block", "{\"key\": \"%s\"}".formatted(other)).ok();

        bench.post(byOther, "/key/generate", "{}").refused(401, "auth_error");
        bench.post("/key/delete", "{\"keys\": [\"%s\"]}".formatted(other)).ok();
        bench.post(byOther, "/key/generate", "{}").refused(401, "auth_error");
        bench.post(
                        new Caller("proxy_admin", user.user(), other),
                        "/user/new",
                        "{\"user_id\": \"mine\"}")
                .refused(401, "auth_error");
        bench.post(
                        "/user/update",
                        "{\"user_id\": \"%s\", \"blocked\": true}".formatted(user.user()))
                .ok();
        bench.post(user, "/key/generate", "{}").refused(401, "auth_error");
    }

    @Test
    void theRoleInTheDatabaseCountsNotTheOneThatTheIngressRemembers() throws Exception {
        Caller user = user(", \"user_role\": \"proxy_admin\"");
        var remembered = new Caller("proxy_admin", user.user(), user.keyHash());
        bench.get(remembered, "/user/list").ok();
        bench.post(
                        "/user/update",
                        "{\"user_id\": \"%s\", \"user_role\": \"internal_user_viewer\"}"
                                .formatted(user.user()))
                .ok();

        bench.get(remembered, "/user/list").refused(403, "auth_error");
        bench.post(remembered, "/key/generate", "{}").refused(403, "auth_error");
        bench.get(remembered, "/key/info").ok();
    }

    @Test
    void membersMakeTeamKeysWhereTheTeamAllowsIt() throws Exception {
        Caller user = user(", \"teams\": [\"open\", \"closed\"]");

        Answer made = bench.post(user, "/key/generate", "{\"team_id\": \"open\"}").ok();

        bench.post(user, "/key/generate", "{\"team_id\": \"closed\"}")
                .refused(403, "team_member_permission_error");
        bench.post(user, "/key/generate", "{\"team_id\": \"open\", \"max_budget\": 6}")
                .refused(403, "auth_error");
        String token = made.text("token");
        bench.post(user, "/key/update", "{\"key\": \"%s\", \"max_budget\": 5}".formatted(token))
                .ok();
        bench.post(user, "/key/update", "{\"key\": \"%s\", \"team_id\": null}".formatted(token))
                .refused(403, "auth_error");
        bench.post(user, "/key/delete", "{\"keys\": [\"%s\"]}".formatted(token))
                .refused(403, "team_member_permission_error");
        bench.get(user, "/team/info?team_id=open").ok();
        bench.get(user, "/team/info?team_id=foreign").refused(403, "auth_error");
        bench.get(user, "/team/list?user_id=u0").refused(403, "auth_error");
        assertThat(bench.get(user, "/team/list").ok().json()).hasSize(2);
    }

    @Test
    void teamAdminsManageTheirTeamsKeysAndMembers() throws Exception {
        Caller admin = admin("closed");
        Caller member = user("");
        String team = "\"team_id\": \"closed\"";
        bench.post(
                        admin,
                        "/team/member_add",
                        "{%s, \"member\": {\"user_id\": \"%s\"}}".formatted(team, member.user()))
                .ok();

        String key =
                bench.post(
                                admin,
                                "/key/generate",
                                "{%s, \"user_id\": \"%s\", \"models\": [\"a\"]}"
                                        .formatted(team, member.user()))
                        .ok()
                        .text("token");

        bench.post(admin, "/key/block", "{\"key\": \"%s\"}".formatted(key)).ok();
        bench.post(member, "/key/unblock", "{\"key\": \"%s\"}".formatted(key))
                .refused(403, "team_member_permission_error");
        bench.post(admin, "/key/unblock", "{\"key\": \"%s\"}".formatted(key)).ok();
        bench.post(admin, "/key/generate", "{%s, \"models\": [\"c\"]}".formatted(team))
                .refused(403, "auth_error");
        bench.post(admin, "/key/generate", "{%s, \"user_id\": \"u0\"}".formatted(team))
                .refused(403, "auth_error");
        bench.post(admin, "/key/generate", "{\"user_id\": \"%s\"}".formatted(member.user()))
                .refused(403, "auth_error");
        bench.post(admin, "/team/update", "{%s, \"team_alias\": \"Ours\"}".formatted(team)).ok();
        for (String field :
                new String[] {
                    "\"max_budget\": 1",
                    "\"max_budget\": null",
                    "\"models\": []",
                    "\"spend\": 0",
                    "\"blocked\": false",
                    "\"organization_id\": \"org\"",
                    "\"budget_id\": \"rich\"",
                    "\"tpm_limit\": 1",
                    "\"team_member_budget\": 1"
                }) {
            bench.post(admin, "/team/update", "{%s, %s}".formatted(team, field))
                    .refused(403, "auth_error");
        }
        bench.post(
                        admin,
                        "/team/member_add",
                        "{\"team_id\": \"foreign\", \"member\": {\"user_id\": \"%s\"}}"
                                .formatted(admin.user()))
                .refused(403, "auth_error");
        bench.post(
                        admin,
                        "/team/member_add",
                        "{%s, \"member\": {\"user_id\": \"made-up\"}}".formatted(team))
                .refused(404, "not_found_error");
        bench.post(
                        admin,
                        "/team/member_delete",
                        "{%s, \"user_id\": \"%s\"}".formatted(team, member.user()))
                .ok();
        bench.post(admin, "/team/delete", "{\"team_ids\": [\"closed\"]}")
                .refused(403, "auth_error");
    }

    @Test
    void aMemberDoesNotMakeHimselfAdmin() throws Exception {
        Caller user = user(", \"teams\": [\"open\"]");
        String me = "\"team_id\": \"open\", \"user_id\": \"%s\"".formatted(user.user());

        bench.post(user, "/team/member_update", "{%s, \"role\": \"admin\"}".formatted(me))
                .refused(403, "auth_error");
        bench.post(user, "/team/update", "{\"team_id\": \"open\", \"team_alias\": \"x\"}")
                .refused(403, "auth_error");
        bench.post(
                        user,
                        "/user/update",
                        "{\"user_id\": \"%s\", \"user_role\": \"proxy_admin\"}"
                                .formatted(user.user()))
                .refused(403, "auth_error");
    }
}
