package dev.sluice.batch;

import static java.util.Objects.requireNonNull;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import dev.sluice.schemas.config.Secret;

import org.flywaydb.core.Flyway;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.postgresql.ds.PGSimpleDataSource;

import java.time.Duration;

/** The pool of connections to PostgreSQL. It opens none before the first is asked for. */
public final class BatchDatabase implements AutoCloseable {

    private static final String LOCATION = "classpath:db/migration/batch";
    private static final String HISTORY_TABLE = "batch_schema_history";
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(60);
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(250);

    private final Access access;
    private final HikariDataSource pool;
    private final DSLContext sql;
    private volatile boolean migrated;

    /**
     * How the database is reached.
     *
     * @param jdbcUrl {@code jdbc:postgresql:}, without user and password
     * @param connections at most
     * @param timeout how long is waited for one of them
     */
    public record Access(
            String jdbcUrl, String user, Secret password, int connections, Duration timeout) {

        public Access {
            requireNonNull(jdbcUrl, "jdbcUrl is null");
            requireNonNull(user, "user is null");
            requireNonNull(password, "password is null");
            requireNonNull(timeout, "timeout is null");
            if (connections < 2) {
                throw new IllegalArgumentException(
                        "connections is %d, not at least 2".formatted(connections));
            }
        }
    }

    /** A pool that is empty yet. */
    public BatchDatabase(Access access) {
        this.access = access;
        this.pool = new HikariDataSource(configuration(access));
        this.sql = DSL.using(pool, SQLDialect.POSTGRES);
    }

    /** The way to ask. */
    public DSLContext sql() {
        return sql;
    }

    /**
     * Brings the tables to their newest form, once, over connections of its own.
     *
     * @throws org.flywaydb.core.api.FlywayException if the database is away or refuses
     */
    public synchronized void migrate() {
        if (migrated) {
            return;
        }
        var direct = new PGSimpleDataSource();
        direct.setUrl(access.jdbcUrl());
        direct.setUser(access.user());
        direct.setPassword(access.password().reveal());
        direct.setPrepareThreshold(0);
        direct.setConnectTimeout(Math.toIntExact(CONNECT_TIMEOUT.toSeconds()));
        direct.setTcpKeepAlive(true);
        direct.setLogServerErrorDetail(false);
        direct.setApplicationName("sluice-batch-migrations");
        Flyway.configure(BatchDatabase.class.getClassLoader())
                .dataSource(direct)
                .locations(LOCATION)
                .table(HISTORY_TABLE)
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .loggers("slf4j")
                .load()
                .migrate();
        migrated = true;
    }

    /** Whether the tables have their newest form. */
    public boolean isMigrated() {
        return migrated;
    }

    @Override
    public void close() {
        pool.close();
    }

    private static HikariConfig configuration(Access access) {
        var config = new HikariConfig();
        config.setPoolName("batch");
        config.setJdbcUrl(access.jdbcUrl());
        config.setUsername(access.user());
        config.setPassword(access.password().reveal());
        config.setMaximumPoolSize(access.connections());
        config.setMinimumIdle(1);
        config.setConnectionTimeout(
                Math.max(SHORTEST_WAIT.toMillis(), access.timeout().toMillis()));
        config.setInitializationFailTimeout(-1);
        // A pooler in transaction mode hands each transaction another connection.
        config.addDataSourceProperty("prepareThreshold", "0");
        config.addDataSourceProperty("connectTimeout", CONNECT_TIMEOUT.toSeconds());
        config.addDataSourceProperty("socketTimeout", SOCKET_TIMEOUT.toSeconds());
        config.addDataSourceProperty("tcpKeepAlive", "true");
        // The detail of an error repeats the row.
        config.addDataSourceProperty("logServerErrorDetail", "false");
        config.addDataSourceProperty("ApplicationName", "sluice-batch");
        return config;
    }
}
