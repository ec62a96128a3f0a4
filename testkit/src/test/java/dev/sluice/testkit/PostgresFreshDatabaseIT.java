package dev.sluice.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.sql.SQLException;

/** The other class: {@link PostgresExtensionIT} creates a table in the same run. */
@ExtendWith(PostgresExtension.class)
class PostgresFreshDatabaseIT {

    @Test
    void beginsWithAnEmptyDatabase(PostgresDatabase database) throws SQLException {
        assertThat(PostgresExtensionIT.tables(database)).isZero();
    }
}
