package dev.sluice.standalone;

import dev.sluice.schemas.config.InvalidConfigException;

import java.time.Duration;

/** The verb {@code demo}: four lines once all is ready. */
record RunningDemo(Demo demo, Console console) implements Running {

    private static final Duration READY_WITHIN = Duration.ofMinutes(1);

    @Override
    public void start() throws CannotStartException, InvalidConfigException, InterruptedException {
        demo.start();
        if (!demo.awaitReady(READY_WITHIN)) {
            throw new CannotStartException(
                    "not ready after %d s: %s; --debug says more"
                            .formatted(
                                    READY_WITHIN.toSeconds(), String.join(", ", demo.notReady())));
        }
        demo.welcome().forEach(console::line);
    }

    @Override
    public void close() {
        demo.close();
    }
}
