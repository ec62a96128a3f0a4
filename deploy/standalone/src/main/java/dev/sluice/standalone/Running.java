package dev.sluice.standalone;

import dev.sluice.schemas.config.InvalidConfigException;

/** What a verb runs until it is told to stop. */
interface Running extends AutoCloseable {

    /** Starts it and prints what its callers must know; returns once that is done. */
    void start() throws CannotStartException, InvalidConfigException, InterruptedException;

    /** What the next start has to ship; known once this is closed. */
    default long unshipped() {
        return 0;
    }

    @Override
    void close();
}
