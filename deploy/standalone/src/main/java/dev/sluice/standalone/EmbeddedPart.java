package dev.sluice.standalone;

import org.jspecify.annotations.Nullable;

import java.util.function.Supplier;

/** An embedded server: its start blocks until it serves, so that a started one is ready. */
final class EmbeddedPart<S extends AutoCloseable> implements Part {

    private final String name;
    private final Supplier<S> starter;
    private volatile @Nullable S server;

    EmbeddedPart(String name, Supplier<S> starter) {
        this.name = name;
        this.starter = starter;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void start() throws CannotStartException {
        try {
            server = starter.get();
        } catch (RuntimeException e) {
            throw StartFailure.of(name, e);
        }
    }

    S server() {
        S started = server;
        if (started == null) {
            throw new IllegalStateException(name + " is not started");
        }
        return started;
    }

    @Override
    public boolean ready() {
        return server != null;
    }

    @Override
    public void close() {
        S started = server;
        if (started == null) {
            return;
        }
        server = null;
        try {
            started.close();
        } catch (Exception e) {
            throw new IllegalStateException(name + " cannot be closed", e);
        }
    }
}
