package dev.sluice.simulator;

import io.helidon.common.socket.SocketOptions;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http1.Http1Config;

import java.net.URI;
import java.time.Duration;

/**
 * A provider that speaks OpenAI's API on one port, is slow and faulty as scenarios order, and keeps
 * the true ledger of what it billed.
 */
public final class Simulator implements AutoCloseable {

    private static final int HEADERS_BYTES_MAX = 32 << 10;
    private static final Duration SHUTDOWN_GRACE = Duration.ofMillis(500);

    private final SimulatorSettings settings;
    private final Waiting waiting = new Waiting();
    private final Scenarios scenarios;
    private final WebServer server;

    /**
     * Prepares a simulator; it listens once it is started.
     *
     * @throws IllegalArgumentException if the profiles that the settings name are not usable
     */
    public Simulator(SimulatorSettings settings) {
        this.settings = settings;
        Profiles profiles = Profiles.of(settings);
        Ledger ledger = new Ledger(settings.attemptsMax());
        scenarios = new Scenarios(profiles);
        Routes routes =
                new Routes(
                        new ModelEndpoints(settings, scenarios, ledger, waiting),
                        new ControlEndpoints(
                                new ScenarioReader(profiles, settings.holdMax()),
                                scenarios,
                                ledger));
        server =
                WebServer.builder()
                        .host(settings.host())
                        .port(settings.port())
                        .maxTcpConnections(settings.connectionsMax())
                        .connectionOptions(SocketOptions.builder().tcpNoDelay(true).build())
                        .shutdownGracePeriod(SHUTDOWN_GRACE)
                        .shutdownHook(false)
                        .addProtocol(
                                Http1Config.builder().maxHeadersSize(HEADERS_BYTES_MAX).build())
                        .routing(routes::register)
                        .build();
    }

    /** Starts to listen. */
    public void start() {
        server.start();
    }

    /** The port on which it listens. */
    public int port() {
        return server.port();
    }

    /** Where an OpenAI client finds it, without the {@code /v1}. */
    public URI uri() {
        return URI.create("http://" + settings.host() + ":" + port());
    }

    /** Ends all waits, hangs up on who is left and stops. */
    @Override
    public void close() {
        waiting.close();
        scenarios.clear();
        server.stop();
    }
}
