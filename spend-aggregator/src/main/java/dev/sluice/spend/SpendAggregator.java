package dev.sluice.spend;

import dev.sluice.schemas.config.KafkaSettings;

import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * The books as a service: the sink, the monitor of its backlog, and the answers over HTTP.
 *
 * <p>It starts with Kafka or PostgreSQL away, says so in its readiness, and goes on when they come.
 */
public final class SpendAggregator implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(SpendAggregator.class);
    private static final int CONNECTIONS_MAX = 256;
    private static final Duration SHUTDOWN_GRACE = Duration.ofSeconds(2);

    /** Kafka's own default would hold a shutdown for a minute while the brokers are away. */
    private static final Map<String, String> KAFKA_TIMEOUTS =
            Map.of("default.api.timeout.ms", "5000", "request.timeout.ms", "4000");

    private final SpendAggregatorSettings settings;
    private final MeterRegistry metrics;
    private final Database database;
    private final SpendSink sink;
    private final SinkMonitor monitor;
    private final @Nullable AccountBooks accounts;
    private final WebServer server;

    /** An aggregator that does nothing yet. */
    public SpendAggregator(SpendAggregatorSettings settings, MeterRegistry metrics) {
        this.settings = settings;
        this.metrics = metrics;
        KafkaSettings kafka = withTimeouts(settings.kafka());
        var sinkMetrics = new SinkMetrics(metrics);
        database = new Database(settings);
        var backlog = new Backlog(kafka, new SinkOffsets(database.sql()));
        sink = new SpendSink(kafka, database, backlog, sinkMetrics, InstantSource.system());
        monitor = new SinkMonitor(backlog, sinkMetrics);
        accounts =
                settings.accounts() == null
                        ? null
                        : new AccountBooks(
                                settings,
                                settings.accounts(),
                                kafka,
                                database::isMigrated,
                                metrics);
        server =
                WebServer.builder()
                        .host(settings.host())
                        .port(settings.port())
                        .maxTcpConnections(CONNECTIONS_MAX)
                        .shutdownGracePeriod(SHUTDOWN_GRACE)
                        .shutdownHook(false)
                        .routing(this::route)
                        .build();
    }

    /**
     * Starts listening and booking; returns at once, whether or not Kafka and PostgreSQL are there.
     *
     * @throws RuntimeException if the port is taken
     */
    public void start() {
        server.start();
        sink.start();
        monitor.start();
        if (accounts != null) {
            accounts.start();
        }
        LOGGER.atInfo().addKeyValue("port", port()).log("spend aggregator started");
    }

    /** Where it listens. */
    public int port() {
        return server.port();
    }

    /** Whether events are being booked, as far as is known. */
    public boolean ready() {
        return sink.state() instanceof SinkState.Running && monitor.away().isEmpty();
    }

    /**
     * Waits until everything that is on the topic now is in the books.
     *
     * @return false if it is not within the time
     */
    public boolean drain(Duration timeout) throws InterruptedException {
        return monitor.drain(timeout);
    }

    /** Finishes the batch in hand and the answers under way; takes a few seconds at most. */
    @Override
    public void close() {
        server.stop();
        if (accounts != null) {
            accounts.close();
        }
        monitor.close();
        sink.close();
        database.close();
    }

    private void route(HttpRouting.Builder routing) {
        int readersMax = Math.max(1, settings.spendConnections() - 2);
        routing.addFilter(new ServiceCredential(settings.credential()))
                .get(
                        "/health/liveliness",
                        (_, response) -> sendJson(response, 200, "\"I'm alive!\""))
                .get("/health/readiness", this::readiness)
                .register(
                        "/spend", new SpendLogs(database.sql(), readersMax, settings.poolTimeout()))
                .error(HttpException.class, SpendAggregator::refused)
                .error(Exception.class, SpendAggregator::failed);
        if (accounts != null) {
            accounts.management().register(routing);
        }
        if (metrics instanceof PrometheusMeterRegistry prometheus) {
            routing.get("/metrics", (_, response) -> scrape(prometheus, response));
        }
    }

    private void readiness(ServerRequest request, ServerResponse response) {
        String sinkState =
                switch (sink.state()) {
                    case SinkState.Starting() -> "starting";
                    case SinkState.Running() -> "running";
                    case SinkState.Waiting(String reason) -> "waiting: " + reason;
                    case SinkState.Halted(String reason) -> "halted: " + reason;
                    case SinkState.Stopped() -> "stopped";
                };
        boolean ready = ready();
        sendJson(
                response,
                ready ? 200 : 503,
                "{\"status\":\"%s\",\"db\":\"%s\",\"kafka\":\"%s\",\"sink\":\"%s\"}"
                        .formatted(
                                ready ? "healthy" : "unhealthy",
                                connected("postgresql"),
                                connected("kafka"),
                                sinkState));
    }

    private String connected(String server) {
        return monitor.away().contains(server) ? "Not connected" : "connected";
    }

    private static void sendJson(ServerResponse response, int status, String json) {
        response.status(status).header(HeaderValues.CONTENT_TYPE_JSON).send(json);
    }

    private static void scrape(PrometheusMeterRegistry metrics, ServerResponse response) {
        response.header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                .send(metrics.scrape());
    }

    private static void refused(ServerRequest request, ServerResponse response, HttpException e) {
        int status = e.status().code();
        ApiError.of(status, e.status().reasonPhrase()).send(response);
    }

    private static void failed(ServerRequest request, ServerResponse response, Exception e) {
        LOGGER.atError()
                .addKeyValue("path", request.path().path())
                .setCause(e)
                .log("request failed unexpectedly");
        ApiError.of(500, "internal error").send(response);
    }

    private static KafkaSettings withTimeouts(KafkaSettings kafka) {
        Map<String, String> properties = new HashMap<>(KAFKA_TIMEOUTS);
        properties.putAll(kafka.properties());
        return new KafkaSettings(kafka.bootstrapServers(), properties, kafka.partitions());
    }
}
