package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.ingress.auth.Access;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.auth.RouteTable;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Who may call which route of the management API, through an ingress and the aggregator; and that
 * {@code docs/accounts.md} and the ingress' table of routes say the same.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ManagementMatrixIT {

    /** The columns of the matrix; the last are a key of nobody's, a team's key, and no key. */
    private enum Who {
        MASTER,
        ADMIN,
        VIEWER,
        USER,
        USER_VIEWER,
        TEAM_ADMIN,
        PLAIN,
        TEAM_KEY,
        NOBODY
    }

    /**
     * Call, then the status for each of {@link Who} but nobody, who always is refused. Words in
     * capitals are accounts; those with {@code _GONE} are used up by the call. {@code ME} is the
     * caller, {@code OWN} a key that he has been given.
     */
    private static final String MATRIX =
            """
            POST /key/generate {}                                                | 200 200 403 200 403 200 403 403
            POST /key/generate {"team_id":"TEAM"}                                | 200 200 403 403 403 200 403 403
            POST /key/generate {"user_id":"USER"}                                | 200 200 403 403 403 403 403 403
            POST /key/update {"key":"KEY","metadata":{"a":1}}                    | 200 200 403 403 403 200 403 403
            POST /key/update {"key":"OWN","metadata":{"a":1}}                    | 200 200 403 200 403 200 403 403
            POST /key/update {"key":"OWN","max_budget":1}                        | 200 200 403 403 403 403 403 403
            POST /key/block {"key":"KEY"}                                        | 200 200 403 403 403 200 403 403
            POST /key/block {"key":"OWN"}                                        | 200 200 403 200 403 200 403 403
            POST /key/unblock {"key":"KEY"}                                      | 200 200 403 403 403 200 403 403
            POST /key/regenerate {"key":"KEY_GONE"}                              | 200 200 403 403 403 200 403 403
            POST /key/KEY_GONE/regenerate {}                                     | 200 200 403 403 403 200 403 403
            POST /key/delete {"keys":["KEY_GONE"]}                               | 200 200 403 403 403 200 403 403
            POST /key/delete {"keys":["OWN"]}                                    | 200 200 403 200 403 200 403 403
            GET /key/info?key=KEY                                                | 200 200 200 403 403 200 403 403
            GET /key/info                                                        | 404 200 200 200 200 200 200 200
            GET /key/list                                                        | 200 200 200 200 200 200 403 403
            POST /user/new {"user_id":"NEW"}                                     | 200 200 403 403 403 403 403 403
            POST /user/update {"user_id":"USER","user_alias":"x"}                | 200 200 403 403 403 403 403 403
            POST /user/update {"user_id":"ME","user_role":"proxy_admin"}         | 404 200 403 403 403 403 403 403
            POST /user/delete {"user_ids":["USER_GONE"]}                         | 200 200 403 403 403 403 403 403
            GET /user/info?user_id=USER                                          | 200 200 200 403 403 403 403 403
            GET /user/info                                                       | 400 200 200 200 200 200 403 403
            GET /user/list                                                       | 200 200 200 403 403 403 403 403
            POST /team/new {"team_id":"NEW"}                                     | 200 200 403 403 403 403 403 403
            POST /team/update {"team_id":"TEAM","team_alias":"x"}                | 200 200 403 403 403 200 403 403
            POST /team/update {"team_id":"TEAM","max_budget":5}                  | 200 200 403 403 403 403 403 403
            POST /team/block {"team_id":"TEAM_GONE"}                             | 200 200 403 403 403 403 403 403
            POST /team/unblock {"team_id":"TEAM"}                                | 200 200 403 403 403 403 403 403
            POST /team/delete {"team_ids":["TEAM_GONE"]}                         | 200 200 403 403 403 403 403 403
            POST /team/member_add {"team_id":"TEAM","member":{"user_id":"USER_GONE","role":"user"}} | 200 200 403 403 403 200 403 403
            POST /team/member_update {"team_id":"TEAM","user_id":"MEMBER","rpm_limit":5} | 200 200 403 403 403 200 403 403
            POST /team/member_delete {"team_id":"TEAM","user_id":"MEMBER_GONE"}  | 200 200 403 403 403 200 403 403
            GET /team/info?team_id=TEAM                                          | 200 200 200 403 403 200 403 200
            GET /team/list                                                       | 200 200 200 200 200 200 403 403
            GET /v2/team/list                                                    | 200 200 200 200 200 200 403 403
            POST /organization/new {"organization_id":"NEW"}                     | 200 200 403 403 403 403 403 403
            POST /organization/update {"organization_id":"ORG","organization_alias":"x"} | 200 200 403 403 403 403 403 403
            PATCH /organization/update {"organization_id":"ORG","organization_alias":"x"} | 200 200 403 403 403 403 403 403
            POST /organization/delete {"organization_ids":["ORG_GONE"]}          | 200 200 403 403 403 403 403 403
            DELETE /organization/delete {"organization_ids":["ORG_GONE"]}        | 200 200 403 403 403 403 403 403
            GET /organization/info?organization_id=ORG                           | 200 200 200 403 403 403 403 403
            GET /organization/list                                               | 200 200 200 403 403 403 403 403
            POST /budget/new {"budget_id":"NEW","max_budget":1}                  | 200 200 403 403 403 403 403 403
            POST /budget/update {"budget_id":"BUDGET","max_budget":2}            | 200 200 403 403 403 403 403 403
            POST /budget/delete {"id":"BUDGET_GONE"}                             | 200 200 403 403 403 403 403 403
            POST /budget/info {"budgets":["BUDGET"]}                             | 200 200 200 403 403 403 403 403
            GET /budget/list                                                     | 200 200 200 403 403 403 403 403
            """
                    + customers("/customer")
                    + customers("/end_user");

    private static final Pattern ACCOUNT =
            Pattern.compile("\\b(KEY|OWN|USER|MEMBER|TEAM|ORG|BUDGET|CUSTOMER|NEW|ME)(_GONE)?\\b");

    private Fleet fleet;
    private final Map<Who, String> keys = new EnumMap<>(Who.class);
    private final Map<String, String> lasting = new LinkedHashMap<>();
    private int next;

    private record Row(String method, String call, Map<Who, Integer> statuses) {

        static Row of(String line) {
            String[] halves = line.split("\\|", -1);
            String[] words = halves[0].strip().split(" ", 2);
            String[] numbers = halves[1].strip().split(" ", -1);
            Map<Who, Integer> statuses = new EnumMap<>(Who.class);
            var columns = EnumSet.complementOf(EnumSet.of(Who.NOBODY));
            assertThat(numbers).as(line).hasSameSizeAs(columns);
            int column = 0;
            for (Who who : columns) {
                statuses.put(who, Integer.valueOf(numbers[column++]));
            }
            return new Row(words[0], words[1], statuses);
        }

        /** As the table of routes has it. */
        String route() {
            String path = call.split("[ ?]", 2)[0];
            return method + " " + path.replaceFirst("/KEY_GONE/", "/{key}/");
        }
    }

    private static String customers(String path) {
        return """
        POST CUST/new {"user_id":"NEW"}                  | 200 200 403 403 403 403 403 403
        POST CUST/update {"user_id":"CUSTOMER","alias":"x"} | 200 200 403 403 403 403 403 403
        POST CUST/block {"user_ids":["CUSTOMER"]}        | 200 200 403 403 403 403 403 403
        POST CUST/unblock {"user_ids":["CUSTOMER"]}      | 200 200 403 403 403 403 403 403
        POST CUST/delete {"user_ids":["CUSTOMER_GONE"]}  | 200 200 403 403 403 403 403 403
        GET CUST/info?end_user_id=CUSTOMER               | 200 200 200 403 403 403 403 403
        GET CUST/list                                    | 200 200 200 403 403 403 403 403
        """
                .replace("CUST/", path + "/");
    }

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        fleet = Fleet.start(folder, 1);
        await().atMost(Duration.ofSeconds(60)).until(fleet::isReady);
        lasting.put("TEAM", fresh("TEAM", Who.MASTER));
        lasting.put("USER", fresh("USER", Who.MASTER));
        lasting.put("MEMBER", fresh("MEMBER", Who.MASTER));
        for (String kind : List.of("KEY", "ORG", "BUDGET", "CUSTOMER")) {
            lasting.put(kind, fresh(kind, Who.MASTER));
        }
        keys.put(Who.MASTER, Fleet.MASTER_KEY);
        keys.put(Who.ADMIN, user(Who.ADMIN, "proxy_admin"));
        keys.put(Who.VIEWER, user(Who.VIEWER, "proxy_admin_viewer"));
        keys.put(Who.USER, user(Who.USER, "internal_user"));
        keys.put(Who.USER_VIEWER, user(Who.USER_VIEWER, "internal_user_viewer"));
        keys.put(Who.TEAM_ADMIN, user(Who.TEAM_ADMIN, "internal_user"));
        fleet.manage(
                "/team/member_add",
                "{\"team_id\":\"%s\",\"member\":{\"user_id\":\"%s\",\"role\":\"admin\"}}"
                        .formatted(lasting.get("TEAM"), id(Who.TEAM_ADMIN)));
        keys.put(Who.PLAIN, fleet.newKey("{}"));
        keys.put(Who.TEAM_KEY, fleet.newKey("{\"team_id\":\"%s\"}".formatted(lasting.get("TEAM"))));
    }

    @AfterAll
    void stop() throws Exception {
        fleet.close();
    }

    @Test
    void letsEachCallerDoWhatIsHisAndNothingElse() {
        List<String> wrong = new ArrayList<>();
        for (Row row : rows()) {
            row.statuses()
                    .forEach((who, status) -> {
                        HttpResponse<String> answer = call(row, who, status);
                        if (answer.statusCode() != status) {
                            wrong.add(
                                    "%s %s by %s: %d instead of %d, %s"
                                            .formatted(
                                                    row.method(),
                                                    row.call(),
                                                    who,
                                                    answer.statusCode(),
                                                    status,
                                                    answer.body()));
                        }
                    });
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void refusesWhoeverHasNoKey() {
        for (Row row : rows()) {
            // 429 once the address has failed too often.
            assertThat(call(row, Who.NOBODY, 401).statusCode()).as(row.call()).isIn(401, 429);
        }
        HttpResponse<String> created =
                fleet.call(0, "GET", Fleet.MASTER_KEY, "/key/info?key=sk-nobody", "");
        assertThat(created.statusCode()).isEqualTo(404);
    }

    @Test
    void coversEveryRouteThatIsServed() {
        Set<String> covered = rows().stream().map(Row::route).collect(Collectors.toSet());
        Set<String> served =
                RouteTable.management().stream()
                        .map(route -> route.method() + " " + route.path())
                        .collect(Collectors.toSet());

        assertThat(covered).isEqualTo(served);
    }

    /** The ingress' table is neither narrower nor wider than what the accounts allow. */
    @Test
    void theTableOfRoutesLetsThroughWhoeverHasSomethingToDoThere() {
        for (Route route : RouteTable.management()) {
            Set<Who> served = EnumSet.noneOf(Who.class);
            rows().stream()
                    .filter(row -> row.route().equals(route.method() + " " + route.path()))
                    .forEach(row ->
                            row.statuses()
                                    .forEach((who, status) -> {
                                        if (status != 403) {
                                            served.add(who);
                                        }
                                    }));
            Set<Who> admitted = EnumSet.noneOf(Who.class);
            admitted.addAll(served);
            admitted.retainAll(admitted(route.access()));
            assertThat(admitted).as(route.toString()).isEqualTo(served);
            if (route.access() == Access.ADMIN || route.access() == Access.ADMIN_VIEWER) {
                assertThat(served).as(route.toString()).isEqualTo(admitted(route.access()));
            } else {
                assertThat(served).as(route.toString()).contains(Who.TEAM_ADMIN);
            }
        }
    }

    @Test
    void theDocumentOfAccountsSaysTheSameAsTheTableOfRoutes() throws Exception {
        Map<String, String> said = new LinkedHashMap<>();
        for (String line : Files.readAllLines(Path.of("..", "..", "docs", "accounts.md"))) {
            String[] cells = line.split("\\|", -1);
            if (cells.length == 4 && cells[1].contains("`")) {
                Matcher path = Pattern.compile("(/[a-z0-9_{}/]+)`").matcher(cells[1]);
                while (path.find()) {
                    said.put(path.group(1), cells[2].strip());
                }
            }
        }
        for (Route route : RouteTable.management()) {
            String path = route.path().replaceFirst("^/end_user/", "/customer/");
            String who = said.get(path);
            assertThat(who).as("who may call %s", path).isNotNull();
            switch (route.access()) {
                case ADMIN -> assertThat(who).as(path).isEqualTo("admin");
                case ADMIN_VIEWER -> assertThat(who).as(path).isEqualTo("admin, viewer");
                default -> assertThat(who).as(path).isNotIn("admin", "admin, viewer");
            }
        }
    }

    private static Set<Who> admitted(Access access) {
        return switch (access) {
            case PUBLIC, MASTER -> fail("no route of the management API is of these");
            case ANY_KEY -> EnumSet.complementOf(EnumSet.of(Who.NOBODY));
            case ANY_USER -> EnumSet.complementOf(EnumSet.of(Who.NOBODY, Who.PLAIN, Who.TEAM_KEY));
            case INTERNAL_USER -> EnumSet.of(Who.MASTER, Who.ADMIN, Who.USER, Who.TEAM_ADMIN);
            case ADMIN_VIEWER -> EnumSet.of(Who.MASTER, Who.ADMIN, Who.VIEWER);
            case ADMIN -> EnumSet.of(Who.MASTER, Who.ADMIN);
        };
    }

    private static List<Row> rows() {
        return MATRIX.lines().map(Row::of).toList();
    }

    private HttpResponse<String> call(Row row, Who who, int status) {
        String call =
                ACCOUNT.matcher(row.call())
                        .replaceAll(match ->
                                Matcher.quoteReplacement(
                                        account(
                                                match.group(1),
                                                match.group(2) != null,
                                                who,
                                                status)));
        String[] parts = call.split(" ", 2);
        return fleet.call(
                0,
                row.method(),
                keys.get(who),
                parts[0],
                parts.length == 2 ? parts[1] : "",
                "Content-Type",
                "application/json");
    }

    /** What a call is refused must not be used up by it: then the lasting one will do. */
    private String account(String kind, boolean isGone, Who who, int status) {
        return switch (kind) {
            case "ME" -> id(who);
            case "NEW" -> "new-" + next++;
            case "OWN" -> fresh(kind, who);
            default ->
                    isGone && status == 200 ? fresh(kind, who) : lasting.getOrDefault(kind, kind);
        };
    }

    private String fresh(String kind, Who who) {
        String id = kind.toLowerCase(Locale.ROOT) + next++;
        String team = lasting.getOrDefault("TEAM", "");
        switch (kind) {
            case "KEY" -> {
                return token("{\"team_id\":\"%s\"}".formatted(team));
            }
            case "OWN" -> {
                return token(
                        who.compareTo(Who.ADMIN) < 0 || who.compareTo(Who.TEAM_ADMIN) > 0
                                ? "{}"
                                : "{\"user_id\":\"%s\"}".formatted(id(who)));
            }
            case "USER" -> newUser(id, "internal_user");
            case "MEMBER" -> {
                newUser(id, "internal_user");
                fleet.manage(
                        "/team/member_add",
                        "{\"team_id\":\"%s\",\"member\":{\"user_id\":\"%s\",\"role\":\"user\"}}"
                                .formatted(team, id));
            }
            case "TEAM" -> fleet.manage("/team/new", "{\"team_id\":\"%s\"}".formatted(id));
            case "ORG" ->
                    fleet.manage("/organization/new", "{\"organization_id\":\"%s\"}".formatted(id));
            case "BUDGET" ->
                    fleet.manage(
                            "/budget/new", "{\"budget_id\":\"%s\",\"max_budget\":1}".formatted(id));
            case "CUSTOMER" -> fleet.manage("/customer/new", "{\"user_id\":\"%s\"}".formatted(id));
            default -> throw new IllegalArgumentException(kind);
        }
        return id;
    }

    private String token(String body) {
        JsonNode made = fleet.manage("/key/generate", body);
        return made.path("token").asText();
    }

    private String user(Who who, String role) {
        newUser(id(who), role);
        return fleet.newKey("{\"user_id\":\"%s\"}".formatted(id(who)));
    }

    private void newUser(String id, String role) {
        fleet.manage(
                "/user/new",
                "{\"user_id\":\"%s\",\"user_role\":\"%s\",\"auto_create_key\":false}"
                        .formatted(id, role));
    }

    private static String id(Who who) {
        return "me-" + who.name().toLowerCase(Locale.ROOT);
    }
}
