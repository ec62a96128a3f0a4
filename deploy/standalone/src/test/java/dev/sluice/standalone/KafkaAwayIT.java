package dev.sluice.standalone;

import dev.sluice.standalone.Fleet.Server;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/** The columns about Kafka in {@code docs/degradation.md}. */
final class KafkaAwayIT {

    private static Outage outage;

    @BeforeAll
    static void start(@TempDir Path folder) throws Exception {
        outage = Outage.of(Server.KAFKA, folder);
    }

    @AfterAll
    static void stop() throws Exception {
        outage.close();
    }

    @Test
    void whatIsPromisedHoldsWhenKafkaGoesInTheMiddle() throws Exception {
        outage.inTheMiddle("Kafka away");
    }

    @Test
    void whatIsPromisedHoldsWhenKafkaIsAwayAtStart() throws Exception {
        outage.atStart("Kafka away at start");
    }

    @Test
    void whatIsPromisedHoldsWhenKafkaIsAwayAtTheFirstStart() throws Exception {
        outage.atFirstStart("Kafka away at first start");
    }

    @Test
    void ingressesThatRestartWhileKafkaIsAwayServeOnAndLoseNothing() throws Exception {
        outage.restartInTheMiddle("Kafka away");
    }
}
