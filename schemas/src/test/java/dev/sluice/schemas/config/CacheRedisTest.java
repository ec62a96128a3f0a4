package dev.sluice.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.GatewayConfig.CacheSettings;
import dev.sluice.schemas.config.RedisSettings.Certificates;
import dev.sluice.schemas.config.RedisSettings.Connection;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Whether answers are kept in Redis, in which, and for how long. */
class CacheRedisTest {

    private static final Map<String, String> NOTHING = Map.of();

    @Test
    void keepsInProcessWhereNobodyNamesARedisForAnswers() throws Exception {
        assertThat(cache("litellm_settings: {cache: true}", NOTHING).redis()).isNull();
        assertThat(
                        cache(
                                        "{litellm_settings: {cache: true}, router_settings:"
                                                + " {redis_host: h}}",
                                        NOTHING)
                                .redis())
                .as("that one is for limits")
                .isNull();
        assertThat(
                        cache(
                                        "litellm_settings: {cache: true, cache_params: {type:"
                                                + " local, host: h}}",
                                        Map.of("REDIS_HOST", "r"))
                                .redis())
                .as("the file says where")
                .isNull();
    }

    @Test
    void takesRedisWithoutATypeAsLiteLlmDoes() throws Exception {
        assertThat(addresses("litellm_settings: {cache: true}", Map.of("REDIS_HOST", "around")))
                .containsExactly("redis://around:6379");
        assertThat(
                        addresses(
                                "litellm_settings: {cache: true, cache_params: {host: own}}",
                                Map.of("REDIS_HOST", "around")))
                .containsExactly("redis://own:6379");
        assertThat(
                        addresses(
                                "litellm_settings: {cache: true}",
                                Map.of("REDIS_URL", "rediss://u:w@around:7/2")))
                .containsExactly("rediss://around:7");
    }

    @Test
    void prefersItsOwnThenTheEnvironmentsThenTheRouters() throws Exception {
        String typed =
                "{router_settings: {redis_host: routers}, litellm_settings: {cache: true,"
                        + " cache_params: {type: redis%s}}}";

        assertThat(addresses(typed.formatted(", host: own"), Map.of("REDIS_HOST", "around")))
                .containsExactly("redis://own:6379");
        assertThat(addresses(typed.formatted(""), Map.of("REDIS_HOST", "around")))
                .containsExactly("redis://around:6379");
        assertThat(addresses(typed.formatted(""), NOTHING)).containsExactly("redis://routers:6379");
        assertThat(
                        requireNonNull(
                                        read(
                                                        typed.formatted(", host: own"),
                                                        Map.of("REDIS_HOST", "around"))
                                                .redis())
                                .in(_ -> "")
                                .addresses())
                .as("of the limits")
                .containsExactly("redis://routers:6379");
    }

    @Test
    void saysThatATypeWithoutAServerKeepsInProcess() throws Exception {
        GatewayConfig config =
                read(
                        "{model_list: [], litellm_settings: {cache: true, cache_params: {type:"
                                + " redis}}}",
                        NOTHING);

        assertThat(config.cache().redis()).isNull();
        assertThat(config.notices().toString()).contains("redis without a host; kept in process");
    }

    @Test
    void saysNothingOfKeysThatTakeEffect() throws Exception {
        for (String block : List.of("litellm_settings", "general_settings")) {
            for (String where :
                    List.of(
                            "redis_startup_nodes: [{host: a, port: 1}], max_connections: 2",
                            "sentinel_nodes: [[a, 1]], service_name: m, sentinel_password: w",
                            "redis_url: \"redis://h\", namespace: n, redis_flush_size: 5",
                            "host: h, port: 7, username: u, password: w, db: 2, ssl: true,"
                                    + " ssl_cert_reqs: none, ssl_check_hostname: false,"
                                    + " default_in_memory_ttl: 1, default_in_redis_ttl: 2")) {
                GatewayConfig config =
                        read(
                                "{model_list: [], %s: {cache: true, cache_params: {type: redis, %s}}}"
                                        .formatted(block, where),
                                NOTHING);

                assertThat(config.notices()).as(where).isEmpty();
                assertThat(config.cache().redis()).as(where).isNotNull();
            }
        }
    }

    @Test
    void aSemanticCacheInRedisKeepsExactAnswersThereToo() throws Exception {
        assertThat(
                        addresses(
                                "litellm_settings: {cache: true, cache_params: {type:"
                                        + " redis-semantic, host: h, similarity_threshold: 0.9}}",
                                NOTHING))
                .containsExactly("redis://h:6379");
    }

    @Test
    void anEmptyPasswordIsNone() throws Exception {
        Connection connection =
                connection(
                        "litellm_settings: {cache: true, cache_params: {host: h, password:"
                                + " \"\", username: \"\", max_connections: 3}}",
                        NOTHING);

        assertThat(connection.password()).isNull();
        assertThat(connection.username()).isNull();
        assertThat(connection.maxConnections()).isEqualTo(3);
    }

    @Test
    void checksCertificatesUnlessToldOtherwise() throws Exception {
        String text = "litellm_settings: {cache: true, cache_params: {host: h, ssl: true%s}}";

        assertThat(connection(text.formatted(""), NOTHING).certificates())
                .isEqualTo(Certificates.STRICT);
        assertThat(
                        connection(text.formatted(", ssl_check_hostname: false"), NOTHING)
                                .certificates())
                .isEqualTo(Certificates.ANY_HOST);
        for (String none : List.of("None", "none", "CERT_NONE")) {
            assertThat(
                            connection(text.formatted(", ssl_cert_reqs: " + none), NOTHING)
                                    .certificates())
                    .isEqualTo(Certificates.UNCHECKED);
        }
        assertThat(connection(text.formatted(", ssl_cert_reqs: required"), NOTHING).certificates())
                .isEqualTo(Certificates.STRICT);
        assertThat(connection(text.formatted(""), NOTHING).isEncrypted()).isTrue();
    }

    @Test
    void timesAreThoseOfThePlace() throws Exception {
        String times = "ttl: 100, default_in_memory_ttl: 10, default_in_redis_ttl: 50";
        CacheSettings local =
                cache("litellm_settings: {cache: true, cache_params: {" + times + "}}", NOTHING);
        CacheSettings shared =
                cache(
                        "litellm_settings: {cache: true, cache_params: {host: h, namespace: mine, "
                                + times
                                + "}}",
                        NOTHING);
        CacheSettings plain =
                cache("litellm_settings: {cache: true, cache_params: {host: h, ttl: 7}}", NOTHING);

        assertThat(local.ttl()).isEqualTo(Duration.ofSeconds(10));
        assertThat(local.copyTtl()).isNull();
        assertThat(shared.ttl()).isEqualTo(Duration.ofSeconds(50));
        assertThat(shared.copyTtl()).isEqualTo(Duration.ofSeconds(10));
        assertThat(shared.prefix()).isEqualTo("mine");
        assertThat(plain.ttl()).isEqualTo(Duration.ofSeconds(7));
        assertThat(plain.copyTtl()).isNull();
        assertThat(plain.prefix()).isEqualTo("sluice");
    }

    private static List<String> addresses(String text, Map<String, String> environment)
            throws InvalidConfigException {
        return connection(text, environment).addresses();
    }

    private static Connection connection(String text, Map<String, String> environment)
            throws InvalidConfigException {
        return requireNonNull(cache(text, environment).redis())
                .in(name -> environment.getOrDefault(name, ""));
    }

    private static CacheSettings cache(String text, Map<String, String> environment)
            throws InvalidConfigException {
        return read(text, environment).cache();
    }

    private static GatewayConfig read(String text, Map<String, String> environment)
            throws InvalidConfigException {
        return ConfigReader.parse("c", text, name -> environment.getOrDefault(name, ""));
    }
}
