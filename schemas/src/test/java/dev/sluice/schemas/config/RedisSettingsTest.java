package dev.sluice.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.RedisSettings.Connection;
import dev.sluice.schemas.config.RedisSettings.Kind;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.Map;

class RedisSettingsTest {

    @Test
    void isNoneWhereNobodySpeaksOfIt() throws Exception {
        assertThat(redis("litellm_settings: {cache: true}", Map.of())).isNull();
    }

    @Test
    void takesTheCachesAddress() throws Exception {
        Connection connection =
                connection(
                        "general_settings: {cache: true, cache_params: {type: redis, host:"
                                + " os.environ/H, port: os.environ/P, password: os.environ/W, ssl:"
                                + " true, db: 2}}",
                        Map.of("H", "r1", "P", "6400", "W", "w"));

        assertThat(connection.kind()).isEqualTo(Kind.SINGLE);
        assertThat(connection.addresses()).containsExactly("rediss://r1:6400");
        assertThat(connection.password()).isEqualTo(new Secret("w"));
        assertThat(connection.db()).isEqualTo(2);
    }

    @Test
    void takesEverythingOutOfAUrl() throws Exception {
        Connection connection =
                connection(
                        "router_settings: {redis_url: os.environ/U}",
                        Map.of("U", "rediss://me:p%40ss+%2B@h.example.com:7000/5"));

        assertThat(connection.addresses()).containsExactly("rediss://h.example.com:7000");
        assertThat(connection.username()).isEqualTo(new Secret("me"));
        assertThat(connection.password()).isEqualTo(new Secret("p@ss++"));
        assertThat(connection.db()).isEqualTo(5);
    }

    @Test
    void takesAUrlWithAPasswordAloneAndStandards() throws Exception {
        Connection connection =
                connection("router_settings: {redis_url: \"redis://:w@h\"}", Map.of());

        assertThat(connection.addresses()).containsExactly("redis://h:6379");
        assertThat(connection.username()).isNull();
        assertThat(connection.password()).isEqualTo(new Secret("w"));
        assertThat(connection.db()).isZero();
    }

    @Test
    void knowsClustersAndSentinels() throws Exception {
        Connection cluster =
                connection(
                        "litellm_settings: {cache: true, cache_params: {type: redis,"
                                + " redis_startup_nodes: [{host: a, port: 1}, {host: \"::1\", port:"
                                + " 2}]}}",
                        Map.of());
        Connection sentinels =
                connection(
                        "litellm_settings: {cache: true, cache_params: {type: redis, service_name:"
                                + " m, sentinel_nodes: [[a, 26379], [b, 26379]],"
                                + " sentinel_password: s}}",
                        Map.of());

        assertThat(cluster.kind()).isEqualTo(Kind.CLUSTER);
        assertThat(cluster.addresses()).containsExactly("redis://a:1", "redis://[::1]:2");
        assertThat(sentinels.kind()).isEqualTo(Kind.SENTINEL);
        assertThat(sentinels.sentinelMaster()).isEqualTo("m");
        assertThat(sentinels.sentinelPassword()).isEqualTo(new Secret("s"));
    }

    @Test
    void readsTheNamesOfLiteLlmInTheEnvironment() throws Exception {
        Map<String, String> environment =
                Map.of(
                        "REDIS_HOST",
                        "h",
                        "REDIS_PORT",
                        "7",
                        "REDIS_PASSWORD",
                        "w",
                        "REDIS_SSL",
                        "True");

        Connection connection = connection("litellm_settings: {cache: true}", environment);

        assertThat(connection.addresses()).containsExactly("rediss://h:7");
        assertThat(connection.password()).isEqualTo(new Secret("w"));
    }

    @Test
    void isNotMisledByWhatKubernetesCallsAPort() throws Exception {
        Map<String, String> environment =
                Map.of("REDIS_HOST", "h", "REDIS_PORT", "tcp://10.0.0.1:6379");

        assertThat(connection("model_list: []", environment).addresses())
                .containsExactly("redis://h:6379");
        assertThat(redis("model_list: []", Map.of("REDIS_PORT", "tcp://10.0.0.1:6379"))).isNull();
    }

    @Test
    void readsEnvironmentVariablesOfTheFileToo() throws Exception {
        assertThat(connection("environment_variables: {REDIS_HOST: mine}", Map.of()).addresses())
                .containsExactly("redis://mine:6379");
    }

    @Test
    void refusesWhatAVariableMustNotHold() throws Exception {
        RedisSettings redis =
                requireNonNull(
                        redis(
                                "router_settings: {redis_host: h, redis_port: os.environ/P}",
                                Map.of()));

        assertThatThrownBy(() -> redis.in(_ -> "hush"))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessage(
                        "c:1: found another value of os.environ/P, expected a port from 1 to 65535");
    }

    private static @Nullable RedisSettings redis(String text, Map<String, String> environment)
            throws InvalidConfigException {
        return ConfigReader.parse("c", text, name -> environment.getOrDefault(name, "")).redis();
    }

    private static Connection connection(String text, Map<String, String> environment)
            throws InvalidConfigException {
        return requireNonNull(redis(text, environment))
                .in(name -> environment.getOrDefault(name, ""));
    }
}
