package dev.sluice.ingress;

import static dev.sluice.ingress.accounts.TestingAccounts.key;
import static dev.sluice.ingress.accounts.TestingAccounts.team;
import static dev.sluice.ingress.accounts.TestingAccounts.user;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.auth.Authenticator;
import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.auth.RouteTable;
import dev.sluice.schemas.accounts.Account.Role;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The management API as far as an ingress serves it: who is let through, and what goes on. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ManagementIT {

    private static final String PLAIN = "sk-plain";
    private static final String INTERNAL = "sk-internal";
    private static final String VIEWER = "sk-viewer";

    private TestingAggregator aggregator;
    private GatewayUnderTest gateway;

    @BeforeAll
    void start(@TempDir Path data) throws Exception {
        aggregator = new TestingAggregator();
        gateway = GatewayUnderTest.with(data, "", aggregator.uri());
        gateway.apply(
                user("Ü ser/1", Role.INTERNAL_USER),
                user("viewer", Role.PROXY_ADMIN_VIEWER),
                team("team 1", List.of()),
                key(PLAIN).build(),
                key(INTERNAL).user("Ü ser/1").team("team 1").build(),
                key(VIEWER).user("viewer").build());
    }

    @BeforeEach
    void calm() {
        aggregator.says(200, "{\"ok\":true}", null);
        aggregator.asked();
    }

    @AfterAll
    void stop() throws Exception {
        gateway.close();
        aggregator.close();
    }

    @Test
    void forwardsEveryRouteOfTheTableToAdmins() {
        for (Route route : RouteTable.management()) {
            String path = route.path().replace("{key}", "sk-abc");
            String body = route.method().equals("GET") ? "" : "{\"a\":1}";

            HttpResponse<String> answer = gateway.request(route.method(), path + "?q=1", body);

            assertThat(answer.statusCode()).as(path).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("{\"ok\":true}");
            assertThat(aggregator.asked())
                    .singleElement()
                    .satisfies(asked -> {
                        assertThat(asked.method()).isEqualTo(route.method());
                        assertThat(asked.path()).isEqualTo(path);
                        assertThat(asked.query()).isEqualTo("q=1");
                        assertThat(asked.body()).isEqualTo(body);
                    });
        }
    }

    @Test
    void tellsTheAggregatorWhoIsCalling() {
        gateway.post("/key/generate", "{}", "Authorization", "Bearer " + INTERNAL);

        TestingAggregator.Asked asked = aggregator.asked().getFirst();
        assertThat(asked.header("authorization"))
                .isEqualTo("Bearer " + GatewayUnderTest.CREDENTIAL);
        assertThat(asked.header("x-sluice-caller-role")).isEqualTo("internal_user");
        assertThat(asked.header("x-sluice-caller-user")).isEqualTo("%C3%9C%20ser%2F1");
        assertThat(asked.header("x-sluice-caller-team")).isEqualTo("team%201");
        assertThat(asked.header("x-sluice-caller-key")).isEqualTo(Authenticator.hashOf(INTERNAL));
        assertThat(asked.header("x-sluice-caller-address")).isEqualTo("127.0.0.1");
        assertThat(asked.header("x-sluice-request-id")).hasSize(36);
    }

    @Test
    void tellsTheAggregatorOfTheMasterAndOfAKeyWithoutAUser() {
        gateway.get("/key/info");
        gateway.get("/key/info", "Authorization", "Bearer " + PLAIN);

        List<TestingAggregator.Asked> asked = aggregator.asked();
        assertThat(asked.getFirst().header("x-sluice-caller-role")).isEqualTo("proxy_admin");
        assertThat(asked.getFirst().header("x-sluice-caller-user")).isNull();
        assertThat(asked.getLast().header("x-sluice-caller-role"))
                .isEqualTo("internal_user_viewer");
        assertThat(asked.getLast().header("x-sluice-caller-user")).isNull();
    }

    @Test
    void letsNothingOfTheCallersHeadThrough() {
        gateway.request(
                "POST",
                "/key/generate",
                "{}",
                "x-sluice-caller-role",
                "proxy_admin",
                "X-Sluice-Caller-User",
                "root",
                "x-sluice-caller-address",
                "10.0.0.1",
                "x-sluice-on-behalf-of",
                "somebody",
                "x-forwarded-for",
                "10.0.0.1",
                "x-http-method-override",
                "DELETE",
                "x-anything",
                "1",
                "Authorization",
                "Bearer " + INTERNAL);

        TestingAggregator.Asked asked = aggregator.asked().getFirst();
        assertThat(asked.method()).isEqualTo("POST");
        assertThat(asked.header("x-sluice-caller-role")).isEqualTo("internal_user");
        assertThat(asked.header("x-sluice-caller-address")).isEqualTo("127.0.0.1");
        assertThat(asked.headers())
                .doesNotContainKeys(
                        "x-sluice-on-behalf-of",
                        "x-forwarded-for",
                        "x-http-method-override",
                        "x-anything");
    }

    @Test
    void keepsFromTheAggregatorWhatTheRoleMayNotCall() {
        for (String path : List.of("/user/new", "/team/new", "/budget/new", "/customer/block")) {
            for (String caller : List.of(PLAIN, INTERNAL, VIEWER)) {
                HttpResponse<String> refused =
                        gateway.post(path, "{}", "Authorization", "Bearer " + caller);
                assertThat(refused.statusCode()).as(path + caller).isEqualTo(403);
                assertThat(refused.body()).contains("auth_error").doesNotContain(caller);
            }
        }
        assertThat(gateway.post("/key/generate", "{}", "Authorization", "Bearer " + PLAIN))
                .extracting(HttpResponse::statusCode)
                .isEqualTo(403);
        assertThat(aggregator.asked()).isEmpty();
        assertThat(gateway.get("/user/list", "Authorization", "Bearer " + VIEWER).statusCode())
                .isEqualTo(200);
    }

    @Test
    void answersOnlyWhenTheChangeIsEffectiveHere() {
        var changed = key("sk-changed").version(7).blocked().build();
        aggregator.says(
                200, "{}", changed.recordKey().replace(":", "%3A") + "=7,team%3Ateam%201=1");
        var answer = CompletableFuture.supplyAsync(() -> gateway.post("/key/block", "{}"));
        CompletableFuture.delayedExecutor(200, java.util.concurrent.TimeUnit.MILLISECONDS)
                .execute(() -> gateway.apply(changed));

        HttpResponse<String> after = answer.join();

        assertThat(after.statusCode()).isEqualTo(200);
        assertThat(after.headers().firstValue("x-sluice-propagation")).isEmpty();
        assertThat(gateway.accounts().hasSeen(changed.recordKey(), 7)).isTrue();
    }

    @Test
    void saysSoWhenTheChangeIsNotYetEffective() {
        aggregator.says(200, "{}", "key%3A" + "a".repeat(64) + "=7");
        long begin = System.nanoTime();

        HttpResponse<String> answer = gateway.post("/key/block", "{}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("x-sluice-propagation")).contains("pending");
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                .isBetween(Duration.ofMillis(1_900), Duration.ofSeconds(5));
    }

    @Test
    void passesErrorsOnAndHidesItsOwnTroubles() {
        aggregator.says(404, "{\"error\":{\"type\":\"not_found_error\"}}", null);
        HttpResponse<String> missing = gateway.get("/key/info?key=sk-x");
        aggregator.says(401, "{\"error\":{\"message\":\"bad credential\"}}", null);
        HttpResponse<String> credential = gateway.get("/key/info?key=sk-x");

        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(missing.body()).contains("not_found_error");
        assertThat(missing.headers().firstValue("x-internal")).isEmpty();
        assertThat(credential.statusCode()).isEqualTo(503);
        assertThat(credential.body()).doesNotContain("bad credential");
    }

    @Test
    void answers503WithoutAnAggregator(@TempDir Path data) throws Exception {
        try (var alone = GatewayUnderTest.withTwoDeployments(data, "")) {
            assertThat(alone.post("/key/generate", "{}").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void refusesABodyOfMoreThanAMegabyteAndALongQuery() {
        HttpResponse<String> large =
                gateway.post("/key/generate", "\"" + "x".repeat(1 << 20) + "\"");
        HttpResponse<String> query =
                gateway.get("/key/list?a=" + "%C3%BC".repeat(1_200) + "&b=" + "x".repeat(2_000));

        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(query.statusCode()).isBetween(400, 499);
        assertThat(aggregator.asked()).isEmpty();
    }

    @Test
    void namesTheMethodsOfAPath() {
        HttpResponse<String> wrong = gateway.get("/organization/update");

        assertThat(wrong.statusCode()).isEqualTo(405);
        assertThat(wrong.headers().firstValue("allow")).contains("PATCH, POST");
    }
}
