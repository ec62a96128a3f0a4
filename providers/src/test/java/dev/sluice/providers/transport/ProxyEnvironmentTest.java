package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.util.List;
import java.util.Map;

class ProxyEnvironmentTest {

    private static Proxies read(Map<String, String> environment) {
        return ProxyEnvironment.read(environment::get, List.of());
    }

    private static @Nullable String way(Proxies proxies, String url) {
        Origin origin = UpstreamTarget.of(URI.create(url), List.of()).origin();
        ProxySettings proxy = ProxyAccess.to(origin, proxies.of(origin)).proxy();
        return proxy == null ? null : proxy.host() + ":" + proxy.port();
    }

    @Test
    void withoutVariablesEverythingIsReachedDirectly() {
        assertThat(read(Map.of())).isEqualTo(Proxies.NONE);
        assertThat(read(Map.of("HTTPS_PROXY", " ", "http_proxy", ""))).isEqualTo(Proxies.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "HTTPS_PROXY, , a:3128",
        "https_proxy, , a:3128",
        "HTTP_PROXY, a:3128, ",
        "http_proxy, a:3128, ",
        "ALL_PROXY, a:3128, a:3128",
        "all_proxy, a:3128, a:3128",
    })
    void eachVariableIsForItsScheme(String name, @Nullable String http, @Nullable String https) {
        Proxies proxies = read(Map.of(name, "http://a:3128"));

        assertThat(way(proxies, "http://api.test")).isEqualTo(http);
        assertThat(way(proxies, "https://api.test")).isEqualTo(https);
    }

    @Test
    void lowerCaseGoesBeforeCapitalsAndTheSchemesOwnBeforeAll() {
        Proxies proxies =
                read(
                        Map.of(
                                "HTTPS_PROXY", "http://capitals:1",
                                "https_proxy", "http://lower:2",
                                "ALL_PROXY", "http://all:3"));

        assertThat(way(proxies, "https://api.test")).isEqualTo("lower:2");
        assertThat(way(proxies, "http://api.test")).isEqualTo("all:3");
    }

    @ParameterizedTest
    @CsvSource({
        "proxy.test:3128, proxy.test, 3128",
        "http://proxy.test, proxy.test, 80",
        "HTTP://proxy.test/, proxy.test, 80",
        "http://my_proxy:3128, my_proxy, 3128",
        "http://10.0.0.1:3128, 10.0.0.1, 3128",
        "http://[::1]:3128, ::1, 3128",
    })
    void readsWhereTheProxyIs(String value, String host, int port) {
        ProxySettings proxy = requireNonNull(read(Map.of("HTTPS_PROXY", value)).https());

        assertThat(proxy.host()).isEqualTo(host);
        assertThat(proxy.port()).isEqualTo(port);
        assertThat(proxy.credentials()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "http://me:s3cret@proxy.test:1, me:s3cret",
        "http://me:s3c%40ret%2B+@proxy.test:1, me:s3c@ret++",
        "http://s3cret@proxy.test:1, s3cret:",
    })
    void takesCredentialsAndPrintsThemNowhere(String value, String credentials) {
        Proxies proxies = read(Map.of("HTTPS_PROXY", value));

        ProxySettings proxy = requireNonNull(proxies.https());
        assertThat(requireNonNull(proxy.credentials()).reveal()).isEqualTo(credentials);
        assertThat(TransportSettings.defaults().withProxies(proxies).toString())
                .doesNotContain("s3c");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "socks5://me:s3cret@proxy.test:1",
                "https://me:s3cret@proxy.test:1",
                "http://me:s3cret@",
                "http://me:s3cret@proxy.test:0",
                "http://me:s3cret@proxy.test:s3cret",
                "http://me:s3cret%zz@proxy.test:1",
                "http://s3cret proxy",
            })
    void refusesWhatItCannotUseWithoutRepeatingIt(String value) {
        assertThatThrownBy(() -> read(Map.of("https_proxy", value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("HTTPS_PROXY")
                .hasMessageNotContaining("s3c")
                .hasNoCause();
    }

    @ParameterizedTest
    @CsvSource({
        "https://api.test, p:1",
        "https://own.test, ",
        "https://a.own.test, ",
        "https://dotted.test, ",
        "https://a.dotted.test, ",
        "https://notown.test, p:1",
        "https://ported.test, p:1",
        "https://ported.test:8443, ",
        "https://10.1.2.3, ",
        "https://11.1.2.3, p:1",
        "http://localhost:4000, ",
        "http://127.0.0.1:4000, ",
        "http://127.9.9.9:4000, ",
        "http://[::1]:4000, ",
        "http://books.internal:4002, ",
    })
    void goesDirectlyWhereNoProxyAndCommonSenseSay(String url, @Nullable String way) {
        Map<String, String> environment =
                Map.of(
                        "ALL_PROXY",
                        "http://p:1",
                        "NO_PROXY",
                        "own.test, .dotted.test,,ported.test:8443 ,10.0.0.0/8");

        assertThat(way(ProxyEnvironment.read(environment::get, List.of("books.internal")), url))
                .isEqualTo(way);
    }

    @Test
    void aStarMeansNoProxyAtAll() {
        assertThat(way(read(Map.of("ALL_PROXY", "http://p:1", "NO_PROXY", "*")), "https://a.test"))
                .isNull();
    }
}
