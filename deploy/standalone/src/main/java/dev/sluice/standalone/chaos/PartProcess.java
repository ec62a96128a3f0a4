package dev.sluice.standalone.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** One part of the house in a process of its own, which is ready when it prints a line. */
final class PartProcess {

    /** A machine may have much else to do; what is slow is in the table. */
    private static final Duration START_TIMEOUT = Duration.ofMinutes(3);

    private static final Duration END_TIMEOUT = Duration.ofSeconds(15);
    private static final Duration END_FOR_GOOD_TIMEOUT = Duration.ofSeconds(5);
    private static final long LOOK_EVERY_MILLIS = 25;

    private final String name;
    private final List<String> command;
    private final Path results;
    private final Path complaints;
    private final Supplier<Stream<ProcessHandle>> servants;
    private volatile @Nullable Process process;
    private volatile boolean givenUp;

    /**
     * A part that does not run yet.
     *
     * @param logs the folder of its output
     * @param servants further processes that do its work, if it has any
     */
    PartProcess(
            String name,
            List<String> command,
            Path logs,
            Supplier<Stream<ProcessHandle>> servants) {
        this.name = name;
        this.command = List.copyOf(command);
        this.results = logs.resolve(name + ".out");
        this.complaints = logs.resolve(name + ".log");
        this.servants = servants;
    }

    /** Starts it and waits until it says that it serves; the line that it says so with. */
    String start() throws IOException, InterruptedException {
        Files.writeString(results, "");
        Process started = launch();
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (System.nanoTime() - deadline < 0) {
            String line = Files.readString(results, UTF_8);
            if (line.endsWith("\n")) {
                return line.lines().findFirst().orElse("");
            }
            if (started.waitFor(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
                throw new IOException(
                        "%s ended with %d at its start; see %s"
                                .formatted(name, started.exitValue(), complaints));
            }
        }
        throw new IOException("%s is not ready in time; see %s".formatted(name, complaints));
    }

    private synchronized Process launch() throws IOException {
        if (givenUp) {
            throw new IOException("the house is closed");
        }
        Process started =
                new ProcessBuilder(command)
                        .redirectOutput(results.toFile())
                        .redirectError(ProcessBuilder.Redirect.appendTo(complaints.toFile()))
                        .start();
        process = started;
        return started;
    }

    boolean isAlive() {
        Process running = process;
        return running != null && running.isAlive();
    }

    /** SIGKILL to all of it at once. */
    void kill() throws IOException, InterruptedException {
        signal("KILL", everybody());
        awaitEnd();
    }

    /** SIGSTOP: the servants last, for they make no new ones while their master sleeps. */
    void freeze() throws IOException, InterruptedException {
        signal("STOP", everybody());
        signal("STOP", everybody());
    }

    void thaw() throws IOException, InterruptedException {
        signal("CONT", everybody());
    }

    /** SIGTERM; whether it ended with 0 in time. What does not obey is killed. */
    boolean terminate() throws IOException, InterruptedException {
        Process running = process;
        if (running == null) {
            return true;
        }
        signal("TERM", List.of(running.toHandle()));
        if (running.waitFor(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
            return running.exitValue() == 0;
        }
        kill();
        return false;
    }

    /** Ends it for good, whatever state it is in; also called while the JVM ends. */
    void endForGood() {
        List<ProcessHandle> all;
        synchronized (this) {
            givenUp = true;
            all = everybody();
        }
        all.forEach(ProcessHandle::destroyForcibly);
        long deadline = System.nanoTime() + END_FOR_GOOD_TIMEOUT.toNanos();
        while (all.stream().anyMatch(ProcessHandle::isAlive) && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_EVERY_MILLIS));
        }
    }

    private void awaitEnd() throws IOException, InterruptedException {
        Process running = process;
        if (running != null && !running.waitFor(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IOException(name + " does not end");
        }
    }

    private List<ProcessHandle> everybody() {
        List<ProcessHandle> all = new ArrayList<>();
        Process running = process;
        if (running != null && running.isAlive()) {
            all.add(running.toHandle());
        }
        servants.get().forEach(all::add);
        return all;
    }

    private static void signal(String signal, List<ProcessHandle> processes)
            throws IOException, InterruptedException {
        if (processes.isEmpty()) {
            return;
        }
        List<String> command = new ArrayList<>(List.of("kill", "-" + signal));
        processes.forEach(each -> command.add(Long.toString(each.pid())));
        // One of them may have ended since; that is no failure.
        new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
