package dev.sluice.testkit;

/**
 * An empty database of the PostgreSQL server of this test run.
 *
 * @param jdbcUrl where JDBC connects, without parameters
 * @param user a superuser
 * @param password the user's password
 */
public record PostgresDatabase(String jdbcUrl, String user, String password) {

    @Override
    public String toString() {
        return jdbcUrl;
    }
}
