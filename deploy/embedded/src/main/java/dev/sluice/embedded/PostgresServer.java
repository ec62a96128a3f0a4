package dev.sluice.embedded;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** The start and stop of a PostgreSQL process on a prepared folder. */
final class PostgresServer {

    /** Recovery after a crash reads at most {@code max_wal_size}, 1 GiB. */
    private static final Duration START_TIMEOUT = Duration.ofMinutes(2);

    private static final Duration ORPHANS_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration ORPHANS_LOOK_EVERY = Duration.ofMillis(200);
    private static final Duration FAST_STOP_TIMEOUT = Duration.ofSeconds(8);
    private static final Duration HARD_STOP_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration LOOK_EVERY = Duration.ofMillis(10);

    private PostgresServer() {}

    /** How the server gets a session of its own, out of reach of a terminal's Ctrl-C. */
    enum Launch {
        /** {@code setsid}: the server is our child, and ends with this JVM where setpriv exists. */
        CHILD,
        /** {@code pg_ctl}, where there is no setsid (macOS): the server outlives a killed JVM. */
        DETACHED
    }

    static Launch launchHere() {
        return Commands.works(List.of("setsid", "true")) ? Launch.CHILD : Launch.DETACHED;
    }

    /**
     * Starts a server and returns when it accepts connections.
     *
     * @throws PortTakenException if it can't listen on the port
     * @throws StartFailedException if it ends, or is not ready in two minutes
     */
    static ProcessHandle start(
            PostgresFolder folder, Launch launch, int port, Map<String, String> settings)
            throws IOException {
        if (!FreePort.isFree(port)) {
            throw new PortTakenException("PostgreSQL", port);
        }
        List<String> arguments = arguments(port, settings);
        long deadline = System.nanoTime() + ORPHANS_TIMEOUT.toNanos();
        while (true) {
            try {
                return switch (launch) {
                    case CHILD -> startChild(folder, port, arguments);
                    case DETACHED -> startDetached(folder, port, arguments);
                };
            } catch (StartFailedException e) {
                if (!heldByOrphans(e) || System.nanoTime() - deadline > 0) {
                    throw e;
                }
                LockSupport.parkNanos(ORPHANS_LOOK_EVERY.toNanos());
            }
        }
    }

    /** Fast shutdown: clients are cut off, all data is written. Kills what does not obey. */
    static void stop(ProcessHandle server) {
        Commands.signal(server, "INT");
        if (!ends(server, FAST_STOP_TIMEOUT)) {
            Commands.signal(server, "QUIT");
            if (!ends(server, HARD_STOP_TIMEOUT)) {
                server.destroyForcibly();
                ends(server, HARD_STOP_TIMEOUT);
            }
        }
    }

    /** A server that was killed leaves its sessions behind; each ends once its query is through. */
    private static boolean heldByOrphans(StartFailedException failure) {
        return String.valueOf(failure.getMessage()).contains("pre-existing shared memory block");
    }

    private static ProcessHandle startChild(PostgresFolder folder, int port, List<String> arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(folder.account().prefix());
        // Last, because a change of user clears it.
        if (folder.account().runs("setpriv", "--pdeathsig", "INT", "true")) {
            command.addAll(List.of("setpriv", "--pdeathsig", "INT"));
        }
        command.addAll(List.of(folder.program("postgres"), "-D", folder.data().toString()));
        command.addAll(arguments);
        ProcessHandle server =
                ChildProcess.start(
                                "embedded-postgres", Commands.logged(command, folder.log().file()))
                        .toHandle();
        try {
            awaitReady(folder, server, port);
            return server;
        } catch (IOException | RuntimeException e) {
            stop(server);
            throw e;
        }
    }

    private static void awaitReady(PostgresFolder folder, ProcessHandle server, int port)
            throws IOException {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (!folder.ready(server)) {
            boolean late = System.nanoTime() - deadline > 0;
            if (ends(server, LOOK_EVERY) || late || Thread.currentThread().isInterrupted()) {
                throw failure(folder, port);
            }
        }
    }

    private static ProcessHandle startDetached(
            PostgresFolder folder, int port, List<String> arguments) throws IOException {
        List<String> command =
                List.of(
                        folder.program("pg_ctl"),
                        "start",
                        "--wait",
                        "--timeout=" + START_TIMEOUT.toSeconds(),
                        "--pgdata=" + folder.data(),
                        "--log=" + folder.log().file(),
                        "--options=" + shellWords(arguments));
        int status =
                Commands.run(
                        Commands.logged(folder.account().command(command), folder.log().file()),
                        START_TIMEOUT.plusSeconds(10));
        if (status != 0) {
            folder.running().ifPresent(PostgresServer::stop);
            throw failure(folder, port);
        }
        return folder.running().orElseThrow(() -> failure(folder, port));
    }

    private static StartFailedException failure(PostgresFolder folder, int port) {
        String tail = folder.log().tail();
        return tail.contains("could not bind")
                ? new PortTakenException("PostgreSQL", port)
                : new StartFailedException("PostgreSQL can't start: " + tail);
    }

    /**
     * Waits for the end of the process; an interrupt stays pending and does not shorten this.
     *
     * <p>Looks itself, because {@code onExit} notices the end of a process that is not our child
     * seconds late.
     */
    private static boolean ends(ProcessHandle process, Duration atMost) {
        long deadline = System.nanoTime() + atMost.toNanos();
        boolean interrupted = false;
        while (process.isAlive() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return !process.isAlive();
    }

    private static List<String> arguments(int port, Map<String, String> settings) {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(option("port", Integer.toString(port)));
        arguments.addAll(option("listen_addresses", "127.0.0.1"));
        arguments.addAll(option("unix_socket_directories", ""));
        settings.forEach((name, value) -> arguments.addAll(option(name, value)));
        return arguments;
    }

    private static List<String> option(String name, String value) {
        return List.of("-c", name + "=" + value);
    }

    private static String shellWords(List<String> arguments) {
        List<String> quoted =
                arguments.stream()
                        .map(argument -> "'" + argument.replace("'", "'\\''") + "'")
                        .toList();
        return String.join(" ", quoted);
    }
}
