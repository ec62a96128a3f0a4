package dev.sluice.ingress.auth;

import static dev.sluice.ingress.accounts.TestingAccounts.key;
import static dev.sluice.ingress.accounts.TestingAccounts.user;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.accounts.KeyAccounts;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.schemas.accounts.Account.Role;
import dev.sluice.schemas.accounts.Limits;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Map;

class RouteAccessTest {

    private static final List<String> NONE = List.of();

    @Test
    void a22RefusesARouteThatIsNotInTheKeysList() {
        Caller caller = caller(null, "/chat/completions");

        assertThat(refusal(caller, "POST", "/chat/completions")).isNull();
        assertThat(refusal(caller, "POST", "/v1/chat/completions")).isNull();
        ApiError error = requireNonNull(refusal(caller, "POST", "/embeddings"));
        assertThat(error.status()).isEqualTo(403);
        assertThat(error.type()).isEqualTo("auth_error");
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/chat/completions, POST, /chat/completions, true",
        "/v1/*, POST, /chat/completions, true",
        "/v1/*, POST, /key/generate, false",
        "/*, POST, /key/generate, true",
        "/chat/*, POST, /chat/completions, true",
        "/chat/*, POST, /completions, false",
        "/cha*, POST, /chat/completions, false",
        "*, POST, /chat/completions, false",
        "/key/*, POST, /key/generate, true",
        "/key/*, POST, /key/{key}/regenerate, true",
        "/key, POST, /key/generate, false",
        "/v1/key/generate, POST, /key/generate, false",
        "llm_api_routes, POST, /embeddings, true",
        "openai_routes, GET, /models, true",
        "llm_api_routes, POST, /key/generate, false",
        "management_routes, POST, /key/generate, true",
        "info_routes, GET, /key/info, true",
        "info_routes, POST, /key/generate, false",
        "LiteLLMRoutes.openai_routes, POST, /completions, true",
        "'', POST, /completions, false",
        "/CHAT/COMPLETIONS, POST, /chat/completions, false"
    })
    void readsAListOfRoutesAsLiteLlmDoes(
            String entry, String method, String path, boolean isAllowed) {
        Caller admin = caller(Role.PROXY_ADMIN, entry);

        assertThat(refusal(admin, method, path) == null).isEqualTo(isAllowed);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /chat/completions, true, true, true, true, true",
        "GET, /models, true, true, true, true, true",
        "GET, /key/info, true, true, true, true, true",
        "GET, /key/list, false, true, true, true, true",
        "POST, /key/generate, false, false, true, false, true",
        "POST, /team/member_add, false, false, true, false, true",
        "POST, /user/new, false, false, false, false, true",
        "POST, /user/update, false, false, false, false, true",
        "POST, /team/update, false, false, true, false, true",
        "POST, /team/block, false, false, false, false, true",
        "GET, /v2/team/list, false, true, true, true, true",
        "POST, /global/spend/reset, false, false, false, false, false",
        "POST, /v1/route/explain, false, false, false, true, true",
        "GET, /user/list, false, false, false, true, true",
        "POST, /budget/info, false, false, false, true, true",
        "POST, /budget/new, false, false, false, false, true",
        "POST, /customer/block, false, false, false, false, true"
    })
    void letsEachRoleCallWhatTheTableSays(
            String method,
            String path,
            boolean plain,
            boolean userViewer,
            boolean internalUser,
            boolean adminViewer,
            boolean admin) {
        assertThat(refusal(caller(null), method, path) == null).isEqualTo(plain);
        assertThat(refusal(caller(Role.INTERNAL_USER_VIEWER), method, path) == null)
                .isEqualTo(userViewer);
        assertThat(refusal(caller(Role.INTERNAL_USER), method, path) == null)
                .isEqualTo(internalUser);
        assertThat(refusal(caller(Role.PROXY_ADMIN_VIEWER), method, path) == null)
                .isEqualTo(adminViewer);
        assertThat(refusal(caller(Role.PROXY_ADMIN), method, path) == null).isEqualTo(admin);
        assertThat(refusal(Caller.master("hash"), method, path)).isNull();
    }

    @Test
    void a15LeavesTheResetOfAllSpendToTheMasterKeyWhateverListsSay() {
        Route reset = RouteTable.of("POST", "/global/spend/reset");
        var open =
                new RouteAccess(
                        settings(NONE, List.of("/*"), List.of("/global/spend/reset"), false));

        assertThat(open.isPublic(reset)).isFalse();
        for (RouteAccess access : List.of(open, new RouteAccess(AccessSettings.DEFAULTS))) {
            Caller admin = caller(Role.PROXY_ADMIN, "/global/spend/reset", "/*");
            assertThat(requireNonNull(access.refusal(admin, reset)).status()).isEqualTo(403);
            assertThat(access.refusal(Caller.master("hash"), reset)).isNull();
        }
    }

    @Test
    void servesOnlyTheOperatorsRoutesWhereHeNamesThem() {
        var access = new RouteAccess(settings(List.of("/embeddings"), NONE, NONE, false));
        Caller master = Caller.master("hash");

        assertThat(access.refusal(master, RouteTable.of("POST", "/embeddings"))).isNull();
        assertThat(access.refusal(master, RouteTable.of("POST", "/completions"))).isNotNull();
        assertThat(access.isPublic(RouteTable.of("GET", "/health/liveliness"))).isTrue();
    }

    @Test
    void keepsAdminOnlyRoutesForAdmins() {
        var access = new RouteAccess(settings(NONE, NONE, List.of("/models"), false));
        Route models = RouteTable.of("GET", "/models");

        assertThat(access.refusal(caller(Role.INTERNAL_USER), models)).isNotNull();
        assertThat(access.refusal(caller(Role.PROXY_ADMIN), models)).isNull();
        assertThat(access.refusal(Caller.master("hash"), models)).isNull();
    }

    @Test
    void opensToEverybodyOnlyWhatReadsModels() {
        var access = new RouteAccess(settings(NONE, List.of("/*", "llm_api_routes"), NONE, false));

        for (Route route : RouteTable.all()) {
            boolean readsModels = route.path().contains("/model");
            assertThat(access.isPublic(route))
                    .as(route.toString())
                    .isEqualTo(readsModels || route.access() == Access.PUBLIC);
        }
    }

    @Test
    void asksForAKeyForMetricsWhereTold() {
        var access = new RouteAccess(settings(NONE, NONE, NONE, true));
        Route metrics = RouteTable.of("GET", "/metrics");

        assertThat(access.isPublic(metrics)).isFalse();
        assertThat(access.refusal(caller(null), metrics)).isNotNull();
        assertThat(access.refusal(caller(Role.PROXY_ADMIN_VIEWER), metrics)).isNull();
        assertThat(new RouteAccess(AccessSettings.DEFAULTS).isPublic(metrics)).isTrue();
    }

    @Test
    void knowsEveryRouteOnceAndNoOther() {
        assertThat(RouteTable.all())
                .extracting(route -> route.method() + " " + route.path())
                .doesNotHaveDuplicates();
        assertThatThrownBy(() -> RouteTable.of("GET", "/key/generate"))
                .hasMessageContaining("nobody has said");
    }

    private static @Nullable ApiError refusal(Caller caller, String method, String path) {
        return new RouteAccess(AccessSettings.DEFAULTS)
                .refusal(caller, RouteTable.of(method, path));
    }

    private static Caller caller(@Nullable Role role, String... routes) {
        return Caller.of(
                new KeyAccounts(
                        key("sk").routes(routes).build(),
                        null,
                        role == null ? null : user("u", role),
                        null,
                        null,
                        Limits.NONE,
                        Limits.NONE,
                        Limits.NONE,
                        Limits.NONE));
    }

    private static AccessSettings settings(
            List<String> allowed, List<String> open, List<String> adminOnly, boolean metrics) {
        return new AccessSettings(
                null, false, allowed, open, adminOnly, metrics, false, false, Map.of(), Map.of());
    }
}
