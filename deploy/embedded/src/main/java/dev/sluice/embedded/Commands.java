package dev.sluice.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Short-lived helper programs of the system and of the servers. */
final class Commands {

    private static final File NOTHING = new File("/dev/null");
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(5);

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
     * Runs to the end and answers the exit code; a command that takes longer is killed.
     *
     * @throws IOException if it does not exist or took too long
     */
    static int run(ProcessBuilder builder, Duration timeout) throws IOException {
        Process process = builder.start();
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
