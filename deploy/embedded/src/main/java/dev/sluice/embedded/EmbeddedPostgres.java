package dev.sluice.embedded;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A PostgreSQL server on loopback with a folder that it keeps: durable, with a password of its own,
 * in a session of its own. One server at a time runs on a folder; what a killed JVM left behind is
 * stopped first.
 */
public final class EmbeddedPostgres implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(EmbeddedPostgres.class);

    /** Small, safe, and quiet: statements and their values stay out of the log. */
    private static final Map<String, String> SETTINGS =
            Map.ofEntries(
                    Map.entry("fsync", "on"),
                    Map.entry("timezone", "UTC"),
                    Map.entry("log_timezone", "UTC"),
                    Map.entry("max_connections", "50"),
                    Map.entry("shared_buffers", "64MB"),
                    Map.entry("jit", "off"),
                    Map.entry("io_workers", "1"),
                    Map.entry("log_min_messages", "log"),
                    Map.entry("log_min_error_statement", "panic"),
                    Map.entry("log_error_verbosity", "terse"),
                    Map.entry("log_checkpoints", "off"));

    private final DirectoryLock lock;
    private final ProcessHandle server;
    private final int port;
    private final String password;
    private volatile boolean closing;

    private EmbeddedPostgres(DirectoryLock lock, ProcessHandle server, int port, String password) {
        this.lock = lock;
        this.server = server;
        this.port = port;
        this.password = password;
    }

    /**
     * Starts a server whose programs are unpacked into its own folder (60 MB).
     *
     * @see #start(Path, Path, int, Map)
     */
    public static EmbeddedPostgres start(Path directory, int port) {
        return start(directory, directory.resolve("binaries"), port);
    }

    /**
     * Starts a server with the usual settings.
     *
     * @see #start(Path, Path, int, Map)
     */
    public static EmbeddedPostgres start(Path directory, Path binaries, int port) {
        return start(directory, binaries, port, Map.of());
    }

    /**
     * Starts a server and returns when it accepts connections.
     *
     * @param directory where its data is kept; created if absent
     * @param binaries where its programs are unpacked unless they are there; may be shared
     * @param port where it listens on 127.0.0.1; 0 for a free one
     * @param settings PostgreSQL's own parameters, over ours
     * @throws StartFailedException if the folder is in use, the port is taken, or the server does
     *     not run; the message holds the end of its log
     */
    public static EmbeddedPostgres start(
            Path directory, Path binaries, int port, Map<String, String> settings) {
        return start(directory, binaries, port, settings, PostgresServer.launchHere());
    }

    static EmbeddedPostgres start(
            Path directory,
            Path binaries,
            int port,
            Map<String, String> settings,
            PostgresServer.Launch launch) {
        DirectoryLock lock = DirectoryLock.acquire(directory);
        try {
            Map<String, String> effective = new LinkedHashMap<>(SETTINGS);
            effective.putAll(settings);
            PostgresFolder folder = prepare(lock.directory(), binaries, effective);
            String password = folder.password();
            return FreePort.startOn(
                    port,
                    chosen -> {
                        ProcessHandle server = serve(folder, launch, chosen, effective);
                        var started = new EmbeddedPostgres(lock, server, chosen, password);
                        var _ = server.onExit().thenRun(() -> started.reportEnd(folder.log()));
                        return started;
                    });
        } catch (IOException e) {
            lock.close();
            throw new StartFailedException("PostgreSQL can't start on folder " + directory, e);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Where JDBC connects; the user's own database, without parameters. */
    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:%d/postgres".formatted(port);
    }

    /** The superuser. */
    public String user() {
        return PostgresFolder.USER;
    }

    /** The superuser's password, random for each folder. */
    public String password() {
        return password;
    }

    /** Where it listens on 127.0.0.1. */
    public int port() {
        return port;
    }

    /** Stops the server with a fast shutdown, by force if that takes more than 8 s. */
    @Override
    public void close() {
        closing = true;
        PostgresServer.stop(server);
        lock.close();
    }

    ProcessHandle process() {
        return server;
    }

    private void reportEnd(ServerLog log) {
        if (!closing) {
            LOGGER.atError()
                    .addKeyValue("pid", server.pid())
                    .addKeyValue("log", log.tail())
                    .log("embedded postgres ended by itself");
        }
    }

    private static PostgresFolder prepare(
            Path directory, Path binaries, Map<String, String> settings) throws IOException {
        Path programs = BundledFiles.postgres(binaries, Platform.current());
        ServerLog log = ServerLog.fresh(directory);
        var folder = new PostgresFolder(directory, programs, ServerAccount.of(directory), log);
        folder.account().own(log.file());
        folder.prepare(!"off".equals(settings.get("fsync")));
        Optional<ProcessHandle> leftOver = folder.running();
        if (leftOver.isPresent()) {
            LOGGER.atWarn()
                    .addKeyValue("pid", leftOver.get().pid())
                    .log("stopping the postgres that an earlier gateway left behind");
            PostgresServer.stop(leftOver.get());
        }
        folder.forgetLastServer();
        return folder;
    }

    private static ProcessHandle serve(
            PostgresFolder folder,
            PostgresServer.Launch launch,
            int port,
            Map<String, String> settings) {
        try {
            return PostgresServer.start(folder, launch, port, settings);
        } catch (IOException e) {
            throw new StartFailedException("PostgreSQL can't start", e);
        }
    }
}
