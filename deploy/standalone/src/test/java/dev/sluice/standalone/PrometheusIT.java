package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.File;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** The dashboards' expressions, asked of a real Prometheus that scrapes a running demo. */
class PrometheusIT {

    private static final List<String> EXPRESSIONS =
            List.of(
                    "rate(litellm_requests_total[5m])",
                    "histogram_quantile(0.50, rate(litellm_request_duration_seconds_bucket[5m]))",
                    "histogram_quantile(0.95, rate(litellm_request_duration_seconds_bucket[5m]))",
                    "histogram_quantile(0.99, rate(litellm_request_duration_seconds_bucket[5m]))",
                    "sum(rate(litellm_requests_total{status!=\"success\"}[5m])) /"
                            + " sum(rate(litellm_requests_total[5m]))",
                    "sum(rate(litellm_cache_hits_total[5m])) /"
                            + " (sum(rate(litellm_cache_hits_total[5m]))"
                            + " + sum(rate(litellm_cache_misses_total[5m])))",
                    "sum(rate(litellm_provider_latency_seconds_sum[5m])) by (provider) /"
                            + " sum(rate(litellm_provider_latency_seconds_count[5m])) by (provider)");

    @TempDir private Path folder;

    @Test
    void everyExpressionOfTheDashboardsHasAFigure() throws Exception {
        assumeTrue(isInstalled(), "Prometheus is not installed");
        try (HouseProcess house = HouseProcess.demo(folder)) {
            Gateway gateway = house.awaitDemo();
            gateway.hurryTheProvider();
            int port = freePort();
            Process prometheus = prometheus(port, URI.create(gateway.url()).getPort());
            try {
                Awaitility.await()
                        .atMost(Duration.ofSeconds(60))
                        .ignoreExceptions()
                        .pollInterval(Duration.ofSeconds(1))
                        .untilAsserted(() -> {
                            // One from the cache and one that the provider answers.
                            gateway.chat("Count me", false);
                            gateway.chat("Count me at " + System.nanoTime(), false);
                            for (String expression : EXPRESSIONS) {
                                assertThat(figures(port, expression))
                                        .as(expression)
                                        .isNotEmpty()
                                        .doesNotContain("NaN");
                            }
                        });
            } finally {
                prometheus.destroy();
            }
        }
    }

    private static boolean isInstalled() {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "prometheus")));
    }

    private Process prometheus(int port, int target) throws Exception {
        Path config = folder.resolve("prometheus.yml");
        Files.writeString(
                config,
                """
                global: {scrape_interval: 1s}
                scrape_configs:
                  - job_name: sluice
                    static_configs: [{targets: ["127.0.0.1:%d"]}]
                """
                        .formatted(target));
        return new ProcessBuilder(
                        "prometheus",
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + folder.resolve("tsdb"),
                        "--web.listen-address=127.0.0.1:" + port)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("prometheus.log").toFile())
                .start();
    }

    private static int freePort() throws Exception {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static List<String> figures(int port, String expression) throws Exception {
        URI uri =
                URI.create(
                        "http://127.0.0.1:%d/api/v1/query?query=%s"
                                .formatted(port, URLEncoder.encode(expression, UTF_8)));
        try (HttpClient client = HttpClient.newHttpClient()) {
            String answer =
                    client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                            .body();
            JsonNode results = new ObjectMapper().readTree(answer).at("/data/result");
            return results.valueStream().map(result -> result.at("/value/1").asText()).toList();
        }
    }
}
