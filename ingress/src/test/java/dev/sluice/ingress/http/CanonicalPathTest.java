package dev.sluice.ingress.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.auth.Route;
import dev.sluice.ingress.auth.RouteTable;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Map;

class CanonicalPathTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/v1/models",
                "/v1/models/openai/gpt-4o",
                "/v1/models/openai%2Fgpt-4o",
                "/key/sk-abc_DEF-1/regenerate",
                "/v1/models/a%20b:c@d",
                "/models/%C3%BC"
            })
    void servesPathsWithOneReading(String path) {
        assertThat(CanonicalPath.isCanonical(path)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "key",
                "//key/info",
                "/key//info",
                "/key/./info",
                "/key/../info",
                "/key/info/",
                "/key/%69nfo",
                "/key%2Finfo",
                "/key%2finfo",
                "/key/%2e%2e/info",
                "/key/%2E/info",
                "/key/info;a=b",
                "/key;/info",
                "/key\\info",
                "/key%5Cinfo",
                "/key/info%00",
                "/key/info%0a",
                "/key/info%",
                "/key/info%4",
                "/key/info%zz",
                "/key/info\t",
                "/key/ïnfo",
                "/v1/models/../key",
                "/v1/models/%2e%2e%2fkey",
                "/key/info%7f",
                "/."
            })
    void servesNoPathThatTwoReadersCouldReadDifferently(String path) {
        assertThat(CanonicalPath.isCanonical(path)).isFalse();
    }

    @Test
    void servesEveryRoute() {
        for (Route route : RouteTable.all()) {
            String path = route.path().replaceAll("\\{.*}", "x");
            assertThat(CanonicalPath.isCanonical(path)).as(path).isTrue();
        }
    }

    @Test
    void readsTheChangesThatTheAggregatorNames() {
        assertThat(ChangedAccounts.parse("key%3Aab=3, team%3Aa%2Cb=12"))
                .isEqualTo(Map.of("key:ab", 3L, "team:a,b", 12L));
        assertThat(ChangedAccounts.parse("x,=3,key:a=,key:b=x,%zz=1,,key:c=1"))
                .isEqualTo(Map.of("key:c", 1L));
    }
}
