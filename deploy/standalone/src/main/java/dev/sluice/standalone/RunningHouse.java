package dev.sluice.standalone;

import dev.sluice.schemas.config.InvalidConfigException;

import java.time.Duration;

/** The verb {@code start}: serves from the first moment, and says when nothing is missing. */
record RunningHouse(Standalone house, Console console) implements Running {

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration FOR_EVER = Duration.ofDays(10_000);

    @Override
    public void start() throws CannotStartException, InvalidConfigException, InterruptedException {
        house.start();
        house.notices().forEach(console::complain);
        boolean ready = house.awaitReady(PATIENCE);
        if (!ready && !house.isClosed()) {
            console.complain(
                    "%s serves calls, but still waits for: %s"
                            .formatted(house.url(), String.join(", ", house.notReady())));
            ready = house.awaitReady(FOR_EVER);
        }
        if (ready) {
            console.line("gateway " + house.url());
        }
    }

    @Override
    public long unshipped() {
        return house.unshipped();
    }

    @Override
    public void close() {
        house.close();
    }
}
