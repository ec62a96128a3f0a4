package dev.sluice.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.GatewayConfig.ModelEntry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.Map;

/** Configs as LiteLLM's users have them, also with spellings that LiteLLM itself passes over. */
class SeedConfigTest {

    private static final Map<String, String> ENVIRONMENT =
            Map.of("CACHE_HOST", "cache.internal", "CACHE_PORT", "6380", "CACHE_WORD", "hush");

    @Test
    void loadsACacheInTheGeneralSettingsAndOneOfADeployment() throws Exception {
        GatewayConfig config =
                read(
                        """
                        general_settings:
                          cache: true
                          cache_params:
                            type: redis
                            host: os.environ/CACHE_HOST
                            port: os.environ/CACHE_PORT
                            password: os.environ/CACHE_WORD
                            ttl: 3600 # an hour
                        model_list:
                          - model_name: gpt-4o
                            litellm_params:
                              model: gpt-4o
                              api_key: os.environ/PROVIDER_KEY
                              cache:
                                ttl: 3600
                                s_max_age: 3600 # as the header s-maxage
                        """);

        assertThat(config.cache().enabled()).isTrue();
        assertThat(config.cache().ttl()).isEqualTo(Duration.ofHours(1));
        assertThat(requireNonNull(config.redis()).in(SeedConfigTest::environment).addresses())
                .containsExactly("redis://cache.internal:6380");
        ModelParams.ModelCache own = requireNonNull(config.modelList().getFirst().params().cache());
        assertThat(own.sMaxage()).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void loadsASemanticCacheOfTypeRedis() throws Exception {
        GatewayConfig config =
                read(
                        """
                        general_settings:
                          cache: true
                          cache_params:
                            type: redis
                            similarity_threshold: 0.9 # nine tenths
                            supported_call_types: ["completion", "embeddings"]
                        """);

        assertThat(config.cache().semantic()).isTrue();
        assertThat(config.cache().similarityThreshold()).isEqualByComparingTo("0.9");
        assertThat(config.cache().params().callTypes()).containsExactly("completion", "embedding");
    }

    @Test
    void loadsASemanticCacheOfCacheKwargs() throws Exception {
        GatewayConfig config =
                read(
                        """
                        litellm_settings:
                          cache: true
                          cache_kwargs:
                            semantic_similarity: true
                            similarity_threshold: 0.9
                        """);

        assertThat(config.cache().semantic()).isTrue();
        assertThat(config.cache().similarityThreshold()).isEqualByComparingTo("0.9");
    }

    @Test
    void loadsBothSemanticBlocksTogether() throws Exception {
        GatewayConfig config =
                read(
                        """
                        general_settings:
                          cache: true
                          cache_params:
                            type: redis
                            similarity_threshold: 0.8
                            supported_call_types: [ "completion" , "embeddings" ]
                        litellm_settings:
                          cache_kwargs:
                            semantic_similarity: true
                            similarity_threshold: 0.9
                        """);

        assertThat(config.cache().enabled()).isTrue();
        assertThat(config.cache().similarityThreshold()).isEqualByComparingTo("0.8");
    }

    @Test
    void loadsPoolsAndATimeout() throws Exception {
        GatewayConfig config =
                read(
                        """
                        general_settings:
                          # to providers
                          connection_pool_size: 100
                          connection_pool_timeout: 30
                        router_settings:
                          timeout: 60
                        """);

        assertThat(config.general().connectionPoolSize()).isEqualTo(100);
        assertThat(config.general().connectionPoolTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.router().timeout()).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void loadsADatabaseWithItsPool() throws Exception {
        GatewayConfig config =
                read(
                        """
                        general_settings:
                          database_url: postgresql://user:hush@host:5432/litellm
                          database_connection_pool_limit: 100
                          database_connection_timeout: 30
                        """);

        assertThat(config.general().databaseConnectionPoolLimit()).isEqualTo(100);
        assertThat(config.general().databaseConnectionTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(requireNonNull(config.general().databaseUrl()).in(_ -> "").reveal())
                .isEqualTo("postgresql://user:hush@host:5432/litellm");
    }

    @Test
    void loadsThreeDeploymentsOfOneGroup() throws Exception {
        GatewayConfig config =
                read(
                        """
                        model_list:
                          # first account
                          - model_name: gpt-4o
                            litellm_params:
                              model: gpt-4o
                              api_key: os.environ/FIRST_KEY
                          # second account
                          - model_name: gpt-4o
                            litellm_params:
                              model: gpt-4o
                              api_key: os.environ/SECOND_KEY
                          # another cloud
                          - model_name: gpt-4o
                            litellm_params:
                              model: azure/gpt-4o
                              api_key: os.environ/AZURE_KEY
                              api_base: os.environ/AZURE_BASE
                        router_settings:
                          routing_strategy: latency-based-routing
                          retry_after: 5
                          num_retries: 2
                        """);

        assertThat(config.modelList())
                .hasSize(3)
                .extracting(ModelEntry::modelName)
                .containsOnly("gpt-4o");
        assertThat(config.router().retryAfter()).isEqualTo(Duration.ofSeconds(5));
        assertThat(config.notices()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "routing_strategy: latency-based-routing\n  latency_threshold: 0.5 # seconds",
                "routing_strategy: least-busy\n  rpm_limit: 1000 # of each deployment",
                "routing_strategy: simple-shuffle",
                "routing_strategy: cost-based-routing",
                "routing_strategy: usage-based-routing",
                "routing_strategy: usage-based-routing-v2",
                "routing_strategy: adaptive"
            })
    void loadsEveryStrategy(String settings) throws Exception {
        GatewayConfig config = read("router_settings:\n  " + settings + "\n");

        assertThat(settings).contains(requireNonNull(config.router().strategy()));
        assertThat(config.notices()).noneMatch(notice -> notice.contains("routing_strategy"));
    }

    @Test
    void loadsWhatIsMeantToSaveMemory() throws Exception {
        GatewayConfig config =
                read(
                        """
                        general_settings:
                          # in a place that LiteLLM does not look at
                          drop_params: true
                        litellm_settings:
                          max_tokens: 4096
                        router_settings:
                          max_parallel_requests: 100
                        """);

        assertThat(config.litellm().dropParams()).isTrue();
        assertThat(config.litellm().maxTokens()).isEqualTo(4096);
        assertThat(config.router().rules().maxParallelRequests()).isEqualTo(100);
    }

    @Test
    void loadsTheLeastThatLiteLlmsUsersHave() throws Exception {
        GatewayConfig config =
                read(
                        """
                        model_list:
                          - model_name: gpt-4
                            litellm_params: {model: azure/gpt-4-eu, api_base: os.environ/AZ_BASE, api_key: os.environ/AZ_KEY, api_version: "2024-10-21", rpm: 900, weight: 3}
                            model_info: {base_model: azure/gpt-4}
                          - model_name: "openai/*"
                            litellm_params: {model: "openai/*", api_key: os.environ/OPENAI_API_KEY}
                        router_settings: {routing_strategy: latency-based-routing, routing_strategy_args: {ttl: 600, lowest_latency_buffer: 0.1}, num_retries: 2, fallbacks: [{gpt-4: [claude]}]}
                        litellm_settings: {cache: true, cache_params: {type: redis, host: r, port: 6379, ttl: 600}, drop_params: true}
                        general_settings: {master_key: os.environ/LITELLM_MASTER_KEY, database_url: os.environ/DATABASE_URL}
                        """);

        assertThat(config.modelList()).hasSize(2);
        assertThat(config.notices())
                .contains(
                        "config.yaml:7: router_settings.fallbacks names the unknown model"
                                + " \"claude\", which is passed over");
    }

    private static String environment(String name) {
        return ENVIRONMENT.getOrDefault(name, "");
    }

    private static GatewayConfig read(String text) throws InvalidConfigException {
        return ConfigReader.parse("config.yaml", text, SeedConfigTest::environment);
    }
}
