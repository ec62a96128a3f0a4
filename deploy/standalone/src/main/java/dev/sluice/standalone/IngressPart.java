package dev.sluice.standalone;

import dev.sluice.ingress.Ingress;
import dev.sluice.ingress.IngressSettings;
import dev.sluice.schemas.config.ConfigWatch;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.InvalidConfigException;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The front of the house. */
final class IngressPart implements Part {

    private static final Logger LOGGER = LoggerFactory.getLogger(IngressPart.class);

    private final GatewayConfig config;
    private final @Nullable Path configFile;
    private final IngressSettings settings;
    private final Ingress ingress;
    private @Nullable ConfigWatch watch;

    /**
     * Opens the journal; nothing listens yet.
     *
     * @param configFile read again when it changes; null: the config never does
     * @throws InvalidConfigException if the config names deployments that cannot be called
     */
    IngressPart(
            GatewayConfig config,
            @Nullable Path configFile,
            IngressSettings settings,
            PrometheusMeterRegistry metrics)
            throws InvalidConfigException, CannotStartException {
        this.config = config;
        this.configFile = configFile;
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
            Path file = configFile;
            if (file != null) {
                watch = ConfigWatch.start(file, settings.environment(), config, new Reload(file));
            }
        } catch (RuntimeException e) {
            throw StartFailure.of(name(), e);
        }
    }

    /** Takes a changed file into force, or says why what held before holds on. */
    private final class Reload implements ConfigWatch.Listener {

        private final Path file;

        Reload(Path file) {
            this.file = file;
        }

        @Override
        public void changed(GatewayConfig changed) {
            try {
                List<String> afterRestart = ingress.change(changed);
                LOGGER.atInfo()
                        .addKeyValue("file", file)
                        .addKeyValue("deployments", changed.modelList().size())
                        .log("the changed config is in force");
                for (String block : afterRestart) {
                    LOGGER.atWarn()
                            .addKeyValue("file", file)
                            .addKeyValue("block", block)
                            .log("this change is in force only after a restart");
                }
                changed.notices().forEach(notice -> LOGGER.atWarn().log(notice));
            } catch (InvalidConfigException e) {
                refused(e.problems());
            }
        }

        @Override
        public void refused(List<InvalidConfigException.Problem> problems) {
            problems.forEach(problem -> LOGGER.atError().log(problem.toString()));
            LOGGER.atError()
                    .addKeyValue("file", file)
                    .addKeyValue("problems", problems.size())
                    .log("the changed config is wrong, what held before holds on");
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
        boolean drained = ingress.drain(atMost);
        if (unshipped() > 0) {
            LOGGER.atError()
                    .addKeyValue("events", unshipped())
                    .addKeyValue("folder", ingress.journalFolder())
                    .log("spend events stay in the journal until the next start, or a drain");
        }
        return drained;
    }

    @Override
    public long unshipped() {
        return ingress.unshipped();
    }

    @Override
    public void close() {
        ConfigWatch open = watch;
        if (open != null) {
            open.close();
        }
        try {
            ingress.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
