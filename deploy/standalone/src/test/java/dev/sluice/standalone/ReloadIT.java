package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.ingress.IngressSettings;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.simulator.Simulator;
import dev.sluice.simulator.SimulatorSettings;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;

/** A config file that is edited while the gateway runs on it. */
final class ReloadIT {

    private static final String KEY = "sk-reload-master";

    @TempDir private Path folder;

    private Simulator simulator;
    private Path file;
    private IngressPart part;
    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        simulator = new Simulator(SimulatorSettings.defaults("127.0.0.1", 0));
        simulator.start();
        file = folder.resolve("config.yaml");
        write(models("first"));
        part =
                new IngressPart(
                        ConfigReader.read(file, _ -> ""),
                        file,
                        new IngressSettings(
                                "127.0.0.1",
                                0,
                                folder.resolve("data"),
                                KafkaSettings.of("127.0.0.1:1"),
                                null,
                                new Secret("credential"),
                                new Secret(KEY),
                                null,
                                new Secret("signing"),
                                _ -> ""),
                        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        part.start();
        gateway =
                Gateway.at(
                        "http://127.0.0.1:" + part.port(),
                        KEY,
                        "http://127.0.0.1:" + simulator.port());
        gateway.hurryTheProvider();
    }

    @AfterEach
    void stop() {
        part.close();
        simulator.close();
    }

    @Test
    void servesTheModelsOfTheChangedFileAndNoOthers() throws Exception {
        assertThat(chat("first").statusCode()).isEqualTo(200);
        assertThat(chat("second").statusCode()).isEqualTo(400);

        write(models("second"));

        await().atMost(Duration.ofSeconds(10)).until(() -> chat("second").statusCode() == 200);
        assertThat(chat("first").statusCode()).isEqualTo(400);
        assertThat(gateway.fetch("/v1/models").body()).contains("second").doesNotContain("first");
    }

    @Test
    void staysByWhatHeldWhileTheFileIsWrongAndTakesItOnceItIsRight() throws Exception {
        write(models("second") + "router_settings: {num_retries: many}\n");

        await().during(Duration.ofSeconds(4))
                .atMost(Duration.ofSeconds(6))
                .until(() -> chat("first").statusCode() == 200);

        write(models("second") + "router_settings: {num_retries: 1}\n");

        await().atMost(Duration.ofSeconds(10)).until(() -> chat("second").statusCode() == 200);
    }

    @Test
    void takesWhatIsAllowedFromTheChangedFileToo() throws Exception {
        write(models("first") + "general_settings: {enforce_user_param: true}\n");

        await().atMost(Duration.ofSeconds(10)).until(() -> chat("first").statusCode() == 400);
        assertThat(chat("first").body()).contains("user");
    }

    @Test
    void boundsAnswersAsTheFileSays() throws Exception {
        write(models("first") + "litellm_settings: {max_tokens: 3}\n");

        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() ->
                        assertThat(chat("first").body())
                                .containsPattern("\"completion_tokens\": ?3[,}]"));
    }

    private HttpResponse<String> chat(String model) throws IOException, InterruptedException {
        return gateway.post(
                "/v1/chat/completions",
                """
                {"model": "%s", "messages": [{"role": "user", "content": "Say something long."}]}\
                """
                        .formatted(model));
    }

    private String models(String name) {
        return """
        model_list:
          - model_name: %s
            litellm_params: {model: openai/gpt-4o-mini, api_base: "http://127.0.0.1:%d/v1", api_key: k}
        """
                .formatted(name, simulator.port());
    }

    /** As an editor does it: a new file in the place of the old one. */
    private void write(String text) throws IOException {
        Path written = Files.writeString(folder.resolve("config.yaml.new"), text);
        Files.move(written, file, StandardCopyOption.REPLACE_EXISTING);
    }
}
