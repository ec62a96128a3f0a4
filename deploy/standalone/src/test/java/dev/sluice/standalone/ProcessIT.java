package dev.sluice.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;

import dev.sluice.standalone.Gateway.Answered;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

class ProcessIT {

    private static final int SUPERVISORS_GRANT_SECONDS = 10;
    private static final long SIGINT_BIT = 1L << (2 - 1);
    private static final int CALLERS = 8;
    private static final int CALLS_BEFORE_THE_KILL = 120;

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void printsFourLinesAndEndsWithZeroOnASignal(String signal) throws Exception {
        assumeFalse(signal.equals("INT") && isInterruptIgnored(), "SIGINT is ignored here");
        try (HouseProcess house = HouseProcess.demo(folder)) {
            List<String> lines = house.lines(4);

            assertThat(lines)
                    .satisfiesExactly(
                            line -> assertThat(line).matches("gateway http://127\\.0\\.0\\.1:\\d+"),
                            line -> assertThat(line).matches("key sk-[0-9a-f]+"),
                            line ->
                                    assertThat(line)
                                            .matches("simulator http://127\\.0\\.0\\.1:\\d+"),
                            line -> assertThat(line).startsWith("curl "));
            assertThat(run(lines.getLast()))
                    .as(house.complaints())
                    .contains("\"object\":\"chat.completion\"");
            assertThat(house.end(signal, SUPERVISORS_GRANT_SECONDS)).isZero();
            assertThat(house.lines(1)).isEmpty();
        }
    }

    @Test
    void booksEveryAnsweredCallOnceAlthoughItIsKilledInTheMiddle() throws Exception {
        Queue<Answered> answered = new ConcurrentLinkedQueue<>();
        try (HouseProcess house = HouseProcess.demo(folder)) {
            Gateway gateway = house.awaitDemo();
            gateway.hurryTheProvider();
            callUntilItIsGone(gateway, house, answered);
        }

        try (HouseProcess house = HouseProcess.demo(folder)) {
            Gateway gateway = house.awaitDemo();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(200))
                    .untilAsserted(() ->
                            assertThat(tokensByRequest(gateway))
                                    .containsAllEntriesOf(tokens(answered)));
            assertThat(house.end("TERM", SUPERVISORS_GRANT_SECONDS)).isZero();
        }
        assertThat(answered).hasSizeGreaterThanOrEqualTo(CALLS_BEFORE_THE_KILL);
    }

    /** Eight callers, plain and streamed; the kill comes while all of them are in the middle. */
    private static void callUntilItIsGone(
            Gateway gateway, HouseProcess house, Queue<Answered> answered) throws Exception {
        var calls = new AtomicInteger();
        try (ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
            for (int caller = 0; caller < CALLERS; caller++) {
                callers.execute(() -> {
                    boolean alive = true;
                    while (alive) {
                        int call = calls.incrementAndGet();
                        var answer = gateway.chat("Call " + call, call % 2 == 0);
                        answer.ifPresent(answered::add);
                        alive = answer.isPresent();
                    }
                });
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> answered.size() >= CALLS_BEFORE_THE_KILL);
            house.end("KILL", SUPERVISORS_GRANT_SECONDS);
        }
    }

    private static Map<String, Long> tokens(Queue<Answered> answered) {
        Map<String, Long> tokens = new HashMap<>();
        answered.forEach(answer -> tokens.put(answer.requestId(), answer.totalTokens()));
        return tokens;
    }

    /** Fails on a request that has two rows; a call that is counted twice has too many tokens. */
    private static Map<String, Long> tokensByRequest(Gateway gateway) {
        Map<String, Long> tokens = new HashMap<>();
        for (JsonNode row : gateway.spendLogs()) {
            Long before =
                    tokens.put(row.path("request_id").asText(), row.path("total_tokens").asLong());
            assertThat(before).isNull();
        }
        return tokens;
    }

    @Test
    void endsWithZeroOnASignalWhileItStillStarts() throws Exception {
        try (HouseProcess house = HouseProcess.demo(folder)) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> Files.exists(folder.resolve("data/ingress")));

            assertThat(house.end("TERM", SUPERVISORS_GRANT_SECONDS)).isZero();
            assertThat(house.lines(1)).isEmpty();
        }
    }

    @Test
    void refusesASecondHouseOnTheSameDataFolderInOneLine() throws Exception {
        Path data = folder.resolve("data");
        try (DataFolder _ = DataFolder.open(data);
                HouseProcess second = HouseProcess.demo(folder)) {

            assertThat(second.awaitEnd(SUPERVISORS_GRANT_SECONDS)).isEqualTo(1);
            assertThat(second.complaints()).hasLineCount(1).contains(data.toString(), "--data");
            assertThat(second.lines(1)).isEmpty();
        }
    }

    @Test
    void saysInOneLineThatAPortIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
                HouseProcess house =
                        HouseProcess.start(
                                folder,
                                "simulator",
                                "--port",
                                Integer.toString(taken.getLocalPort()))) {

            assertThat(house.awaitEnd(SUPERVISORS_GRANT_SECONDS)).isEqualTo(1);
            assertThat(house.complaints()).hasLineCount(1).contains("choose another port");
        }
    }

    /** A background job of a shell without job control ignores it, and so does every child. */
    private static boolean isInterruptIgnored() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("SigIgn:"))
                .map(line -> line.substring("SigIgn:".length()).strip())
                .anyMatch(mask -> (Long.parseUnsignedLong(mask, 16) & SIGINT_BIT) != 0);
    }

    private static String run(String line) throws Exception {
        Process shell = new ProcessBuilder("bash", "-c", line).redirectErrorStream(true).start();
        return new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
