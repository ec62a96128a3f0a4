package dev.sluice.testkit;

import dev.sluice.embedded.EmbeddedPostgres;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The PostgreSQL server of this test run: not durable, quick to make databases. */
final class PostgresServer implements AutoCloseable {

    private static final Map<String, String> SETTINGS =
            Map.of(
                    "fsync", "off",
                    "synchronous_commit", "off",
                    "full_page_writes", "off",
                    "max_connections", "200");

    private final Path directory;
    private final EmbeddedPostgres postgres;
    private final AtomicInteger databases = new AtomicInteger();

    private PostgresServer(Path directory, EmbeddedPostgres postgres) {
        this.directory = directory;
        this.postgres = postgres;
    }

    static PostgresServer start() {
        Path directory = SharedServers.freshDirectory("postgres");
        return new PostgresServer(
                directory,
                EmbeddedPostgres.start(directory, SharedServers.binaries(), 0, SETTINGS));
    }

    /** Creates a database; it goes with the server. */
    PostgresDatabase freshDatabase() {
        String name = "test_" + databases.incrementAndGet();
        try (Connection connection =
                        DriverManager.getConnection(
                                postgres.jdbcUrl(), postgres.user(), postgres.password());
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + name);
        } catch (SQLException e) {
            throw new IllegalStateException("can't create database " + name, e);
        }
        return new PostgresDatabase(
                "jdbc:postgresql://127.0.0.1:%d/%s".formatted(postgres.port(), name),
                postgres.user(),
                postgres.password());
    }

    @Override
    public void close() {
        postgres.close();
        SharedServers.delete(directory);
    }
}
