package dev.sluice.standalone;

import java.time.Duration;
import java.util.function.Supplier;

/** A verb that runs one part alone, and prints one line when that serves. */
final class RunningPart implements Running {

    private static final Duration DRAIN_TIME = Duration.ofSeconds(7);

    private final Place place;
    private final Part part;
    private final Supplier<String> line;
    private final Console console;
    private final Parts parts = new Parts(DRAIN_TIME, DRAIN_TIME);

    /**
     * A part that has not started yet.
     *
     * @param line where it is reached, asked for once it has started
     */
    RunningPart(Place place, Part part, Supplier<String> line, Console console) {
        this.place = place;
        this.part = part;
        this.line = line;
        this.console = console;
    }

    @Override
    public void start() throws CannotStartException {
        parts.start(place, part);
        console.line(line.get());
    }

    @Override
    public long unshipped() {
        return parts.unshipped();
    }

    @Override
    public void close() {
        parts.close();
    }
}
