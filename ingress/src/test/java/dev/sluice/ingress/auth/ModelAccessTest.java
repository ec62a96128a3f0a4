package dev.sluice.ingress.auth;

import static dev.sluice.ingress.accounts.TestingAccounts.key;
import static dev.sluice.ingress.accounts.TestingAccounts.team;
import static dev.sluice.ingress.accounts.TestingAccounts.userWithModels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.accounts.KeyAccounts;
import dev.sluice.ingress.auth.AccessSettings.ModelAlias;
import dev.sluice.ingress.auth.ModelAccess.Decision;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.schemas.accounts.Account.ApiKey;
import dev.sluice.schemas.accounts.Account.Organization;
import dev.sluice.schemas.accounts.Account.Team;
import dev.sluice.schemas.accounts.Account.User;
import dev.sluice.schemas.accounts.Limits;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;
import java.util.Map;
import java.util.Set;

class ModelAccessTest {

    private final ModelAccess access =
            new ModelAccess(
                    new AccessSettings(
                            null,
                            false,
                            List.of(),
                            List.of(),
                            List.of(),
                            false,
                            false,
                            false,
                            Map.of("gpt-4o", Set.of("beta", "paid"), "cheap", Set.of("free")),
                            Map.of(
                                    "gpt-4", new ModelAlias("gpt-4o", false),
                                    "secret", new ModelAlias("gpt-4o", true))));

    @Test
    void a3RefusesAModelThatIsNotInTheKeysList() {
        ApiError error = denied(caller(key("sk").models("a").build(), null, null, null), "b");

        assertThat(error.status()).isEqualTo(401);
        assertThat(error.type()).isEqualTo("key_model_access_denied");
        assertThat(error.param()).isEqualTo("model");
        assertThat(error.code()).isEqualTo("401");
        assertThat(error.message()).startsWith("key not allowed to access model");
    }

    @ParameterizedTest
    @CsvSource({
        "a, a, true",
        "a, A, false",
        "a, aa, false",
        "a, '', false",
        "*, anything, true",
        "all-proxy-models, anything, true",
        "no-default-models, anything, false",
        "no-default-models, no-default-models, false",
        "all-team-models, all-team-models, false",
        "all-team-models, anything, false",
        "openai/*, openai/gpt-4o, true",
        "openai/*, openai/, true",
        "openai/*, azure/gpt-4o, false",
        "openai/*, xopenai/gpt-4o, false",
        "openai/*, openai, false",
        "*-mini, gpt-4o-mini, true",
        "*-mini, gpt-4o-mini-x, false",
        "a*b*c, axxbyyc, true",
        "a*b*c, axxbyy, false",
        "a.c, abc, false",
        "paid, gpt-4o, true",
        "paid, cheap, false",
        "'', '', true",
        "gpt-4o, gpt-4, true",
        "gpt-4, gpt-4, true",
        "gpt-4, gpt-4o, false"
    })
    void readsAListAsLiteLlmDoes(String entry, String model, boolean isAllowed) {
        Caller caller = caller(key("sk").models(entry).build(), null, null, null);

        assertThat(access.allows(caller, model)).isEqualTo(isAllowed);
    }

    @Test
    void allowsEverythingWithoutListsAndToTheMasterKey() {
        assertThat(model(caller(key("sk").build(), null, null, null), "x")).isEqualTo("x");
        assertThat(model(Caller.master("hash"), "x")).isEqualTo("x");
    }

    @Test
    void a18FollowsAnAliasOfTheKey() {
        ApiKey key = key("sk").alias("mistral-7b", "gpt-4o").build();
        ApiKey listed = key("sk").models("mistral-7b").alias("mistral-7b", "gpt-4o").build();

        assertThat(model(caller(key, null, null, null), "mistral-7b")).isEqualTo("gpt-4o");
        assertThat(model(caller(listed, null, null, null), "mistral-7b")).isEqualTo("gpt-4o");
    }

    @Test
    void followsKeyThenTeamThenRouterOnceEach() {
        Team team = teamWithAlias("two", "gpt-4", List.of());
        ApiKey key = key("sk").team("t").alias("one", "two").build();

        assertThat(model(caller(key, team, null, null), "one")).isEqualTo("gpt-4o");
        assertThat(model(caller(key("sk").alias("a", "a").build(), null, null, null), "a"))
                .isEqualTo("a");
        assertThat(model(Caller.master("hash"), "secret")).isEqualTo("gpt-4o");
    }

    @Test
    void aKeysAliasCannotGetAroundTheTeamsList() {
        ApiKey key = key("sk").team("t").alias("cheap", "gpt-4o").build();

        assertThat(denied(caller(key, team("t", List.of("cheap")), null, null), "cheap").type())
                .isEqualTo("team_model_access_denied");
    }

    @Test
    void aKeysAliasCannotGetAroundTheUsersList() {
        ApiKey key = key("sk").user("u").alias("cheap", "gpt-4o").build();

        assertThat(denied(caller(key, null, userWithModels("u", "cheap"), null), "cheap").type())
                .isEqualTo("user_model_access_denied");
    }

    @Test
    void aTeamsAliasCannotGetAroundTheOrganisationsList() {
        Team team = teamWithAlias("cheap", "gpt-4o", List.of());
        ApiKey key = key("sk").team("t").build();

        assertThat(denied(caller(key, team, null, organization("cheap")), "cheap").type())
                .isEqualTo("org_model_access_denied");
        assertThat(model(caller(key, team, null, organization("gpt-4o")), "cheap"))
                .isEqualTo("gpt-4o");
    }

    @Test
    void asksTheTeamAfterAllTeamModels() {
        ApiKey key = key("sk").team("t").models("all-team-models").build();
        Team team = team("t", List.of("a"));

        assertThat(model(caller(key, team, null, null), "a")).isEqualTo("a");
        assertThat(denied(caller(key, team, null, null), "b").type())
                .isEqualTo("team_model_access_denied");
    }

    @Test
    void asksTheUserForHisPersonalKeysOnly() {
        User user = userWithModels("u", "no-default-models");
        ApiKey personal = key("sk").user("u").build();
        ApiKey ofTeam = key("sk").user("u").team("t").build();

        assertThat(denied(caller(personal, null, user, null), "a").type())
                .isEqualTo("user_model_access_denied");
        assertThat(model(caller(ofTeam, team("t", List.of()), user, null), "a")).isEqualTo("a");
    }

    @Test
    void aSlowPatternIsStillQuick() {
        Caller caller = caller(key("sk").models("*a*a*a*a*a*a*b").build(), null, null, null);

        assertThat(access.allows(caller, "a".repeat(20_000))).isFalse();
    }

    @Test
    void showsOnlyAliasesThatAreNotHidden() {
        assertThat(access.visibleAliases()).containsExactly("gpt-4");
    }

    private String model(Caller caller, String requested) {
        return ((Decision.Allowed) access.decide(caller, requested)).model();
    }

    private ApiError denied(Caller caller, String requested) {
        return ((Decision.Denied) access.decide(caller, requested)).error();
    }

    private static Caller caller(
            ApiKey key,
            @Nullable Team team,
            @Nullable User user,
            @Nullable Organization organization) {
        return Caller.of(
                new KeyAccounts(
                        key,
                        team,
                        user,
                        organization,
                        null,
                        Limits.NONE,
                        Limits.NONE,
                        Limits.NONE,
                        Limits.NONE));
    }

    private static Team teamWithAlias(String name, String model, List<String> models) {
        return new Team(
                "t",
                1,
                null,
                null,
                false,
                models,
                Map.of(name, model),
                List.of(),
                Limits.NONE,
                null);
    }

    private static Organization organization(String model) {
        return new Organization("o", 1, null, List.of(model), Limits.NONE, null);
    }
}
