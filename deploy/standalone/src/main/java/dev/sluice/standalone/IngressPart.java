package dev.sluice.standalone;

import dev.sluice.ingress.Ingress;
import dev.sluice.ingress.IngressSettings;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.InvalidConfigException;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;

/** The front of the house. */
final class IngressPart implements Part {

    private final IngressSettings settings;
    private final Ingress ingress;

    /**
     * Opens the journal; nothing listens yet.
     *
     * @throws InvalidConfigException if the config names deployments that cannot be called
     */
    IngressPart(GatewayConfig config, IngressSettings settings, PrometheusMeterRegistry metrics)
            throws InvalidConfigException, CannotStartException {
        this.settings = settings;
        try {
            this.ingress = new Ingress(config, settings, metrics);
        } catch (IOException e) {
            throw new CannotStartException(
                    "the journal in %s cannot be opened: %s"
                            .formatted(settings.data(), e.getMessage()),
                    e);
        }
    }

    @Override
    public String name() {
        return "ingress";
    }

    @Override
    public void start() throws CannotStartException {
        try {
            ingress.start();
            ListenAddress.require(name(), settings.host(), settings.port(), ingress.port());
        } catch (RuntimeException e) {
            throw StartFailure.of(name(), e);
        }
    }

    /** Shows another part of this process in {@code /health/readiness}. */
    void watch(Part part) {
        ingress.watch(part.name().replace('-', '_'), part::ready);
    }

    int port() {
        return ingress.port();
    }

    List<String> notices() {
        return ingress.notices();
    }

    @Override
    public boolean ready() {
        return ingress.ready();
    }

    @Override
    public boolean drain(Duration atMost) {
        return ingress.drain(atMost);
    }

    @Override
    public void close() {
        try {
            ingress.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
