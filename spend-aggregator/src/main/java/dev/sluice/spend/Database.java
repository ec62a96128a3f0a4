package dev.sluice.spend;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

import dev.sluice.spend.migrations.SpendMigrations;

import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.postgresql.ds.PGSimpleDataSource;

import java.time.Duration;

import javax.sql.DataSource;

/**
 * The pool of connections to PostgreSQL. It opens none before the first is asked for, so that the
 * service starts while the database is away.
 */
final class Database implements AutoCloseable {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /** A server that stays silent for so long is gone; longer than any statement may run. */
    private static final Duration SOCKET_TIMEOUT = Duration.ofSeconds(60);

    /** Less is no time to connect in, and none at all would be without an end for the pool. */
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(250);

    private final SpendAggregatorSettings settings;
    private final HikariDataSource pool;
    private final DSLContext sql;
    private volatile boolean migrated;

    Database(SpendAggregatorSettings settings) {
        this(settings, "spend", settings.spendConnections());
    }

    /** A pool of its own, so that those who use it take no connection from others. */
    Database(SpendAggregatorSettings settings, String name, int poolSize) {
        this.settings = settings;
        pool = new HikariDataSource(configuration(settings, name, poolSize));
        sql = DSL.using(pool, SQLDialect.POSTGRES);
    }

    DSLContext sql() {
        return sql;
    }

    /**
     * Brings the tables to their newest form, once; over two connections of its own, for it holds
     * locks while it works.
     */
    synchronized void migrate() {
        if (!migrated) {
            SpendMigrations.apply(direct());
            migrated = true;
        }
    }

    /** Whether the tables have their newest form. */
    boolean isMigrated() {
        return migrated;
    }

    private DataSource direct() {
        var source = new PGSimpleDataSource();
        source.setUrl(settings.jdbcUrl());
        source.setUser(settings.user());
        source.setPassword(settings.password().reveal());
        source.setPrepareThreshold(0);
        source.setConnectTimeout(Math.toIntExact(CONNECT_TIMEOUT.toSeconds()));
        source.setTcpKeepAlive(true);
        source.setLogServerErrorDetail(false);
        source.setApplicationName("sluice-migrations");
        return source;
    }

    @Override
    public void close() {
        pool.close();
    }

    private static HikariConfig configuration(
            SpendAggregatorSettings settings, String name, int poolSize) {
        var config = new HikariConfig();
        config.setPoolName(name);
        config.setJdbcUrl(settings.jdbcUrl());
        config.setUsername(settings.user());
        config.setPassword(settings.password().reveal());
        config.setMaximumPoolSize(poolSize);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(
                Math.max(SHORTEST_WAIT.toMillis(), settings.poolTimeout().toMillis()));
        config.setInitializationFailTimeout(-1);
        // A pooler in transaction mode hands each transaction another connection.
        config.addDataSourceProperty("prepareThreshold", "0");
        config.addDataSourceProperty("connectTimeout", CONNECT_TIMEOUT.toSeconds());
        config.addDataSourceProperty("socketTimeout", SOCKET_TIMEOUT.toSeconds());
        config.addDataSourceProperty("tcpKeepAlive", "true");
        // The detail of an error repeats the row.
        config.addDataSourceProperty("logServerErrorDetail", "false");
        config.addDataSourceProperty("ApplicationName", "sluice-" + name);
        return config;
    }
}
