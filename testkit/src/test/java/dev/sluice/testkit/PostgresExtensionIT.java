package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

@ExtendWith(PostgresExtension.class)
class PostgresExtensionIT {

    @BeforeAll
    static void createTable(PostgresDatabase database) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute("create table mine (v int)");
        }
    }

    @Test
    void keepsOneDatabaseForAllTestsOfAClass(PostgresDatabase database) throws SQLException {
        assertThat(tables(database)).isEqualTo(1);
    }

    @Test
    void doesNotShowItsPassword(PostgresDatabase database) {
        assertThat(database.toString()).doesNotContain(database.password());
    }

    @Nested
    class Inside {

        @Test
        void sharesTheDatabaseOfTheClassAround(PostgresDatabase database) throws SQLException {
            assertThat(tables(database)).isEqualTo(1);
        }
    }

    static int tables(PostgresDatabase database) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement();
                ResultSet count =
                        statement.executeQuery(
                                "select count(*) from pg_tables where schemaname = 'public'")) {
            assertThat(count.next()).isTrue();
            return count.getInt(1);
        }
    }

    private static Connection connect(PostgresDatabase database) throws SQLException {
        return DriverManager.getConnection(
                database.jdbcUrl(), database.user(), database.password());
    }
}
