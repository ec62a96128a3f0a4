package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import dev.sluice.ingress.IngressSettings.TlsFiles;
import dev.sluice.ingress.accounts.AccountsView;
import dev.sluice.ingress.accounts.TestingAccounts;
import dev.sluice.schemas.accounts.Account;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.simulator.Simulator;
import dev.sluice.simulator.SimulatorSettings;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;

/** A gateway before a simulated provider, with Kafka away: calls must be served all the same. */
public final class GatewayUnderTest implements AutoCloseable {

    /** The master key of every gateway under test. */
    public static final String KEY = "sk-test-master";

    /** What the gateway shows to other services. */
    public static final String CREDENTIAL = "service";

    private static final String NO_BROKER = "127.0.0.1:1";

    private final Simulator simulator;
    private final Ingress ingress;
    private final String config;
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private GatewayUnderTest(
            Path data,
            String config,
            String kafka,
            @Nullable TlsFiles tls,
            @Nullable URI aggregator,
            @Nullable URI batchService) {
        this.config = config;
        TestingAccounts.snapshot(data.resolve("accounts.snapshot"));
        try {
            simulator = new Simulator(SimulatorSettings.defaults("127.0.0.1", 0));
            simulator.start();
            ingress =
                    new Ingress(
                            read(config),
                            new IngressSettings(
                                            "127.0.0.1",
                                            0,
                                            data,
                                            KafkaSettings.of(kafka),
                                            aggregator,
                                            new Secret(CREDENTIAL),
                                            new Secret(KEY),
                                            tls,
                                            TestingAccounts.SIGNING_KEY,
                                            _ -> "")
                                    .withInternal(
                                            new IngressSettings.InternalListener("127.0.0.1", 0))
                                    .withBatchService(batchService),
                            registry);
            ingress.start();
        } catch (Exception e) {
            throw new IllegalStateException("the gateway under test did not start", e);
        }
    }

    /** A gateway with two deployments of {@code gpt-4o}, each with a name of its own upstream. */
    public static GatewayUnderTest withTwoDeployments(Path data, String more) {
        return with(data, more, NO_BROKER, null, null, null);
    }

    /** The same behind TLS. */
    public static GatewayUnderTest withTwoDeployments(
            Path data, String more, @Nullable TlsFiles tls) {
        return with(data, more, NO_BROKER, tls, null, null);
    }

    /** The same, with an aggregator for what concerns accounts. */
    public static GatewayUnderTest with(Path data, String more, @Nullable URI aggregator) {
        return with(data, more, NO_BROKER, null, aggregator, null);
    }

    /** The same, with a service of files and batches. */
    public static GatewayUnderTest withBatchService(
            Path data, String more, @Nullable URI batchService) {
        return with(data, more, NO_BROKER, null, null, batchService);
    }

    /** The same, with a broker. */
    public static GatewayUnderTest withKafka(Path data, String more, String bootstrapServers) {
        return with(data, more, bootstrapServers, null, null, null);
    }

    private static GatewayUnderTest with(
            Path data,
            String more,
            String kafka,
            @Nullable TlsFiles tls,
            @Nullable URI aggregator,
            @Nullable URI batchService) {
        return new GatewayUnderTest(
                data,
                """
                model_list:
                  - model_name: gpt-4o
                    litellm_params: {model: openai/gpt-4o, api_base: SIMULATOR/d/a/v1, api_key: key-a}
                    model_info: {id: a}
                  - model_name: gpt-4o
                    litellm_params: {model: openai/gpt-4o, api_base: SIMULATOR/d/b/v1, api_key: key-b}
                    model_info: {id: b}
                  - model_name: single
                    litellm_params: {model: gpt-4o-mini, api_base: SIMULATOR/d/single/v1, api_key: key-c}
                    model_info: {id: single}
                  - model_name: embedder
                    litellm_params: {model: text-embedding-3-small, api_base: SIMULATOR/v1, api_key: key-d}
                    model_info: {access_groups: [vectors]}
                  - model_name: elsewhere
                    litellm_params: {model: sagemaker/gpt-4o, api_key: key-e}
                """
                        + more,
                kafka,
                tls,
                aggregator,
                batchService);
    }

    private GatewayConfig read(String text) throws InvalidConfigException {
        return ConfigReader.parse(
                "config.yaml", text.replace("SIMULATOR", "http://127.0.0.1:" + simulator.port()));
    }

    /** Goes on by its config with something in it replaced. */
    public void change(String old, String replacement) throws InvalidConfigException {
        assertThat(config).contains(old);
        ingress.change(read(config.replace(old, replacement)));
    }

    /** Tells the gateway of accounts as the topic would: signed. */
    public void apply(Account... accounts) {
        TestingAccounts.offer(accounts(), accounts);
    }

    /** What the gateway knows of accounts. */
    public AccountsView accounts() {
        return requireNonNull(ingress.accounts(), "the gateway has no accounts");
    }

    /** Lets open calls end; there is no broker that would take their events. */
    public void drain(Duration atMost) {
        ingress.drain(atMost);
    }

    public int port() {
        return ingress.port();
    }

    public String metrics() {
        return registry.scrape();
    }

    public HttpResponse<String> post(String path, String body, String... headers) {
        return send("POST", uri(path), body, headers);
    }

    /** With any method, and the master key unless the headers say otherwise. */
    public HttpResponse<String> request(
            String method, String path, String body, String... headers) {
        return send(method, uri(path), body, headers);
    }

    public HttpResponse<String> get(String path, String... headers) {
        return send("GET", uri(path), "", headers);
    }

    /** Sets a fault of the simulated provider. */
    public void scenario(String json) {
        URI uri = URI.create("http://127.0.0.1:%d/_sim/scenario".formatted(simulator.port()));
        HttpResponse<String> answer = send("POST", uri, json);
        if (answer.statusCode() / 100 != 2) {
            throw new IllegalArgumentException(answer.body());
        }
    }

    /** Calls as our own services do. */
    public HttpResponse<String> postInternally(String path, String body, String... headers) {
        return send(
                "POST",
                URI.create("http://127.0.0.1:%d%s".formatted(ingress.internalPort(), path)),
                body,
                headers);
    }

    /** The simulated provider's own ledger. */
    public String truth() {
        return send(
                        "GET",
                        URI.create("http://127.0.0.1:%d/_sim/ledger".formatted(simulator.port())),
                        "")
                .body();
    }

    public HttpClient client() {
        return client;
    }

    public URI uri(String path) {
        return URI.create("http://127.0.0.1:%d%s".formatted(ingress.port(), path));
    }

    private HttpResponse<String> send(String method, URI uri, String body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri)
                        .timeout(Duration.ofSeconds(20))
                        .method(
                                method,
                                body.isEmpty()
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(body))
                        .header("Authorization", "Bearer " + KEY)
                        .header("Content-Type", "application/json");
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
        ingress.close();
        simulator.close();
    }
}
