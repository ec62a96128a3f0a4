package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.standalone.Fleet.Server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Takes one server from a fleet, in the middle or before the start, and compares with the page. */
final class Outage implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(Outage.class);
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration TOO_LONG = Duration.ofSeconds(60);
    private static final int FRESH = 2;

    private final Server server;
    private final OutageLog log;
    private final Fleet fleet;
    private final List<OutageProbe> probes = new ArrayList<>();
    private final Set<String> keys = new HashSet<>();

    private Outage(Server server, Fleet fleet, OutageLog log) {
        this.server = server;
        this.fleet = fleet;
        this.log = log;
    }

    /** A fleet of three ingresses, of which two are asked; the third can be a new one. */
    static Outage of(Server server, Path folder) throws Exception {
        return new Outage(server, Fleet.start(folder, FRESH + 1), OutageLog.open());
    }

    /** The server goes while everything runs. */
    void inTheMiddle(String heading) throws Exception {
        DegradationTable promised = DegradationTable.column(heading);
        OutageKeys known = makeKeys();
        log.begin();
        fleet.takeAway(server);
        OutageProbe probe = probe(List.of(0, 1), known, promised);
        probe.compare();
        recover(heading, promised, known);
    }

    /** The server is away when the services and ingresses start on their folders. */
    void atStart(String heading) throws Exception {
        DegradationTable promised = DegradationTable.column(heading);
        OutageKeys known = makeKeys();
        restartWithout();
        probe(List.of(0, 1), known, promised).compare();
        recover(heading, promised, known);
    }

    /** The same for an ingress that starts on a new folder. */
    void atFirstStart(String heading) throws Exception {
        DegradationTable promised = DegradationTable.column(heading);
        OutageKeys known = makeKeys();
        stopIngresses();
        fleet.forget(FRESH);
        restartWithout();
        probe(List.of(FRESH), known, promised).compare();
        recover(heading, promised, known);
    }

    /** Ingresses that end and start again meanwhile serve on, and ship what they still hold. */
    void restartInTheMiddle(String heading) throws Exception {
        DegradationTable promised = DegradationTable.column(heading);
        OutageKeys known = makeKeys();
        log.begin();
        fleet.takeAway(server);
        OutageProbe probe = probe(List.of(0, 1), known, promised);
        probe.serves(10);
        stopIngresses();
        for (int i = 0; i <= FRESH; i++) {
            fleet.startIngress(i);
        }
        probe.serves(10);
        probe.spentStaysSpent();
        recover(heading + ", ingresses restarted", promised, known);
        assertThat(probe.served()).hasSize(20);
    }

    private OutageKeys makeKeys() {
        fleet.bringBack(server);
        await().atMost(START).until(fleet::isReady);
        probes.clear();
        OutageKeys made = OutageKeys.make(fleet);
        keys.addAll(made.all());
        return made;
    }

    private void stopIngresses() throws Exception {
        for (int i = 0; i <= FRESH; i++) {
            fleet.stopIngress(i);
        }
    }

    private void restartWithout() throws Exception {
        stopIngresses();
        fleet.stopServices();
        fleet.takeAway(server);
        log.begin();
        fleet.startServices();
        for (int i = 0; i <= FRESH; i++) {
            fleet.startIngress(i);
        }
    }

    private OutageProbe probe(
            List<Integer> ingresses, OutageKeys known, DegradationTable promised) {
        var probe = new OutageProbe(fleet, ingresses, known, promised);
        probes.add(probe);
        return probe;
    }

    /** Brings the server back, and waits until nothing tells that it was away. */
    private void recover(String heading, DegradationTable promised, OutageKeys known) {
        fleet.bringBack(server);
        long begin = System.nanoTime();
        await().atMost(TOO_LONG)
                .pollInterval(Duration.ofMillis(250))
                .untilAsserted(() -> {
                    assertThat(fleet.isReady()).as("ready").isTrue();
                    for (OutageProbe probe : probes) {
                        assertChangesHold(probe, known);
                        assertThat(booked(probe.served().keySet())).isEqualTo(probe.served());
                    }
                    assertThat(made()).as("made, and seen").isTrue();
                });
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        for (OutageProbe probe : probes) {
            if (probe.newKey() != null) {
                keys.add(probe.newKey());
            }
            LOGGER.atInfo()
                    .addKeyValue("slowestCall", probe.slowestCall())
                    .addKeyValue("slowestManagement", probe.slowestManagement())
                    .addKeyValue("recovery", took)
                    .log("measured: {}", heading);
        }
        LOGGER.atInfo().addKeyValue("records", log.assertQuiet(secrets())).log("said: {}", heading);
        promised.assertWithin(OutageRow.RECOVERY, took);
    }

    private Collection<String> secrets() {
        keys.addAll(List.of(Fleet.MASTER_KEY, "fleet-signing", "fleet-credential", "key-b"));
        return keys;
    }

    /** The block is asked first: it is not a failed attempt, of which an address has only some. */
    private void assertChangesHold(OutageProbe probe, OutageKeys known) {
        for (int i = 0; i <= FRESH; i++) {
            assertThat(fleet.chat(i, known.known(), "after").statusCode()).isEqualTo(200);
            if (probe.isBlocked()) {
                assertThat(fleet.chat(i, known.toBlock(), "after").statusCode()).isEqualTo(401);
            }
            if (probe.newKey() != null) {
                assertThat(fleet.chat(i, probe.newKey(), "after").statusCode()).isEqualTo(200);
            }
        }
    }

    private boolean made() {
        HttpResponse<String> answer = fleet.post(0, Fleet.MASTER_KEY, "/key/generate", "{}");
        return answer.statusCode() == 200
                && answer.headers().firstValue("x-sluice-propagation").isEmpty();
    }

    /** The tokens of these calls by the books; a call that is there twice has the sum. */
    private Map<String, Long> booked(Set<String> calls) {
        HttpResponse<String> answer = fleet.fetch(0, Fleet.MASTER_KEY, "/spend/logs?limit=10000");
        assertThat(answer.statusCode()).isEqualTo(200);
        Map<String, Long> tokens = new HashMap<>();
        for (JsonNode row : Fleet.json(answer)) {
            String call = row.path("request_id").asText();
            if (calls.contains(call)) {
                tokens.merge(call, row.path("total_tokens").asLong(), Long::sum);
            }
        }
        return tokens;
    }

    @Override
    public void close() throws IOException {
        fleet.close();
        log.close();
    }
}
