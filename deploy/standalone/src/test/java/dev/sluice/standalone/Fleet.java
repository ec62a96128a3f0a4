package dev.sluice.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.sluice.embedded.EmbeddedKafka;
import dev.sluice.embedded.EmbeddedPostgres;
import dev.sluice.embedded.EmbeddedRedis;
import dev.sluice.embedded.FreePort;
import dev.sluice.ingress.Ingress;
import dev.sluice.ingress.IngressSettings;
import dev.sluice.router.RouterWorker;
import dev.sluice.router.RouterWorkerSettings;
import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.KafkaSettings;
import dev.sluice.schemas.config.Secret;
import dev.sluice.simulator.Simulator;
import dev.sluice.simulator.SimulatorSettings;
import dev.sluice.spend.SpendAggregator;
import dev.sluice.spend.SpendAggregatorSettings;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Several ingresses before one set of services, each server of which can be taken away and brought
 * back on the same port with what it had kept.
 */
final class Fleet implements AutoCloseable {

    static final String MASTER_KEY = "sk-fleet-master";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Secret SIGNING = new Secret("fleet-signing");
    private static final Secret CREDENTIAL = new Secret("fleet-credential");
    private static final int POOL_SIZE = 8;

    /** What the services run on. */
    enum Server {
        KAFKA,
        POSTGRES,
        REDIS
    }

    private final Path folder;
    private final GatewayConfig config;
    private final Map<Server, Integer> ports = new EnumMap<>(Server.class);
    private final Map<Server, AutoCloseable> running = new EnumMap<>(Server.class);
    private final Simulator simulator;
    private final int booksPort = FreePort.pick();
    private final List<@Nullable Ingress> ingresses = new ArrayList<>();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private @Nullable SpendAggregator books;
    private @Nullable RouterWorker router;
    private @Nullable DatabaseAccess database;

    /** How the embedded PostgreSQL is reached; the same after a restart on its folder. */
    private record DatabaseAccess(String jdbcUrl, String user, String password) {}

    private Fleet(Path folder, String more) throws InvalidConfigException {
        this.folder = folder;
        for (Server server : Server.values()) {
            ports.put(server, FreePort.pick());
        }
        this.simulator = new Simulator(SimulatorSettings.defaults("127.0.0.1", 0));
        simulator.start();
        this.config =
                ConfigReader.parse(
                        "fleet.yaml",
                        """
                        model_list:
                          - model_name: gpt-4o
                            litellm_params: {model: openai/gpt-4o, api_base: "http://127.0.0.1:%1$d/v1", api_key: key-a}
                          - model_name: text-embedding-3-small
                            litellm_params: {model: openai/text-embedding-3-small, api_base: "http://127.0.0.1:%1$d/v1", api_key: key-c}
                          - model_name: gpt-4o-mini
                            litellm_params: {model: openai/gpt-4o-mini, api_base: "http://127.0.0.1:%1$d/v1", api_key: key-b}
                          - model_name: pair
                            litellm_params: {model: openai/gpt-4o-mini, api_base: "http://127.0.0.1:%1$d/d/left/v1", api_key: key-d}
                            model_info: {id: left}
                          - model_name: pair
                            litellm_params: {model: openai/gpt-4o-mini, api_base: "http://127.0.0.1:%1$d/d/right/v1", api_key: key-d}
                            model_info: {id: right}
                        general_settings: {master_key: %2$s}
                        router_settings: {redis_host: 127.0.0.1, redis_port: %3$d}
                        %4$s
                        """
                                .formatted(simulator.port(), MASTER_KEY, port(Server.REDIS), more));
        hurryTheProvider();
    }

    /**
     * Starts servers, then services, then ingresses.
     *
     * @param up the servers that are there from the start; the services are started all the same
     * @param more further lines of the config
     */
    static Fleet start(Path folder, int ingresses, Set<Server> up, String more) throws Exception {
        var fleet = new Fleet(folder, more);
        try {
            fleet.learnDatabase(up.contains(Server.POSTGRES));
            for (Server server : up) {
                fleet.bringBack(server);
            }
            fleet.startServices();
            for (int i = 0; i < ingresses; i++) {
                fleet.ingresses.add(null);
                fleet.startIngress(i);
            }
            return fleet;
        } catch (Exception e) {
            fleet.close();
            throw e;
        }
    }

    /** All servers there, without further config. */
    static Fleet start(Path folder, int ingresses) throws Exception {
        return start(folder, ingresses, Set.of(Server.values()), "");
    }

    /** Where a server is, also while it is away. */
    int port(Server server) {
        return ports.getOrDefault(server, 0);
    }

    /** The folder is made by a first run, so that services can know a server that is not there. */
    private void learnDatabase(boolean stays) throws Exception {
        EmbeddedPostgres postgres =
                EmbeddedPostgres.start(folder.resolve("postgres"), port(Server.POSTGRES));
        database = new DatabaseAccess(postgres.jdbcUrl(), postgres.user(), postgres.password());
        if (stays) {
            running.put(Server.POSTGRES, postgres);
        } else {
            postgres.close();
        }
    }

    /** Ends a server as an outage would: its clients are not told. */
    void takeAway(Server server) {
        AutoCloseable ended = running.remove(server);
        try {
            if (ended != null) {
                ended.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException(server + " did not end", e);
        }
    }

    /** Starts a server again where it was. */
    void bringBack(Server server) {
        if (!running.containsKey(server)) {
            Path data = folder.resolve(server.name().toLowerCase(java.util.Locale.ROOT));
            running.put(
                    server,
                    switch (server) {
                        case KAFKA -> EmbeddedKafka.start(data, port(server));
                        case POSTGRES -> EmbeddedPostgres.start(data, port(server));
                        case REDIS -> EmbeddedRedis.start(data, port(server));
                    });
        }
    }

    private KafkaSettings kafka() {
        return new KafkaSettings(
                "127.0.0.1:" + port(Server.KAFKA),
                Map.of("reconnect.backoff.ms", "50", "reconnect.backoff.max.ms", "500"),
                3);
    }

    /** Starts the aggregator and the router worker, whichever servers are there. */
    void startServices() {
        DatabaseAccess access = database;
        if (access == null) {
            throw new IllegalStateException("no database yet");
        }
        books =
                new SpendAggregator(
                        new SpendAggregatorSettings(
                                        "127.0.0.1",
                                        booksPort,
                                        kafka(),
                                        access.jdbcUrl(),
                                        access.user(),
                                        new Secret(access.password()),
                                        POOL_SIZE,
                                        CREDENTIAL)
                                .withAccounts(Configured.accounts(config, SIGNING)),
                        new SimpleMeterRegistry());
        books.start();
        router =
                new RouterWorker(
                        new RouterWorkerSettings(
                                kafka(),
                                folder.resolve("router"),
                                Configured.budgets(config, SIGNING)),
                        new SimpleMeterRegistry());
        router.start();
    }

    /** Ends the aggregator and the router worker. */
    void stopServices() {
        if (router != null) {
            router.close();
            router = null;
        }
        if (books != null) {
            books.close();
            books = null;
        }
    }

    /** Starts an ingress on its own folder, after {@link #stopIngress} also anew. */
    void startIngress(int index) throws InvalidConfigException, IOException {
        var ingress =
                new Ingress(
                        config,
                        new IngressSettings(
                                "127.0.0.1",
                                0,
                                folder.resolve("ingress" + index),
                                kafka(),
                                URI.create("http://127.0.0.1:" + booksPort),
                                CREDENTIAL,
                                new Secret(MASTER_KEY),
                                null,
                                SIGNING,
                                _ -> ""),
                        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        ingress.start();
        ingresses.set(index, ingress);
    }

    /** Ends an ingress without letting it finish anything. */
    void stopIngress(int index) throws IOException {
        Ingress ended = ingresses.set(index, null);
        if (ended != null) {
            ended.close();
        }
    }

    /** Whether an ingress has not been stopped. */
    boolean isRunning(int index) {
        return ingresses.get(index) != null;
    }

    /** Gives an ingress that is stopped a new folder, as a new process on another disk has one. */
    void forget(int index) throws IOException {
        Files.move(folder.resolve("ingress" + index), folder.resolve("forgotten" + index));
    }

    /** A running ingress. */
    Ingress ingress(int index) {
        Ingress ingress = ingresses.get(index);
        if (ingress == null) {
            throw new IllegalStateException("ingress %d is not running".formatted(index));
        }
        return ingress;
    }

    /** Whether everything that an ingress knows of is there. */
    boolean isReady() {
        return ingresses.stream().allMatch(ingress -> ingress == null || ingress.ready())
                && books != null
                && books.ready()
                && router != null
                && router.ready()
                && router.budgetsReady();
    }

    /** A short chat call. */
    HttpResponse<String> chat(int ingress, String key, String content) {
        return post(
                ingress,
                key,
                "/v1/chat/completions",
                "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}"
                        .formatted(content));
    }

    /** A call with a JSON body. */
    HttpResponse<String> post(int ingress, String key, String path, String body) {
        return send(
                request(ingress, key, path)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(body, UTF_8)));
    }

    /** A call without a body. */
    HttpResponse<String> fetch(int ingress, String key, String path) {
        return send(request(ingress, key, path).GET());
    }

    /** Any call, with or without a key. */
    HttpResponse<String> call(
            int ingress,
            String method,
            @Nullable String key,
            String path,
            String body,
            String... headers) {
        URI uri = URI.create("http://127.0.0.1:%d%s".formatted(ingress(ingress).port(), path));
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri)
                        .timeout(TIMEOUT)
                        .method(
                                method,
                                body.isEmpty()
                                        ? BodyPublishers.noBody()
                                        : BodyPublishers.ofString(body, UTF_8));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return send(request);
    }

    /** Where the accounts are, behind all ingresses. */
    URI books() {
        return URI.create("http://127.0.0.1:" + booksPort);
    }

    /** What the aggregator itself says of its readiness. */
    HttpResponse<String> readinessOfBooks() {
        return send(
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:%d/health/readiness"
                                                .formatted(booksPort)))
                        .timeout(TIMEOUT)
                        .GET());
    }

    /** A management call of the operator's that must be answered with 200. */
    JsonNode manage(String path, String body) {
        HttpResponse<String> answer = post(0, MASTER_KEY, path, body);
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(
                    "%s answered %d: %s".formatted(path, answer.statusCode(), answer.body()));
        }
        return json(answer);
    }

    /** A new virtual key with these fields of {@code /key/generate}. */
    String newKey(String body) {
        return manage("/key/generate", body).path("key").asText();
    }

    /** The JSON of an answer. */
    static JsonNode json(HttpResponse<String> answer) {
        try {
            return JSON.readTree(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Tells the provider what to do, as {@code /_sim/scenario} takes it. */
    void scenario(String json) {
        HttpResponse<String> answer =
                send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                "http://127.0.0.1:%d/_sim/scenario"
                                                        .formatted(simulator.port())))
                                .POST(BodyPublishers.ofString(json)));
        if (answer.statusCode() >= 300) {
            throw new IllegalArgumentException(answer.body());
        }
    }

    /** What the provider would bill. */
    JsonNode ledger() {
        return json(
                send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                "http://127.0.0.1:%d/_sim/ledger"
                                                        .formatted(simulator.port())))
                                .GET()));
    }

    /** Empties what the provider would bill. */
    void clearLedger() {
        send(
                HttpRequest.newBuilder(
                                URI.create(
                                        "http://127.0.0.1:%d/_sim/ledger"
                                                .formatted(simulator.port())))
                        .DELETE());
    }

    /** Lets Redis forget everything. */
    void flushRedis() throws IOException {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port(Server.REDIS))) {
            socket.getOutputStream().write("FLUSHALL\r\n".getBytes(UTF_8));
            if (socket.getInputStream().read() != '+') {
                throw new IOException("Redis did not forget");
            }
        }
    }

    private void hurryTheProvider() {
        scenario("{\"match\": {}, \"profile\": \"instant\"}");
    }

    private HttpRequest.Builder request(int ingress, String key, String path) {
        return HttpRequest.newBuilder(
                        URI.create(
                                "http://127.0.0.1:%d%s".formatted(ingress(ingress).port(), path)))
                .timeout(TIMEOUT)
                .header("Authorization", "Bearer " + key);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofString(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (int i = 0; i < ingresses.size(); i++) {
            stopIngress(i);
        }
        stopServices();
        for (Server server : Server.values()) {
            takeAway(server);
        }
        simulator.close();
        client.close();
    }
}
