package dev.sluice.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Short-lived helper programs of the system and of the servers. */
final class Commands {

    private static final File NOTHING = new File("/dev/null");
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration KILL_TIMEOUT = Duration.ofSeconds(2);

    private Commands() {}

    /**
     * A command without input whose output is appended to a file; PostgreSQL's variables are unset.
     */
    static ProcessBuilder logged(List<String> command, Path log) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectInput(NOTHING);
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        // PGPORT, PGDATA and the like belong to the user's own server; messages must be in English.
        builder.environment().keySet().removeIf(name -> name.startsWith("PG"));
        builder.environment().put("LC_ALL", "C");
        return builder;
    }

    /** Whether the command exists here and ends with success. */
    static boolean works(List<String> command) {
        try {
            return run(logged(command, NOTHING.toPath()), PROBE_TIMEOUT) == 0;
        } catch (IOException _) {
            return false;
        }
    }

    /**
     * Runs to the end and answers the exit code; a command that takes longer is killed. So it is,
     * with what it has started, if this JVM ends before it does: a JVM that is gone writes nothing.
     *
     * @throws IOException if it does not exist or took too long
     */
    static int run(ProcessBuilder builder, Duration timeout) throws IOException {
        Process process = builder.start();
        Thread guard = new Thread(() -> kill(process), "kill " + builder.command().getFirst());
        boolean guarded = guard(guard);
        try {
            return await(process, builder, timeout);
        } finally {
            if (guarded) {
                unguard(guard);
            }
        }
    }

    private static int await(Process process, ProcessBuilder builder, Duration timeout)
            throws IOException {
        try {
            if (process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                return process.exitValue();
            }
            process.destroyForcibly();
            throw new IOException(
                    "%s did not end within %s".formatted(builder.command().getFirst(), timeout));
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while running " + builder.command().getFirst());
        }
    }

    /** Returns false if this JVM ends already: it then waits for whoever runs a command. */
    private static boolean guard(Thread guard) {
        try {
            Runtime.getRuntime().addShutdownHook(guard);
            return true;
        } catch (IllegalStateException _) {
            return false;
        }
    }

    private static void unguard(Thread guard) {
        try {
            Runtime.getRuntime().removeShutdownHook(guard);
        } catch (IllegalStateException _) {
            // It runs, and finds the command ended.
        }
    }

    private static void kill(Process process) {
        List<ProcessHandle> family =
                Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
        family.forEach(ProcessHandle::destroyForcibly);
        CompletableFuture<?>[] ends =
                family.stream().map(ProcessHandle::onExit).toArray(CompletableFuture[]::new);
        var _ =
                CompletableFuture.allOf(ends)
                        .completeOnTimeout(null, KILL_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                        .join();
    }

    /**
     * Sends a signal such as {@code INT}, even in an interrupted thread; the dead are left alone.
     */
    static void signal(ProcessHandle process, String signal) {
        boolean interrupted = Thread.interrupted();
        if (process.isAlive()) {
            works(List.of("sh", "-c", "kill -%s %d".formatted(signal, process.pid())));
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    static List<String> concat(List<String> prefix, List<String> command) {
        List<String> all = new ArrayList<>(prefix);
        all.addAll(command);
        return List.copyOf(all);
    }
}
