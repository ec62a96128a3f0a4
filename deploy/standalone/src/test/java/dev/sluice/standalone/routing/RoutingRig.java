package dev.sluice.standalone.routing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.embedded.EmbeddedKafka;
import dev.sluice.embedded.FreePort;
import dev.sluice.ingress.Ingress;
import dev.sluice.ingress.IngressSettings;
import dev.sluice.router.RouterWorker;
import dev.sluice.router.RouterWorkerSettings;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.simulator.Simulator;
import dev.sluice.simulator.SimulatorSettings;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Ingresses, a router worker and a broker as they run, before deployments of the simulator that
 * have so many places and let what comes beyond them wait.
 */
final class RoutingRig implements AutoCloseable {

    static final String KEY = "sk-rig-master";

    private final Path folder;
    private final GatewayConfig config;
    private final int places;
    private final EmbeddedKafka kafka;
    private final Simulator simulator;
    private final List<Ingress> ingresses = new ArrayList<>();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private @Nullable RouterWorker router;

    /**
     * Starts all but ingresses.
     *
     * @param deployments of the one model group, called {@code d0} and so on
     * @param places calls that a deployment serves at once
     * @param routerSettings lines of the config, each with an indent of two
     */
    RoutingRig(Path folder, int deployments, int places, String routerSettings) throws Exception {
        this.folder = folder;
        this.places = places;
        this.simulator = new Simulator(SimulatorSettings.defaults("127.0.0.1", 0));
        simulator.start();
        this.config = ConfigReader.parse("rig.yaml", yaml(deployments, routerSettings));
        for (int i = 0; i < deployments; i++) {
            well(i);
        }
        this.kafka = EmbeddedKafka.start(folder.resolve("kafka"), FreePort.pick());
        startWorker();
    }

    private String yaml(int deployments, String routerSettings) {
        String models =
                IntStream.range(0, deployments)
                        .mapToObj(i ->
                                """
                                  - model_name: gpt
                                    litellm_params:
                                      {model: openai/gpt-3.5-turbo, api_key: k, stream_timeout: 4,
                                       api_base: "http://127.0.0.1:%d/d/d%d/v1"}
                                    model_info: {id: d%d}
                                """
                                        .formatted(simulator.port(), i, i))
                        .collect(Collectors.joining());
        return "model_list:\n%sgeneral_settings: {master_key: %s}\nrouter_settings:\n%s"
                .formatted(models, KEY, routerSettings);
    }

    private KafkaSettings kafka() {
        return new KafkaSettings(kafka.bootstrapServers(), Map.of(), 3);
    }

    /** Another ingress on a folder of its own; it need not be ready yet. */
    Ingress startIngress() throws Exception {
        var ingress =
                new Ingress(
                        config,
                        new IngressSettings(
                                "127.0.0.1",
                                0,
                                folder.resolve("ingress" + ingresses.size()),
                                kafka(),
                                null,
                                new Secret("rig-credential"),
                                new Secret(KEY),
                                null,
                                null,
                                _ -> ""),
                        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        ingress.start();
        ingresses.add(ingress);
        return ingress;
    }

    /** Starts a worker; there must be none. */
    void startWorker() {
        router =
                new RouterWorker(
                        new RouterWorkerSettings(kafka(), folder.resolve("router")),
                        new SimpleMeterRegistry());
        router.start();
    }

    /** Ends the worker; the ingresses are not told. */
    void stopWorker() {
        if (router != null) {
            router.close();
            router = null;
        }
    }

    /** Whether the worker reads. */
    boolean isWorkerReady() {
        return router != null && router.ready();
    }

    /** A deployment serves as it should. */
    void well(int deployment) {
        order(deployment, "\"latency_factor\": 1");
    }

    /** A deployment takes so many times as long for everything. */
    void slow(int deployment, int factor) {
        order(deployment, "\"latency_factor\": " + factor);
    }

    /** A deployment takes calls and never answers; {@link #allWell} ends it. */
    void swallow(int deployment) {
        order(deployment, "\"black_hole\": true");
    }

    /** A deployment answers 500 at once. */
    void fail(int deployment) {
        order(deployment, "\"status\": 500");
    }

    /** Every deployment serves as it should, and calls that were swallowed end. */
    void allWell() {
        send(control("/_sim/scenario").DELETE());
        for (int i = 0; i < config.modelList().size(); i++) {
            well(i);
        }
    }

    private void order(int deployment, String what) {
        send(
                control("/_sim/scenario")
                        .POST(
                                BodyPublishers.ofString(
                                        """
                                        {"match": {"deployment": "d%d"}, "slots": %d,
                                         "profile": "gpt-3.5-turbo", %s}\
                                        """
                                                .formatted(deployment, places, what))));
    }

    private HttpRequest.Builder control(String path) {
        return HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:%d%s".formatted(simulator.port(), path)));
    }

    private void send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> answer =
                    client.send(request.build(), BodyHandlers.ofString(UTF_8));
            if (answer.statusCode() >= 300) {
                throw new IllegalArgumentException(answer.body());
            }
        } catch (IOException e) {
            throw new IllegalStateException("the simulator is gone", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (Ingress ingress : ingresses) {
            ingress.close();
        }
        stopWorker();
        kafka.close();
        simulator.close();
        client.close();
    }
}
