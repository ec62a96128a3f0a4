package dev.sluice.standalone;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** A service seen as a part of the house, by its own methods. */
final class HousePart implements Part {

    /** How a service starts. */
    interface Start {
        void run() throws CannotStartException;
    }

    /** How a service finishes what it has accepted. */
    interface Drain {
        boolean within(Duration atMost) throws InterruptedException;
    }

    private final String name;
    private final Start start;
    private final BooleanSupplier ready;
    private final Drain drain;
    private final Runnable close;

    HousePart(String name, Start start, BooleanSupplier ready, Drain drain, Runnable close) {
        this.name = name;
        this.start = start;
        this.ready = ready;
        this.drain = drain;
        this.close = close;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void start() throws CannotStartException {
        try {
            start.run();
        } catch (RuntimeException e) {
            throw StartFailure.of(name, e);
        }
    }

    @Override
    public boolean ready() {
        return ready.getAsBoolean();
    }

    @Override
    public boolean drain(Duration atMost) throws InterruptedException {
        return drain.within(atMost);
    }

    @Override
    public void close() {
        close.run();
    }
}
