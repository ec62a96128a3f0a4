package dev.sluice.standalone;

import java.time.Duration;

/** One service of the house as its keeper sees it. */
interface Part extends AutoCloseable {

    /** What it is called in logs and complaints. */
    String name();

    /** Starts it; returns soon, at the latest when it serves. */
    void start() throws CannotStartException;

    boolean ready();

    /** Takes nothing new, and hands on what it has accepted; false if that was not done in time. */
    default boolean drain(Duration atMost) throws InterruptedException {
        return true;
    }

    /** What was accepted and is in no server's hands yet; the next start sees to it. */
    default long unshipped() {
        return 0;
    }

    @Override
    void close();
}
