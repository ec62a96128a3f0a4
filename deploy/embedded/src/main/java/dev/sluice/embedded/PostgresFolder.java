package dev.sluice.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The folder of one PostgreSQL server: {@code data}, the {@code password} of its user, its logs.
 *
 * <p>Every step can be cut off by a crash: what is half made has another name until it is whole.
 */
final class PostgresFolder {

    /** The superuser that initdb creates, and the only user there is. */
    static final String USER = "sluice";

    private static final Duration INITDB_TIMEOUT = Duration.ofMinutes(2);
    private static final int PASSWORD_BYTES = 24;

    private final Path directory;
    private final Path programs;
    private final ServerAccount account;
    private final ServerLog log;

    PostgresFolder(Path directory, Path programs, ServerAccount account, ServerLog log) {
        this.directory = directory;
        this.programs = programs;
        this.account = account;
        this.log = log;
    }

    /** The path of {@code initdb}, {@code pg_ctl} or {@code postgres}. */
    String program(String name) {
        return programs.resolve("bin").resolve(name).toString();
    }

    Path data() {
        return directory.resolve("data");
    }

    ServerAccount account() {
        return account;
    }

    ServerLog log() {
        return log;
    }

    String password() throws IOException {
        return Files.readString(passwordFile()).strip();
    }

    /** Makes a database cluster, or checks that the one that is there can be served. */
    void prepare(boolean durable) throws IOException {
        if (!Files.exists(data())) {
            createPassword();
            createCluster(durable);
        } else if (!Files.exists(passwordFile())) {
            throw new StartFailedException(
                    "folder %s has data but its file 'password' is gone".formatted(directory));
        }
        checkVersion();
    }

    /** The server that runs on this folder, by its own pid file. */
    Optional<ProcessHandle> running() throws IOException {
        return statusFile()
                .flatMap(file -> ProcessHandle.of(Long.parseLong(file.getFirst().strip())))
                .filter(ProcessHandle::isAlive)
                .filter(this::serves);
    }

    /** Whether the server says that it accepts connections. */
    boolean ready(ProcessHandle server) throws IOException {
        return statusFile()
                .filter(lines -> lines.getFirst().strip().equals(Long.toString(server.pid())))
                .filter(lines -> lines.size() > 7 && lines.get(7).strip().equals("ready"))
                .isPresent();
    }

    /**
     * Removes the pid file of a server that is gone: its number may belong to any other process by
     * now, which PostgreSQL would take for a running server. Its second guard stays: it refuses to
     * start while a process is attached to the shared memory of this data folder.
     */
    void forgetLastServer() throws IOException {
        Files.deleteIfExists(pidFile());
    }

    private boolean serves(ProcessHandle process) {
        ProcessHandle.Info info = process.info();
        return info.command().filter(command -> command.endsWith("/postgres")).isPresent()
                && info.arguments()
                        .filter(arguments -> List.of(arguments).contains(data().toString()))
                        .isPresent();
    }

    /** The lines of the pid file; none if there is no server or it has just begun to write. */
    private Optional<List<String>> statusFile() throws IOException {
        try {
            List<String> lines = Files.readAllLines(pidFile(), StandardCharsets.ISO_8859_1);
            return lines.isEmpty() || !lines.getFirst().strip().matches("\\d{1,18}")
                    ? Optional.empty()
                    : Optional.of(lines);
        } catch (NoSuchFileException _) {
            return Optional.empty();
        }
    }

    private void createPassword() throws IOException {
        byte[] random = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(random);
        Path draft = directory.resolve("password.new");
        Files.deleteIfExists(draft);
        Files.createFile(
                draft,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(draft, Base64.getUrlEncoder().withoutPadding().encodeToString(random));
        account.own(draft);
        Files.move(draft, passwordFile(), StandardCopyOption.ATOMIC_MOVE);
    }

    private void createCluster(boolean durable) throws IOException {
        if (!account.runs(program("initdb"), "--version")) {
            throw new StartFailedException(
                    ("the PostgreSQL programs in %s do not run here: they need glibc, and the folders"
                                    + " above them must be open to the user that runs them")
                            .formatted(programs));
        }
        Path draft = directory.resolve("data.new");
        Folders.delete(draft);
        List<String> command =
                List.of(
                        program("initdb"),
                        "--pgdata=" + draft,
                        "--username=" + USER,
                        "--pwfile=" + passwordFile(),
                        "--no-instructions",
                        "--auth=scram-sha-256",
                        "--encoding=UTF8",
                        "--locale=C",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8",
                        durable ? "--sync-method=fsync" : "--no-sync");
        ServerLog output = new ServerLog(directory.resolve("initdb.log"));
        int status =
                Commands.run(
                        Commands.logged(account.command(command), output.file()), INITDB_TIMEOUT);
        if (status != 0) {
            throw new StartFailedException("PostgreSQL's initdb failed: " + output.tail());
        }
        Files.move(draft, data(), StandardCopyOption.ATOMIC_MOVE);
    }

    private void checkVersion() throws IOException {
        String written = Files.readString(data().resolve("PG_VERSION")).strip();
        String served = BundledFiles.postgresVersion();
        if (!served.startsWith(written + ".")) {
            throw new StartFailedException(
                    "folder %s was written by PostgreSQL %s and can't be read by %s: dump and restore it"
                            .formatted(directory, written, served));
        }
    }

    private Path passwordFile() {
        return directory.resolve("password");
    }

    private Path pidFile() {
        return data().resolve("postmaster.pid");
    }
}
