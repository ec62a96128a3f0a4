package dev.sluice.standalone;

import dev.sluice.standalone.Fleet.Server;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** The columns about PostgreSQL in {@code docs/degradation.md}. */
final class PostgresAwayIT {

    private static Outage outage;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        outage = Outage.of(Server.POSTGRES, folder);
    }

    @AfterAll
    static void stop() throws Exception {
        outage.close();
    }

    @Test
    void whatIsPromisedHoldsWhenPostgresGoesInTheMiddle() throws Exception {
        outage.inTheMiddle("PostgreSQL away");
    }

    @Test
    void whatIsPromisedHoldsWhenPostgresIsAwayAtStart() throws Exception {
        outage.atStart("PostgreSQL away at start");
    }
}
