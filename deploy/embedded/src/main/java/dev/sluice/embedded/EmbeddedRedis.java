package dev.sluice.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A Redis server on loopback that keeps nothing: a cache of 64 MiB at most, the least recently used
 * entries leaving first. It ends with this JVM where the system can promise that.
 */
public final class EmbeddedRedis implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);
    private static final String IN_USE = "Address already in use";
    private static final int LOOK_EVERY_MILLIS = 10;
    private static final int ANSWER_TIMEOUT_MILLIS = 500;

    private final DirectoryLock lock;
    private final Process server;
    private final int port;

    private EmbeddedRedis(DirectoryLock lock, Process server, int port) {
        this.lock = lock;
        this.server = server;
        this.port = port;
    }

    /**
     * Starts a server and returns when it answers.
     *
     * @param directory for its program and log; created if absent
     * @param port where it listens on 127.0.0.1; 0 for a free one
     * @throws StartFailedException if the folder is in use, the port is taken, or there is no Redis
     *     that runs here: neither the bundled one nor one on the PATH
     */
    public static EmbeddedRedis start(Path directory, int port) {
        return start(directory, port, false, List.of());
    }

    /**
     * The same with settings of its own.
     *
     * @param prefersInstalled whether one on the PATH goes before the bundled one
     * @param options further words of the command line, such as {@code --cluster-enabled yes}
     * @throws StartFailedException as above
     */
    public static EmbeddedRedis start(
            Path directory, int port, boolean prefersInstalled, List<String> options) {
        return start(
                directory,
                port,
                prefersInstalled,
                (program, folder, chosen) -> {
                    List<String> command = command(program, folder, chosen);
                    command.addAll(options);
                    return command;
                });
    }

    /**
     * Starts a Sentinel that watches one master on loopback.
     *
     * @param master its name
     * @throws StartFailedException as above
     */
    public static EmbeddedRedis startSentinel(
            Path directory, boolean prefersInstalled, String master, int masterPort) {
        return start(
                directory,
                0,
                prefersInstalled,
                (program, folder, chosen) -> {
                    // It writes into this file, and does not start without one.
                    Path file =
                            Files.writeString(
                                    folder.resolve("sentinel.conf"),
                                    """
                                    port %1$d
                                    bind 127.0.0.1
                                    dir "%2$s"
                                    loglevel warning
                                    sentinel monitor %3$s 127.0.0.1 %4$d 1
                                    sentinel down-after-milliseconds %3$s 1000
                                    """
                                            .formatted(chosen, folder, master, masterPort));
                    List<String> command = untilWeEnd();
                    command.addAll(List.of(program, file.toString(), "--sentinel"));
                    return command;
                });
    }

    @FunctionalInterface
    private interface CommandLine {
        List<String> of(String program, Path directory, int port) throws IOException;
    }

    private static EmbeddedRedis start(
            Path directory, int port, boolean prefersInstalled, CommandLine line) {
        DirectoryLock lock = DirectoryLock.acquire(directory);
        try {
            Path folder = lock.directory();
            String program = program(folder, prefersInstalled);
            ServerLog log = ServerLog.fresh(folder);
            return FreePort.startOn(
                    port,
                    chosen ->
                            new EmbeddedRedis(
                                    lock, serve(program, folder, line, log, chosen), chosen));
        } catch (IOException e) {
            lock.close();
            throw new StartFailedException("Redis can't start on folder " + directory, e);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Where clients connect, as {@code redis://host:port}. */
    public URI uri() {
        return URI.create("redis://127.0.0.1:" + port);
    }

    /** The server's process. */
    public long pid() {
        return server.pid();
    }

    /** Stops the server, by force if it takes more than 5 s. */
    @Override
    public void close() {
        stop(server);
        lock.close();
    }

    private static String program(Path directory, boolean prefersInstalled) {
        List<String> candidates = new ArrayList<>(List.of("redis-server", "valkey-server"));
        candidates.add(
                prefersInstalled ? candidates.size() : 0,
                BundledFiles.redis(directory, Platform.current()).toString());
        return candidates.stream()
                .filter(candidate -> Commands.works(List.of(candidate, "--version")))
                .findFirst()
                .orElseThrow(() ->
                        new StartFailedException(
                                "Redis can't start: the bundled server does not run here,"
                                        + " and there is no redis-server or valkey-server"
                                        + " on the PATH"));
    }

    private static Process serve(
            String program, Path directory, CommandLine line, ServerLog log, int port) {
        if (!FreePort.isFree(port)) {
            throw new PortTakenException("Redis", port);
        }
        try {
            Process server =
                    ChildProcess.start(
                            "embedded-redis",
                            Commands.logged(line.of(program, directory, port), log.file()));
            awaitReady(server, log, port);
            return server;
        } catch (IOException e) {
            throw new StartFailedException("Redis can't start", e);
        }
    }

    private static List<String> command(String program, Path directory, int port) {
        List<String> command = untilWeEnd();
        command.addAll(List.of(program, "--port", Integer.toString(port)));
        command.addAll(List.of("--bind", "127.0.0.1", "--dir", directory.toString()));
        command.addAll(List.of("--save", "", "--appendonly", "no", "--loglevel", "warning"));
        command.addAll(List.of("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"));
        return command;
    }

    /** The beginning of a command that ends with this JVM, where the system can do that. */
    private static List<String> untilWeEnd() {
        List<String> command = new ArrayList<>();
        if (Commands.works(List.of("setsid", "true"))) {
            command.add("setsid");
        }
        if (Commands.works(List.of("setpriv", "--pdeathsig", "KILL", "true"))) {
            command.addAll(List.of("setpriv", "--pdeathsig", "KILL"));
        }
        return command;
    }

    private static void awaitReady(Process server, ServerLog log, int port) {
        long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
        while (!answers(server, port)) {
            if (ends(server, Duration.ofMillis(LOOK_EVERY_MILLIS))) {
                String said = log.tail();
                // Also where it wants a second port, for its cluster.
                boolean isTaken = said.contains(IN_USE) || !FreePort.isFree(port);
                throw isTaken
                        ? new PortTakenException("Redis", port)
                        : new StartFailedException("Redis can't start: " + said);
            }
            if (System.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) {
                stop(server);
                throw new StartFailedException("Redis does not answer: " + log.tail());
            }
        }
    }

    /** Asks for the process id too: another Redis may have taken the port in between. */
    private static boolean answers(Process server, int port) {
        String expected = "process_id:" + server.pid();
        try (var socket = new Socket()) {
            socket.setSoTimeout(ANSWER_TIMEOUT_MILLIS);
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                    ANSWER_TIMEOUT_MILLIS);
            socket.getOutputStream()
                    .write("INFO server\r\nQUIT\r\n".getBytes(StandardCharsets.US_ASCII));
            var lines =
                    new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            return lines.lines().anyMatch(expected::equals);
        } catch (IOException | UncheckedIOException _) {
            return false;
        }
    }

    private static void stop(Process server) {
        server.destroy();
        if (!ends(server, STOP_TIMEOUT)) {
            server.destroyForcibly();
        }
    }

    private static boolean ends(Process server, Duration atMost) {
        try {
            return server.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return !server.isAlive();
        }
    }
}
