package dev.sluice.metering;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A thread that does one kind of the journal's system calls over and over, so that request threads
 * make none. A disk that refuses is asked again after a second.
 */
final class DiskLoop implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(DiskLoop.class);
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Duration END_WITHIN = Duration.ofSeconds(10);

    private final Task task;
    private final long intervalNanos;
    private final Thread thread;
    private volatile boolean stopping;
    private boolean failing;

    /** One round of work. */
    @FunctionalInterface
    interface Task {
        void run() throws IOException;
    }

    DiskLoop(String name, Duration interval, Task task) {
        this.task = task;
        this.intervalNanos = interval.toNanos();
        this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::loop);
    }

    void start() {
        thread.start();
    }

    private void loop() {
        while (!stopping) {
            LockSupport.parkNanos(this, attempt() ? intervalNanos : RETRY_NANOS);
        }
    }

    private boolean attempt() {
        try {
            task.run();
            failing = false;
            return true;
        } catch (IOException | RuntimeException e) {
            if (!failing) {
                LOGGER.atError().setCause(e).log("journal's disk refuses");
            }
            failing = true;
            return false;
        }
    }

    @Override
    public void close() {
        stopping = true;
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        LockSupport.unpark(thread);
        try {
            if (!thread.join(END_WITHIN)) {
                LOGGER.atWarn().log("journal's disk does not answer");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
