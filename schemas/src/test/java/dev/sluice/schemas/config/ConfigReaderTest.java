package dev.sluice.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.GatewayConfig.ModelEntry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;

class ConfigReaderTest {

    @Test
    void theFilesVariablesGoBeforeThoseOfTheProcess() throws Exception {
        GatewayConfig config =
                ConfigReader.parse(
                        "config.yaml", "environment_variables: {GROQ_API_KEY: gsk-own, PORT: 7}");

        UnaryOperator<String> variables = config.variablesBefore(name -> "process " + name);

        assertThat(variables.apply("GROQ_API_KEY")).isEqualTo("gsk-own");
        assertThat(variables.apply("PORT")).isEqualTo("7");
        assertThat(variables.apply("HOME")).isEqualTo("process HOME");
        assertThat(config.toString()).doesNotContain("gsk-own");
    }

    /** As LiteLLM takes them: numbers, texts of numbers, and variables that hold one. */
    @ParameterizedTest
    @ValueSource(strings = {"1", "1.0", "1.", "'1'", "\"1.0\"", "1e0", "10e-1", "os.environ/TIME"})
    void timesMayBeWrittenInEveryForm(String written) throws Exception {
        GatewayConfig config =
                ConfigReader.parse(
                        "config.yaml",
                        """
                        model_list:
                          - model_name: m
                            litellm_params: {model: openai/m, timeout: %1$s, stream_timeout: %1$s}
                        router_settings: {timeout: %1$s, stream_timeout: %1$s}
                        """
                                .formatted(written),
                        name -> name.equals("TIME") ? "1.0" : "");

        assertThat(config.modelList().getFirst().timeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(config.modelList().getFirst().streamTimeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(config.router().timeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(config.router().streamTimeout()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void aCallsOwnParametersAreNotTold() throws Exception {
        GatewayConfig config =
                ConfigReader.parse(
                        "config.yaml",
                        """
                        model_list:
                          - model_name: m
                            litellm_params: {model: groq/m, temperature: 0.2, seed: 7, stop: [a], unheard_of: 1}
                        """);

        assertThat(config.modelList().getFirst().params().extra())
                .containsOnlyKeys("temperature", "seed", "stop", "unheard_of");
        assertThat(config.notices()).singleElement().asString().contains("unheard_of");
    }

    @Test
    void readsLiteLlmsConfig() throws Exception {
        GatewayConfig config =
                ConfigReader.parse(
                        "config.yaml",
                        """
                        model_list:
                          - model_name: gpt-4
                            litellm_params: {model: azure/gpt-4-eu, api_base: os.environ/AZ_BASE, api_key: os.environ/AZ_KEY, rpm: 900, weight: 3}
                            model_info: {base_model: azure/gpt-4}
                          - model_name: "openai/*"
                            litellm_params: {model: "openai/*", api_key: os.environ/OPENAI_API_KEY, input_cost_per_token: 1.5e-07, timeout: 1.5}
                            model_info: {id: mine}
                        router_settings: {routing_strategy: latency-based-routing, num_retries: 3, retry_after: 5, latency_threshold: 0.5}
                        litellm_settings: {cache: true, cache_params: {type: local, ttl: 600}, request_timeout: 30}
                        general_settings: {master_key: os.environ/LITELLM_MASTER_KEY, database_url: "postgresql://u:p@h/d"}
                        sluice:
                          kafka: {bootstrap_servers: "a:9092,b:9092", properties: {security.protocol: SSL}, partitions: 3}
                          journal: {max_bytes: 1073741824, fsync_interval_ms: 5, when_full: refuse}
                        """);

        ModelEntry azure = config.modelList().getFirst();
        assertThat(azure.rpm()).isEqualTo(900);
        assertThat(azure.weight()).isEqualTo(3);
        assertThat(azure.baseModel()).isEqualTo("azure/gpt-4");
        ModelEntry wildcard = config.modelList().getLast();
        assertThat(wildcard.deploymentId()).isEqualTo("mine");
        assertThat(wildcard.inputCostPerToken()).isEqualByComparingTo(new BigDecimal("1.5e-07"));
        assertThat(wildcard.timeout()).isEqualTo(Duration.ofMillis(1500));
        assertThat(config.cache().enabled()).isTrue();
        assertThat(config.cache().ttl()).isEqualTo(Duration.ofMinutes(10));
        assertThat(config.router().strategy()).isEqualTo("latency-based-routing");
        assertThat(config.router().numRetries()).isEqualTo(3);
        assertThat(config.router().timeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.router().latencyThreshold()).isEqualTo(Duration.ofMillis(500));
        KafkaSettings kafka = requireNonNull(config.sluice().kafka());
        assertThat(kafka.client("x"))
                .containsEntry("bootstrap.servers", "a:9092,b:9092")
                .containsEntry("security.protocol", "SSL");
        assertThat(config.sluice().journal().whenFull())
                .isEqualTo(GatewayConfig.JournalSettings.WhenFull.REFUSE);
        assertThat(config.notices()).isEmpty();
    }

    @Test
    void hasADefaultForEverything() throws Exception {
        assertThat(ConfigReader.parse("config.yaml", "")).isEqualTo(GatewayConfig.empty());
        assertThat(ConfigReader.parse("config.yaml", "model_list:\n"))
                .isEqualTo(GatewayConfig.empty());
    }

    @Test
    void readsTheCacheWhereTheSeedWritesItToo() throws Exception {
        GatewayConfig config =
                ConfigReader.parse(
                        "c", "general_settings: {cache: true, cache_params: {ttl: 3600}}");

        assertThat(config.cache().enabled()).isTrue();
        assertThat(config.cache().ttl()).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void reportsEveryMistakeAtOnceWithItsLine() {
        assertThatThrownBy(() ->
                        ConfigReader.parse(
                                "config.yaml",
                                """
                                model_list:
                                  - model_name: a
                                    litellm_params: {model: gpt-4o, rpm: many}
                                  - litellm_params: {model: gpt-4o}
                                router_settings:
                                  routing_strategy: fastest
                                  num_retries: -1
                                litellm_settings: {cache: perhaps}
                                """))
                .isInstanceOfSatisfying(
                        InvalidConfigException.class,
                        invalid ->
                                assertThat(invalid.problems())
                                        .extracting(
                                                InvalidConfigException.Problem::line,
                                                InvalidConfigException.Problem::found)
                                        .containsExactly(
                                                tuple(3, "\"many\""),
                                                tuple(4, "no model_name"),
                                                tuple(6, "\"fastest\""),
                                                tuple(7, "\"-1\""),
                                                tuple(8, "\"perhaps\"")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model_list: {a: b}",
                "model_list: [1]",
                "a: [",
                "general_settings: text",
                "router_settings: {num_retries: [1]}",
                "a: 1\na: 2",
                "sluice: {journal: {when_full: no}}"
            })
    void refusesWhatIsNoConfig(String text) {
        assertThatThrownBy(() -> ConfigReader.parse("config.yaml", text))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("config.yaml:");
    }

    @Test
    void namesWhatItDoesNotKnowAndWhatItDoesNotEnforceYet() throws Exception {
        GatewayConfig config =
                ConfigReader.parse(
                        "config.yaml",
                        """
                        router_settings:
                          num_retrys: 1
                          polling_interval: 3
                          model_group_retry_policy: {m: {TimeoutErrorRetries: 1}}
                        nonsense: 1
                        """);

        assertThat(config.notices())
                .containsExactlyInAnyOrder(
                        "config.yaml:2: router_settings.num_retrys is not known;"
                                + " did you mean num_retries?",
                        "config.yaml:3: router_settings.polling_interval is understood but not"
                                + " enforced yet",
                        "config.yaml:5: nonsense is not known");
    }

    @Test
    void derivesIdsFromWhatIsWrittenSoThatARotatedKeyKeepsThem() throws Exception {
        String entry = "{model_name: a, litellm_params: {model: m, api_key: os.environ/K}}";

        List<String> ids = ids("model_list: [%s, %s]".formatted(entry, entry));

        assertThat(ids).doesNotHaveDuplicates().allMatch(id -> id.matches("[0-9a-f]{16}"));
        assertThat(ids("model_list: [%s, %s]".formatted(entry, entry))).isEqualTo(ids);
    }

    @Test
    void looksUpTheEnvironmentOnlyWhenAsked() throws Exception {
        GatewayConfig config =
                ConfigReader.parse("c", "general_settings: {master_key: os.environ/KEY}");
        Setting key = requireNonNull(config.general().masterKey());

        assertThat(key.in(name -> name.equals("KEY") ? "sk-1" : "").reveal()).isEqualTo("sk-1");
        assertThatThrownBy(() -> key.in(_ -> ""))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("the environment variable KEY");
    }

    @Test
    void neverPrintsASecret() throws Exception {
        GatewayConfig config =
                ConfigReader.parse(
                        "c",
                        """
                        model_list: [{model_name: a, litellm_params: {model: m, api_key: hush}}]
                        general_settings: {master_key: hush}
                        """);

        assertThat(config.toString()).doesNotContain("hush");
        assertThat(new Secret("hush").toString()).doesNotContain("hush");
    }

    @Test
    void saysThatAFileIsMissing() {
        assertThatThrownBy(() -> ConfigReader.read(Path.of("no", "such.yaml")))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("no readable file");
    }

    private static List<String> ids(String text) throws InvalidConfigException {
        return ConfigReader.parse("c", text).modelList().stream()
                .map(ModelEntry::deploymentId)
                .toList();
    }
}
