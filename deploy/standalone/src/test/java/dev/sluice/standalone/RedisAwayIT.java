package dev.sluice.standalone;

import dev.sluice.standalone.Fleet.Server;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** The columns about Redis in {@code docs/degradation.md}. */
final class RedisAwayIT {

    private static Outage outage;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        outage = Outage.of(Server.REDIS, folder);
    }

    @AfterAll
    static void stop() throws Exception {
        outage.close();
    }

    @Test
    void whatIsPromisedHoldsWhenRedisGoesInTheMiddle() throws Exception {
        outage.inTheMiddle("Redis away");
    }

    @Test
    void whatIsPromisedHoldsWhenRedisIsAwayAtStart() throws Exception {
        outage.atStart("Redis away at start");
    }
}
