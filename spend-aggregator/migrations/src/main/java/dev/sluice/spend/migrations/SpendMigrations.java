package dev.sluice.spend.migrations;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;

import javax.sql.DataSource;

/** Brings the tables of the books to their newest form. */
public final class SpendMigrations {

    /** The class path folder of the SQL files; a folder of its own, for others migrate too. */
    public static final String LOCATION = "db/migration/spend";

    private static final String HISTORY_TABLE = "spend_schema_history";

    private SpendMigrations() {}

    /**
     * Applies what is missing. Several services may do so at the same time, and the schema may hold
     * tables of others.
     *
     * @throws org.flywaydb.core.api.FlywayException if the database is away or refuses
     */
    public static void apply(DataSource database) {
        migrate(configuration().dataSource(database));
    }

    /** The same over a connection of its own. */
    public static void apply(String jdbcUrl, String user, String password) {
        migrate(configuration().dataSource(jdbcUrl, user, password));
    }

    private static FluentConfiguration configuration() {
        return Flyway.configure(SpendMigrations.class.getClassLoader());
    }

    private static void migrate(FluentConfiguration configuration) {
        configuration
                .locations("classpath:" + LOCATION)
                .table(HISTORY_TABLE)
                .baselineOnMigrate(true)
                .baselineVersion("0")
                .loggers("slf4j")
                .load()
                .migrate();
    }
}
