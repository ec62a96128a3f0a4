package dev.sluice.ingress.http;

import static dev.sluice.ingress.accounts.TestingAccounts.key;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.accounts.KeyAccounts;
import dev.sluice.ingress.auth.Caller;
import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.openai.CacheControls;
import dev.sluice.providers.openai.Endpoint;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.accounts.Limits;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.InvalidConfigException;

import io.helidon.http.ServerRequestHeaders;
import io.helidon.http.WritableHeaders;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class CachePolicyTest {

    private static final ModelGroup GROUP = new ModelGroup("g", List.of());

    @Test
    void keepsWhatIsListedInWhicheverWord() throws Exception {
        CachePolicy some =
                policy(
                        "cache_params: {supported_call_types: [acompletion, embeddings, responses]}",
                        "");

        assertThat(some.isFor("acompletion", Endpoint.CHAT_COMPLETIONS)).isTrue();
        assertThat(some.isFor("anthropic_messages", Endpoint.CHAT_COMPLETIONS)).isTrue();
        assertThat(some.isFor("aembedding", Endpoint.EMBEDDINGS)).isTrue();
        assertThat(some.isFor("aresponses", Endpoint.CHAT_COMPLETIONS)).isTrue();
        assertThat(some.isFor("atext_completion", Endpoint.COMPLETIONS)).isFalse();
        assertThat(some.isFor("atranscription", Endpoint.TRANSCRIPTIONS)).isFalse();
        assertThat(some.isFor("arerank", Endpoint.RERANK)).isFalse();
        CachePolicy none = policy("cache_params: {supported_call_types: []}", "");
        assertThat(none.isFor("acompletion", Endpoint.CHAT_COMPLETIONS)).isFalse();
        CachePolicy all = policy("drop_params: true", "");
        assertThat(all.isFor("atranscription", Endpoint.TRANSCRIPTIONS)).isTrue();
        assertThat(all.isFor("aspeech", Endpoint.SPEECH)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "team, team:red, team:red, user:ann",
        "key, '', '', ''",
        "user, user:ann, '', user:ann",
        "organization, organization:o, team:red, user:ann",
        "all, all, all, all",
    })
    void sharesAsTheConfigSays(String share, String ofTeamAndUser, String ofTeam, String ofUser)
            throws Exception {
        CachePolicy policy =
                policy("drop_params: true", "sluice: {cache: {share: %s}}".formatted(share));
        var organization = new Account.Organization("o", 1, null, List.of(), Limits.NONE, null);

        check(
                policy,
                caller(key("both").team("red").user("ann").build(), organization),
                ofTeamAndUser);
        check(policy, caller(key("team").team("red").build(), null), ofTeam);
        check(policy, caller(key("user").user("ann").build(), null), ofUser);
        check(policy, caller(key("alone").build(), null), share.equals("all") ? "all" : "");
    }

    private static Caller caller(Account.ApiKey key, Account.@Nullable Organization organization) {
        return new Caller(
                key.id(),
                null,
                new KeyAccounts(
                        key,
                        null,
                        null,
                        organization,
                        null,
                        Limits.NONE,
                        Limits.NONE,
                        Limits.NONE,
                        Limits.NONE));
    }

    @Test
    void takesNameSpaceAndLifetimeFromTheConfig() throws Exception {
        CachePolicy policy = policy("cache_params: {namespace: prod, ttl: 20}", "");

        CacheControl control = control(policy, CacheControls.NONE);

        assertThat(control).isEqualTo(new CacheControl(true, true, "prod", Long.MAX_VALUE, 20_000));
        assertThat(control(policy, CacheControls.NONE)).isSameAs(control);
    }

    @Test
    void doesNothingWhereItMustBeAskedForAndIsNot() throws Exception {
        CachePolicy policy = policy("cache_params: {mode: default_off}", "");

        assertThat(control(policy, CacheControls.NONE)).isNull();
        assertThat(control(policy, new CacheControls(false, false, 5, -1, null, null))).isNull();
        assertThat(control(policy, new CacheControls(false, false, -1, -1, null, true)))
                .isNotNull();
    }

    private static void check(CachePolicy policy, Caller caller, String scope) {
        assertThat(policy.scope(caller)).isEqualTo(scope.isEmpty() ? caller.keyHash() : scope);
    }

    private static @Nullable CacheControl control(CachePolicy policy, CacheControls body) {
        return policy.control(ServerRequestHeaders.create(WritableHeaders.create()), body, GROUP);
    }

    private static CachePolicy policy(String litellm, String more) throws InvalidConfigException {
        GatewayConfig config =
                ConfigReader.parse(
                        "config.yaml",
                        """
                        model_list: []
                        litellm_settings:
                          cache: true
                          %s
                        %s
                        """
                                .formatted(litellm, more));
        return new CachePolicy(config.cache(), config.sluice().cache(), config.modelList());
    }
}
