package dev.sluice.spend;

import static dev.sluice.spend.AccountsBench.MASTER;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.schemas.accounts.Account;
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

@ExtendWith({KafkaExtension.class, PostgresExtension.class})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccountRoutesIT {

    private final AccountsBench bench;

    AccountRoutesIT(KafkaBroker kafka, PostgresDatabase postgres) throws Exception {
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
    void keepsUsers() throws Exception {
        Answer made =
                bench.post(
                                "/user/new",
                                """
                                {"user_id": "ada", "user_email": "Ada@example.com", "user_role": "internal_user",
                                 "max_budget": 3, "models": ["m"], "key_alias": "ada's", "duration": "1d"}\
                                """)
                        .ok();

        assertThat(made.text("key")).startsWith("sk-");
        assertThat(made.json().path("expires").isTextual()).isTrue();
        JsonNode info = bench.get("/user/info?user_id=ada").ok().json();
        assertThat(info.path("user_info").path("max_budget").asInt()).isEqualTo(3);
        assertThat(info.path("keys").get(0).path("key_alias").asText()).isEqualTo("ada's");
        assertThat(info.path("teams")).isEmpty();
        JsonNode updated =
                bench.post("/user/update", "{\"user_id\": \"ada\", \"tpm_limit\": 9, \"spend\": 1}")
                        .ok()
                        .json();
        assertThat(updated.path("data").path("tpm_limit").asInt()).isEqualTo(9);
        assertThat(updated.path("data").path("spend").asInt()).isEqualTo(1);
        assertThat(updated.path("data").path("max_budget").asInt()).isEqualTo(3);
        bench.post("/user/new", "{\"user_id\": \"ada\"}").refused(400, "bad_request_error");
        bench.post("/user/new", "{\"user_email\": \"ADA@example.com\"}")
                .refused(400, "bad_request_error");
        bench.post("/user/new", "{\"user_role\": \"org_admin\"}").refused(400, "bad_request_error");
        JsonNode list = bench.get("/user/list?user_email=ada&page_size=5").ok().json();
        assertThat(list.path("users").get(0).path("user_id").asText()).isEqualTo("ada");
        assertThat(list.path("total").asInt()).isEqualTo(1);
        assertThat(bench.post("/user/delete", "{\"user_ids\": [\"ada\"]}").ok().text())
                .isEqualTo("1");
        bench.get("/user/info?user_id=ada").refused(404, "not_found_error");
        bench.get("/key/info?key=" + made.text("key")).refused(404, "not_found_error");
        bench.post("/user/delete", "{\"user_ids\": [\"ada\"]}").refused(404, "not_found_error");
        bench.post("/user/update", "{\"user_id\": \"ada\"}").refused(404, "not_found_error");
        bench.post("/user/update", "{}").refused(400, "bad_request_error");
    }

    @Test
    void warnsOfWhatAUserDoesNotHave() throws Exception {
        JsonNode made =
                bench.post("/user/new", "{\"team_id\": \"red\", \"aliases\": {\"a\": \"b\"}}")
                        .ok()
                        .json();

        assertThat(made.path("warnings"))
                .extracting(JsonNode::asText)
                .containsExactly("team_id is not known");
        JsonNode key = bench.get("/key/info?key=" + made.path("key").asText()).ok().json();
        assertThat(key.at("/info/aliases/a").asText()).isEqualTo("b");
    }

    @Test
    void keepsTeamsAndTheirMembers() throws Exception {
        bench.post("/organization/new", "{\"organization_id\": \"acme\"}").ok();
        bench.user("boss", "");
        bench.user("member", ", \"user_email\": \"member@example.com\"");
        JsonNode team =
                bench.post(
                                "/team/new",
                                """
                                {"team_id": "red", "team_alias": "Red", "organization_id": "acme", "max_budget": 10,
                                 "team_member_budget": 2, "model_aliases": {"a": "b"}, "tags": ["x"],
                                 "members_with_roles": [{"role": "admin", "user_id": "boss"}]}\
                                """)
                        .ok()
                        .json();
        assertThat(team.path("members_with_roles").get(0).path("user_id").asText())
                .isEqualTo("boss");

        Answer added =
                bench.post(
                                "/team/member_add",
                                """
                                {"team_id": "red", "max_budget_in_team": 1.5,
                                 "member": {"role": "user", "user_email": "MEMBER@example.com"}}\
                                """)
                        .ok();

        assertThat(added.json().path("members")).hasSize(2);
        assertThat(added.changed()).startsWith("user%3Amember=");
        bench.post(
                        "/team/member_add",
                        "{\"team_id\": \"red\", \"member\": [{\"user_id\": \"member\"}]}")
                .refused(400, "team_member_already_in_team");
        await().untilAsserted(() -> {
            var user = (Account.User) bench.believed("user:member");
            assertThat(user.memberships()).hasSize(1);
            assertThat(user.memberships().getFirst().limits().maxBudgetPico())
                    .isEqualTo(1_500_000_000_000L);
        });
        bench.post(
                        "/team/member_update",
                        "{\"team_id\": \"red\", \"user_id\": \"member\", \"role\": \"admin\","
                                + " \"max_budget_in_team\": null}")
                .ok();
        await().untilAsserted(() -> {
            var user = (Account.User) bench.believed("user:member");
            assertThat(user.isAdminOf("red")).isTrue();
            assertThat(user.memberships().getFirst().limits().maxBudgetPico())
                    .isEqualTo(2_000_000_000_000L);
        });
        bench.post("/team/update", "{\"team_id\": \"red\", \"team_member_budget\": 4}").ok();
        await().untilAsserted(() -> {
            var user = (Account.User) bench.believed("user:boss");
            assertThat(user.memberships().getFirst().limits().maxBudgetPico())
                    .isEqualTo(4_000_000_000_000L);
        });
        JsonNode info = bench.get("/team/info?team_id=red").ok().json();
        assertThat(info.path("team_info").path("team_alias").asText()).isEqualTo("Red");
        assertThat(info.path("team_memberships")).hasSize(2);
        String key =
                bench.post("/key/generate", "{\"team_id\": \"red\", \"user_id\": \"member\"}")
                        .ok()
                        .text("token");
        bench.post("/team/member_delete", "{\"team_id\": \"red\", \"user_id\": \"member\"}").ok();
        bench.get("/key/info?key=" + key).refused(404, "not_found_error");
        bench.post("/team/member_delete", "{\"team_id\": \"red\", \"user_id\": \"member\"}")
                .refused(404, "not_found_error");
        bench.post("/organization/delete", "{\"organization_ids\": [\"acme\"]}")
                .refused(400, "bad_request_error");
    }

    @Test
    void blocksAndDeletesTeamsWithTheirKeys() throws Exception {
        bench.post("/team/new", "{\"team_id\": \"blue\"}").ok();
        bench.user("blue-user", ", \"teams\": [\"blue\"]");
        String key = bench.post("/key/generate", "{\"team_id\": \"blue\"}").ok().text("token");

        assertThat(
                        bench.post("/team/block", "{\"team_id\": \"blue\"}")
                                .ok()
                                .json()
                                .path("blocked")
                                .asBoolean())
                .isTrue();
        bench.post("/team/unblock", "{\"team_id\": \"blue\"}").ok();
        JsonNode deleted = bench.post("/team/delete", "{\"team_ids\": [\"blue\"]}").ok().json();

        assertThat(deleted.path("deleted_teams").get(0).asText()).isEqualTo("blue");
        bench.get("/key/info?key=" + key).refused(404, "not_found_error");
        assertThat(
                        bench.get("/user/info?user_id=blue-user")
                                .ok()
                                .json()
                                .path("user_info")
                                .path("teams"))
                .isEmpty();
        bench.get("/team/info?team_id=blue").refused(404, "not_found_error");
        bench.post("/team/block", "{\"team_id\": \"blue\"}").refused(404, "not_found_error");
        bench.post("/team/update", "{\"team_id\": \"blue\"}").refused(404, "not_found_error");
        bench.post("/team/new", "{\"team_id\": \"a:b\"}").refused(400, "bad_request_error");
        bench.post("/team/new", "{\"members_with_roles\": [{\"user_id\": \"nobody\"}]}")
                .refused(404, "not_found_error");
    }

    @Test
    void listsTeams() throws Exception {
        bench.post("/team/new", "{\"team_id\": \"listed\"}").ok();
        bench.user("listed-user", ", \"teams\": [\"listed\"]");

        assertThat(bench.get("/team/list").ok().json().isArray()).isTrue();
        JsonNode own = bench.get("/team/list?user_id=listed-user").ok().json();
        assertThat(own).hasSize(1);
        JsonNode paged = bench.get("/v2/team/list?team_id=listed&page_size=1").ok().json();
        assertThat(paged.path("teams").get(0).path("team_id").asText()).isEqualTo("listed");
        assertThat(paged.path("total_pages").asInt()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PATCH", "POST"})
    void keepsOrganizations(String method) throws Exception {
        String id = "org-" + method;
        bench.post(
                        "/organization/new",
                        "{\"organization_id\": \"%s\", \"max_budget\": 5}".formatted(id))
                .ok();

        JsonNode updated =
                bench.call(
                                method,
                                MASTER,
                                "/organization/update",
                                "{\"organization_id\": \"%s\", \"models\": [\"m\"]}".formatted(id))
                        .ok()
                        .json();

        assertThat(updated.path("litellm_budget_table").path("max_budget").asInt()).isEqualTo(5);
        JsonNode info = bench.get("/organization/info?organization_id=" + id).ok().json();
        assertThat(info.path("models").get(0).asText()).isEqualTo("m");
        assertThat(bench.get("/organization/list").ok().json()).isNotEmpty();
        String body = "{\"organization_ids\": [\"%s\"]}".formatted(id);
        bench.call(method.equals("PATCH") ? "DELETE" : "POST", MASTER, "/organization/delete", body)
                .ok();
        bench.get("/organization/info?organization_id=" + id).refused(404, "not_found_error");
    }

    @Test
    void keepsBudgetsAndNeverDeletesOneInUse() throws Exception {
        JsonNode made =
                bench.post(
                                "/budget/new",
                                "{\"budget_id\": \"b\", \"max_budget\": 2, \"budget_duration\": \"1d\"}")
                        .ok()
                        .json();
        assertThat(made.path("budget_reset_at").isTextual()).isTrue();
        bench.post("/customer/new", "{\"user_id\": \"poor\", \"budget_id\": \"b\"}").ok();

        bench.post("/budget/delete", "{\"id\": \"b\"}").refused(400, "bad_request_error");
        Answer updated = bench.post("/budget/update", "{\"budget_id\": \"b\", \"rpm_limit\": 1}");
        assertThat(updated.ok().changed()).startsWith("budget%3Ab=").doesNotContain("customer");
        JsonNode info = bench.post("/budget/info", "{\"budgets\": [\"b\"]}").ok().json();
        assertThat(info.get(0).path("rpm_limit").asInt()).isEqualTo(1);
        bench.post("/budget/info", "{\"budgets\": [\"b\", \"c\"]}").refused(404, "not_found_error");
        assertThat(bench.get("/budget/list").ok().json()).isNotEmpty();
        bench.post("/budget/new", "{\"budget_id\": \"b\"}").refused(400, "bad_request_error");
        bench.post("/customer/delete", "{\"user_ids\": [\"poor\"]}").ok();
        bench.post("/budget/delete", "{\"id\": \"b\"}").ok();
        bench.post("/budget/delete", "{\"id\": \"b\"}").refused(404, "not_found_error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/customer", "/end_user"})
    void keepsCustomersUnderBothNames(String path) throws Exception {
        String id = "end" + path.length();
        bench.post(
                        path + "/new",
                        "{\"user_id\": \"%s\", \"max_budget\": 1, \"allowed_model_region\": \"eu\"}"
                                .formatted(id))
                .ok();

        bench.post(path + "/update", "{\"user_id\": \"%s\", \"alias\": \"A\"}".formatted(id)).ok();

        JsonNode info = bench.get(path + "/info?end_user_id=" + id).ok().json();
        assertThat(info.path("alias").asText()).isEqualTo("A");
        assertThat(info.path("litellm_budget_table").path("max_budget").asInt()).isEqualTo(1);
        String both = "{\"user_ids\": [\"%s\", \"new-%s\"]}".formatted(id, id);
        assertThat(bench.post(path + "/block", both).ok().json().path("blocked_users")).hasSize(2);
        bench.post(path + "/unblock", both).ok();
        bench.post(path + "/unblock", "{\"user_ids\": [\"nobody\"]}")
                .refused(404, "not_found_error");
        assertThat(bench.get(path + "/list").ok().json()).isNotEmpty();
        bench.post(path + "/new", "{\"user_id\": \"x\", \"budget_id\": \"b\", \"max_budget\": 1}")
                .refused(400, "bad_request_error");
        bench.post(path + "/new", "{\"user_id\": \"x\", \"allowed_model_region\": \"mars\"}")
                .refused(400, "bad_request_error");
        bench.post(path + "/delete", both).ok();
        bench.get(path + "/info?end_user_id=" + id).refused(404, "not_found_error");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/user/new",
                "/user/update",
                "/user/delete",
                "/team/new",
                "/team/block",
                "/team/unblock",
                "/team/delete",
                "/organization/new",
                "/organization/update",
                "/organization/delete",
                "/budget/new",
                "/budget/update",
                "/budget/delete",
                "/customer/new",
                "/customer/update",
                "/customer/delete",
                "/customer/block",
                "/end_user/unblock",
            })
    void onlyAdminsChangeWhatIsNotTheirs(String path) throws Exception {
        // Valid for every route; whoever is refused learns nothing of what exists.
        String body =
                """
                {"user_id": "x", "user_ids": ["x"], "team_id": "x", "team_ids": ["x"], "organization_id": "x",
                 "organization_ids": ["x"], "budget_id": "x", "id": "x"}\
                """;
        Caller user = bench.user("plain" + path.replace('/', '-'), "");

        bench.post(user, path, body).refused(403, "auth_error");
        var viewer = new Caller("proxy_admin_viewer", null, MASTER.keyHash());
        bench.post(viewer, path, body).refused(403, "auth_error");
    }

    @Test
    void viewersOfEverythingSeeEverything() throws Exception {
        var viewer = new Caller("proxy_admin_viewer", null, MASTER.keyHash());
        for (String path :
                new String[] {
                    "/key/list",
                    "/user/list",
                    "/team/list",
                    "/organization/list",
                    "/budget/list",
                    "/customer/list"
                }) {
            bench.get(viewer, path).ok();
        }
        bench.post(viewer, "/key/generate", "{}").refused(403, "auth_error");
        Caller user = bench.user("sees-little", "");
        for (String path :
                new String[] {
                    "/user/list",
                    "/organization/list",
                    "/budget/list",
                    "/customer/list",
                    "/user/info?user_id=somebody",
                    "/customer/info?end_user_id=x"
                }) {
            bench.get(user, path).refused(403, "auth_error");
        }
        assertThat(bench.get(user, "/user/info").ok().text("user_id")).isEqualTo("sees-little");
    }
}
