package dev.sluice.standalone;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * The end of the process: SIGTERM and SIGINT close what runs, and the exit code is ours. The JDK's
 * would be 128 and the signal; only {@code halt} at the end of a hook can say otherwise.
 */
final class Shutdown {

    private static final Logger LOGGER = LoggerFactory.getLogger(Shutdown.class);

    /** Stopped in order, but spend events wait in the journal. */
    static final int UNSHIPPED = 3;

    private final Duration atMost;
    private final Thread hook = new Thread(this::closeAndHalt, "shutdown");
    private volatile @Nullable Running service;
    private volatile int status;

    private Shutdown(Duration atMost) {
        this.atMost = atMost;
    }

    /** From now on the process ends in order, which takes a bounded time. */
    static Shutdown install(Duration atMost) {
        var shutdown = new Shutdown(atMost);
        Runtime.getRuntime().addShutdownHook(shutdown.hook);
        return shutdown;
    }

    /** What is closed at the end. */
    void closes(Running running) {
        service = running;
    }

    /** Leaves the end of the process to the JDK, where nothing has begun that must be closed. */
    void uninstall() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            LOGGER.atDebug().log("stopped before it began");
        }
    }

    /** What the process ends with; 0 unless said. */
    void exitWith(int code) {
        status = code;
    }

    private void closeAndHalt() {
        Thread closing = Thread.ofPlatform().daemon().name("closing").start(this::close);
        try {
            if (!closing.join(atMost)) {
                LOGGER.atError()
                        .addKeyValue("seconds", atMost.toSeconds())
                        .log("not stopped in time; what is not booked is in the journal");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(code());
    }

    private int code() {
        Running running = service;
        return status == 0 && running != null && running.unshipped() > 0 ? UNSHIPPED : status;
    }

    private void close() {
        Running running = service;
        if (running == null) {
            return;
        }
        try {
            running.close();
        } catch (RuntimeException e) {
            LOGGER.atError().setCause(e).log("cannot stop in order");
        }
    }

    /** Keeps the calling thread until the process ends. */
    static void awaitEnd() throws InterruptedException {
        new CountDownLatch(1).await();
    }
}
