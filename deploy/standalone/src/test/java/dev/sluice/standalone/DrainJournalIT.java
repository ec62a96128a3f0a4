package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.embedded.EmbeddedKafka;
import dev.sluice.embedded.FreePort;
import dev.sluice.simulator.Simulator;
import dev.sluice.simulator.SimulatorSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What becomes of a journal that Kafka was not there for. */
class DrainJournalIT {

    private static final int CALLS = 3;
    private static final String NOWHERE = "127.0.0.1:9";

    @TempDir private Path folder;
    private final ByteArrayOutputStream results = new ByteArrayOutputStream();
    private final ByteArrayOutputStream complaints = new ByteArrayOutputStream();

    @Test
    void anIngressThatCannotShipEndsWithThreeAndItsJournalIsDrainedLater() throws Exception {
        Path data = folder.resolve("data");
        callAndStop(data);

        assertThat(drain(data, NOWHERE, 2)).isEqualTo(3);
        assertThat(said()).contains("not drained", ": 0 events shipped");

        int port = FreePort.pick();
        try (var kafka = EmbeddedKafka.start(folder.resolve("kafka"), port)) {
            String address = kafka.bootstrapServers();
            assertThat(drain(data, address, 60)).as(complaints.toString(UTF_8)).isZero();
            assertThat(said()).startsWith("drained").contains(": " + CALLS + " events shipped");
            assertThat(drain(data.resolve("journal"), address, 60)).isZero();
            assertThat(said()).contains(": 0 events shipped");
        }
    }

    private void callAndStop(Path data) throws Exception {
        try (var simulator =
                new Simulator(SimulatorSettings.defaults("127.0.0.1", 0).withProfile("instant"))) {
            simulator.start();
            Path config =
                    Files.writeString(
                            folder.resolve("config.yaml"),
                            """
                            model_list:
                              - model_name: gpt-4o
                                litellm_params: {model: openai/gpt-4o, api_base: http://127.0.0.1:%d/v1, api_key: k}
                            general_settings: {master_key: sk-drain}
                            sluice: {kafka: {bootstrap_servers: "%s"}, journal: {segment_bytes: 65536}}
                            """
                                    .formatted(simulator.port(), NOWHERE));
            try (HouseProcess ingress =
                    HouseProcess.start(
                            folder,
                            "ingress",
                            "--config",
                            config.toString(),
                            "--host",
                            "127.0.0.1",
                            "--port",
                            "0",
                            "--data",
                            data.toString())) {
                String line = ingress.lines(1).getFirst();
                for (int i = 0; i < CALLS; i++) {
                    assertThat(call(line.substring(line.indexOf(' ') + 1), i)).isEqualTo(200);
                }
                assertThat(drain(data, NOWHERE, 2)).isEqualTo(1);
                assertThat(complaints.toString(UTF_8))
                        .contains("a running process has the journal");

                assertThat(ingress.end("TERM", 30)).isEqualTo(3);
                assertThat(ingress.complaints()).contains("spend events stay in the journal");
            }
        }
    }

    private static int call(String url, int number) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create(url + "/v1/chat/completions"))
                                    .header("Authorization", "Bearer sk-drain")
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    """
                                                    {"model":"gpt-4o","messages":[{"role":"user","content":"%d"}]}\
                                                    """
                                                            .formatted(number)))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }

    @Test
    void saysThatThereIsNoJournal() {
        assertThat(drain(folder, NOWHERE, 2)).isEqualTo(1);
        assertThat(complaints.toString(UTF_8)).contains("no journal is in");
        assertThat(folder).isEmptyDirectory();
    }

    private int drain(Path directory, String kafka, int seconds) {
        var console =
                new Console(
                        new PrintStream(results, true, UTF_8),
                        new PrintStream(complaints, true, UTF_8));
        return new Main(console, new Home(folder.resolve("home")), _ -> "")
                .run(
                        List.of(
                                "drain-journal",
                                directory.toString(),
                                "--kafka",
                                kafka,
                                "--timeout",
                                Integer.toString(seconds)));
    }

    private String said() {
        String said = results.toString(UTF_8);
        results.reset();
        return said;
    }
}
