package dev.sluice.ingress.fleet;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A daemon thread that does one thing again and again until it is closed. */
public final class Background {

    private static final Logger LOGGER = LoggerFactory.getLogger(Background.class);

    private final Thread thread;
    private final Duration pause;
    private final Round round;
    private final CountDownLatch closing = new CountDownLatch(1);

    /** What is done; an exception that is not an interruption is a bug, logged and survived. */
    @FunctionalInterface
    public interface Round {
        void run() throws InterruptedException;
    }

    /**
     * Does nothing before {@link #start}; {@code pause} lies between the end of a round and the
     * next.
     */
    public Background(String name, Duration pause, Round round) {
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
        this.pause = pause;
        this.round = round;
    }

    /** Begins at once. */
    public void start() {
        thread.start();
    }

    /** Whether the present round is the last. */
    public boolean isClosing() {
        return closing.getCount() == 0;
    }

    /** Asks for one more round, the last. */
    public void beginClose() {
        closing.countDown();
    }

    /** Waits for the last round, and interrupts it when it takes too long. */
    public void close(Duration patience) {
        beginClose();
        try {
            if (!thread.isAlive() || thread.join(patience)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread.interrupt();
    }

    private void run() {
        try {
            boolean last;
            long waitMillis = 0;
            do {
                last = closing.await(waitMillis, TimeUnit.MILLISECONDS);
                runRound();
                waitMillis = pause.toMillis();
            } while (!last);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void runRound() throws InterruptedException {
        try {
            round.run();
        } catch (RuntimeException e) {
            LOGGER.atError().setCause(e).log("background work failed unexpectedly");
        }
    }
}
