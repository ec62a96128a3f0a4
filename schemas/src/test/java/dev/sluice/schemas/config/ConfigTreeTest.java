package dev.sluice.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.GatewayConfig.JournalSettings.Durability;
import dev.sluice.schemas.config.GatewayConfig.ModelEntry;
import dev.sluice.schemas.config.RouterRetries.RetryPolicy;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.ZoneId;

/** Each part of the tree has what the file says. */
class ConfigTreeTest {

    private static GatewayConfig config = GatewayConfig.empty();

    @BeforeAll
    static void read() throws Exception {
        config = ConfigReader.parse("full.yaml", FullConfig.TEXT, ConfigTreeTest::environment);
    }

    private static String environment(String name) {
        return switch (name) {
            case "RETRIES" -> "4";
            case "REDIS" -> "shared.internal";
            case "REDIS_WORD" -> "w-o-r-d";
            default -> "";
        };
    }

    @Test
    void hasADeploymentOfEachOrganisation() {
        assertThat(config.modelList().subList(0, 3))
                .extracting(entry -> requireNonNull(entry.params().organization()).raw())
                .containsExactly("org-a", "org-b", "org-c");
        assertThat(config.modelList()).extracting(ModelEntry::deploymentId).doesNotHaveDuplicates();
        assertThat(config.modelList()).extracting(ModelEntry::line).containsExactly(9, 9, 50, 53);
    }

    @Test
    void fillsFromACredentialWhatAnEntryDoesNotSay() throws Exception {
        ModelEntry entry = config.modelList().getFirst();

        Setting key = requireNonNull(entry.apiKey());
        assertThat(key.in(_ -> "").reveal()).isEqualTo("sk-of-the-file");
        assertThat(key).hasToString("os.environ/EU_KEY");
        assertThat(requireNonNull(entry.apiBase()).raw()).isEqualTo("https://eu.example.com/v1");
    }

    @Test
    void readsHowADeploymentIsCalled() {
        ModelParams params = config.modelList().getFirst().params();

        assertThat(params.streamTimeout()).isEqualTo(Duration.ofMillis(2500));
        assertThat(params.tpm()).isEqualTo(1_000_000);
        assertThat(params.retries()).isEqualTo(1);
        assertThat(params.cooldownTime()).isZero();
        assertThat(params.tags()).containsExactly("paid", "eu");
        assertThat(params.allowedOpenaiParams()).containsExactly("tools");
        assertThat(params.dropParams()).isTrue();
        assertThat(params.maxBudget()).isEqualByComparingTo("12.5");
        assertThat(params.prices().cacheCreationInputTokenCost()).isEqualByComparingTo("0.000003");
        assertThat(requireNonNull(params.cache()).sMaxage()).isEqualTo(Duration.ofSeconds(30));
        assertThat(params.extraHeaders().get("Authorization")).hasToString("os.environ/UPSTREAM");
        assertThat(params.extra()).containsOnlyKeys("vertex_project", "future_thing");
        assertThat(params.extraBody().get("routing"))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                .containsEntry("n", 2L)
                .containsEntry("ratio", new BigDecimal("0.5"))
                .containsEntry("on", true)
                .doesNotContainKey("none");
    }

    @Test
    void readsWhatIsKnownOfAModel() {
        ModelInfo info = config.modelList().getFirst().info();

        assertThat(info.mode()).isEqualTo("chat");
        assertThat(info.accessGroups()).containsExactly("beta");
        assertThat(info.maxInputTokens()).isEqualTo(128_000);
        assertThat(info.custom()).containsEntry("cost_centre", 4711L);
    }

    @Test
    void mergesYamlDefaultsBelowWhatAnEntrySays() {
        ModelEntry mini = config.modelList().get(2);

        assertThat(mini.model()).isEqualTo("azure/mini");
        assertThat(mini.deploymentId()).isEqualTo("mini");
        assertThat(mini.rpm()).isEqualTo(900);
    }

    @Test
    void readsTheRouter() {
        var router = config.router();

        assertThat(router.numRetries()).isEqualTo(4);
        assertThat(router.timeout()).isEqualTo(Duration.ofSeconds(45));
        assertThat(router.strategy()).isEqualTo("usage-based-routing-v2");
        assertThat(requireNonNull(router.strategyArgs()).lowestLatencyBuffer())
                .isEqualByComparingTo("0.1");
        assertThat(router.strategyArgs().priceWeight()).isEqualByComparingTo("0.5");
        Fallbacks fallbacks = requireNonNull(router.fallbacks().fallbacks());
        assertThat(fallbacks.of("gpt-4o")).containsExactly("gpt-4o-mini", "anthropic/claude");
        assertThat(fallbacks.of("other")).containsExactly("gpt-4o-mini");
        assertThat(requireNonNull(router.fallbacks().contextWindowFallbacks()).of("gpt-4o-mini"))
                .containsExactly("gpt-4o");
        assertThat(router.fallbacks().modelGroupAlias())
                .containsEntry("fast", new ModelAlias("gpt-4o-mini", false))
                .containsEntry("slow", new ModelAlias("anthropic/opus", true));
        assertThat(router.retries().retryPolicy())
                .isEqualTo(new RetryPolicy(0, null, null, 4, null, null));
        assertThat(router.retries().modelGroupRetryPolicy()).containsOnlyKeys("gpt-4o");
        assertThat(router.rules().maxParallelRequests()).isEqualTo(100);
        assertThat(router.rules().tagFilteringMatchAny()).isTrue();
    }

    @Test
    void readsTheCache() {
        var cache = config.cache();

        assertThat(cache.enabled()).isTrue();
        assertThat(cache.semantic()).isTrue();
        assertThat(cache.similarityThreshold()).isEqualByComparingTo("0.9");
        assertThat(cache.params().mode()).isEqualTo(CacheParams.Mode.DEFAULT_OFF);
        assertThat(cache.params().callTypes())
                .containsExactly("completion", "embedding", "text_completion");
    }

    @Test
    void readsWhatHoldsForAllAccounts() {
        LitellmSettings litellm = config.litellm();

        assertThat(litellm.timezone()).isEqualTo(ZoneId.of("Europe/Vienna"));
        assertThat(litellm.budgetDuration()).isEqualTo("1mo");
        assertThat(litellm.successCallback()).containsExactly("langfuse");
        AccountDefaults keys = requireNonNull(litellm.defaultKeyGenerateParams());
        assertThat(keys.maxBudget()).isEqualByComparingTo("1.5");
        assertThat(keys.models()).containsExactly("gpt-4o");
        assertThat(requireNonNull(litellm.upperboundKeyGenerateParams()).models()).isNull();
        assertThat(litellm.costDiscountConfig()).containsOnlyKeys("vertex_ai");
    }

    @Test
    void readsWhoMaySendWhat() {
        AccessRules access = config.general().access();

        assertThat(access.litellmKeyHeaderName()).isEqualTo("X-Gateway-Key");
        assertThat(access.maxResponseSizeMb()).isEqualByComparingTo("50.5");
        assertThat(access.allowedIps()).containsExactly("10.0.0.0/8", "::1");
        assertThat(access.tokenRateLimitType()).isEqualTo(AccessRules.TokenRateLimitType.OUTPUT);
        assertThat(config.general().databaseConnectionPoolLimit()).isEqualTo(25);
    }

    @Test
    void readsWhatIsOurs() {
        var sluice = config.sluice();

        assertThat(sluice.spendAggregatorUrl()).isEqualTo(sluice.services().spendAggregator());
        assertThat(sluice.accounts().signingKey()).isNotNull();
        assertThat(sluice.journal().durability()).isEqualTo(Durability.KAFKA);
        assertThat(sluice.journal().segmentBytes()).isEqualTo(16 << 20);
        assertThat(sluice.http().headerTimeout()).isEqualTo(Duration.ofMillis(2500));
    }

    @Test
    void printsNoSecret() {
        assertThat(config.toString()).doesNotContain("hush", "sk-of-the-file", "w-o-r-d");
    }

    @Test
    void tellsWhatHasNoEffectAndOnlyThat() {
        assertThat(config.notices())
                .contains(
                        "full.yaml:41: model_list[].litellm_params.future_thing is not known;"
                                + " kept for the provider, not sent yet",
                        "full.yaml:77: router_settings.provider_budget_config is understood but"
                                + " not enforced yet",
                        "full.yaml:136: general_settings.alerting is understood but not enforced"
                                + " yet")
                .noneMatch(notice -> notice.contains("retry_policy"))
                .noneMatch(notice -> notice.contains("fallbacks"))
                .noneMatch(notice -> notice.contains("allowed_fails"))
                .noneMatch(notice -> notice.contains("tag_filtering"))
                .noneMatch(notice -> notice.contains("cost_centre"))
                .noneMatch(notice -> notice.contains("router_settings.num_retries is"))
                .doesNotHaveDuplicates();
    }

    @Test
    void takesTheRoutersRedisBeforeTheCaches() throws Exception {
        RedisSettings redis = requireNonNull(config.redis());

        RedisSettings.Connection connection = redis.in(ConfigTreeTest::environment);

        assertThat(connection.addresses()).containsExactly("redis://shared.internal:6380");
        assertThat(requireNonNull(connection.password()).reveal()).isEqualTo("w-o-r-d");
        assertThatThrownBy(() -> redis.in(_ -> ""))
                .hasMessageContaining("the environment variable REDIS_WORD to be set");
    }
}
