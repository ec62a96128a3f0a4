package dev.sluice.batch;

import dev.sluice.batch.api.Answers;
import dev.sluice.batch.api.BatchesApi;
import dev.sluice.batch.api.FilesApi;
import dev.sluice.batch.api.ServiceCredential;
import dev.sluice.batch.storage.FolderStorage;
import dev.sluice.batch.storage.Storage;

import io.helidon.http.HeaderValues;
import io.helidon.http.HttpException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.jooq.exception.DataAccessException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Files and batches as a service: OpenAI's routes, and the engine that works batches off.
 *
 * <p>It starts with PostgreSQL away, says so in its readiness, and goes on when it comes.
 */
public final class BatchService implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(BatchService.class);
    private static final int CONNECTIONS_MAX = 256;
    private static final Duration SHUTDOWN_GRACE = Duration.ofSeconds(2);
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(60);

    private final BatchServiceSettings settings;
    private final MeterRegistry metrics;
    private final BatchDatabase database;
    private final Storage storage;
    private final Engine engine;
    private final FilesApi files;
    private final Housekeeping housekeeping;
    private final WebServer server;

    /**
     * A service that does nothing yet.
     *
     * @throws IOException if the folder of files cannot be made
     */
    public BatchService(BatchServiceSettings settings, MeterRegistry metrics, Engine.Maker engines)
            throws IOException {
        this.settings = settings;
        this.metrics = metrics;
        storage = new FolderStorage(settings.data().resolve("files"));
        database = new BatchDatabase(settings.database());
        engine = engines.make(database, storage);
        files =
                new FilesApi(
                        database.sql(),
                        storage,
                        settings.limits().fileBytes(),
                        InstantSource.system());
        housekeeping = new Housekeeping(database, files::sweep, engine::start);
        server =
                WebServer.builder()
                        .host(settings.host())
                        .port(settings.port())
                        .maxTcpConnections(CONNECTIONS_MAX)
                        .maxPayloadSize(settings.limits().fileBytes() + FilesApi.FORM_BYTES)
                        .connectionOptions(
                                socket -> socket.tcpNoDelay(true).readTimeout(READ_TIMEOUT))
                        .shutdownGracePeriod(SHUTDOWN_GRACE)
                        .shutdownHook(false)
                        .routing(this::route)
                        .build();
    }

    /**
     * Starts listening; returns at once, whether or not PostgreSQL is there.
     *
     * @throws RuntimeException if the port is taken
     */
    public void start() {
        server.start();
        housekeeping.start();
        LOGGER.atInfo().addKeyValue("port", port()).log("batch service started");
    }

    /** Where it listens. */
    public int port() {
        return server.port();
    }

    /** Whether batches are taken and move on, as far as is known. */
    public boolean ready() {
        return housekeeping.isDatabaseThere() && engine.ready();
    }

    /**
     * Nothing is to wait for: what was promised is in PostgreSQL, and goes on with the next start.
     *
     * @return true
     */
    public boolean drain(Duration timeout) {
        return true;
    }

    /** Finishes the answers under way; takes a few seconds at most. */
    @Override
    public void close() {
        server.stop();
        housekeeping.close();
        engine.close();
        database.close();
        storage.close();
    }

    private void route(HttpRouting.Builder routing) {
        routing.addFilter(new ServiceCredential(settings.credential()))
                .get(
                        "/health/liveliness",
                        (_, response) -> sendJson(response, 200, "\"I'm alive!\""))
                .get("/health/readiness", this::readiness);
        files.register(routing);
        new BatchesApi(database.sql(), engine::wake, InstantSource.system()).register(routing);
        if (metrics instanceof PrometheusMeterRegistry prometheus) {
            routing.get("/metrics", (_, response) -> scrape(prometheus, response));
        }
        routing.error(HttpException.class, Answers::http)
                .error(DataAccessException.class, Answers::database)
                .error(Exception.class, Answers::bug);
    }

    private void readiness(ServerRequest request, ServerResponse response) {
        boolean ready = ready();
        sendJson(
                response,
                ready ? 200 : 503,
                "{\"status\":\"%s\",\"db\":\"%s\",\"engine\":\"%s\"}"
                        .formatted(
                                ready ? "healthy" : "unhealthy",
                                housekeeping.isDatabaseThere() ? "connected" : "Not connected",
                                engine.ready() ? "running" : "not running"));
    }

    private static void sendJson(ServerResponse response, int status, String json) {
        response.status(status).header(HeaderValues.CONTENT_TYPE_JSON).send(json);
    }

    private static void scrape(PrometheusMeterRegistry metrics, ServerResponse response) {
        response.header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                .send(metrics.scrape());
    }
}
