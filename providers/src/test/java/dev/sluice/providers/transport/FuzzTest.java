package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers that were damaged at random: an exchange may fail, but only as declared and in time, and
 * the one after it on the same transport gets its own answer or none.
 */
class FuzzTest {

    private static final int WORKERS = 24;
    private static final long SEED = 20_260_101;
    private static final Duration SHORT = Duration.ofMillis(120);
    private static final Deadlines DEADLINES =
            new Deadlines(Duration.ofSeconds(5), SHORT, SHORT, Duration.ofMillis(400));
    private static final Duration MARGIN = Duration.ofSeconds(10);
    private static final Pattern CASE = Pattern.compile("X-Case: (\\d+)\r\nX-Step: (\\d)\r\n");

    private static final List<String> ANSWERS =
            List.of(
                    "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nContent-Type: text/plain\r\n\r\nstolen-bytes",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nstolen\r\n6;x=y\r\n-bytes\r\n0\r\nT: v\r\n\r\n",
                    "HTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 429 Slow\r\nRetry-After: 1\r\ncontent-length:12\r\n\r\nstolen-bytes",
                    "HTTP/1.0 500 Oops\r\n\r\nstolen-bytes",
                    "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n");
    private static final List<String> MORSELS =
            List.of(
                    "\r\n",
                    "\n",
                    "\r",
                    "\0",
                    " ",
                    ":",
                    "0\r\n\r\n",
                    "Content-Length: 3\r\n",
                    "ffffffff\r\n",
                    "HTTP/1.1 200 OK\r\n\r\n");

    @Test
    void survivesDamagedAnswers() throws Exception {
        survive(1_200);
    }

    @Test
    @Tag("slow")
    void survivesManyDamagedAnswers() throws Exception {
        survive(60_000);
    }

    private static void survive(int cases) throws Exception {
        try (var server = ScriptedServer.on(FuzzTest::serve);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> workers = new ArrayList<>();
            for (int worker = 0; worker < WORKERS; worker++) {
                int first = worker;
                workers.add(threads.submit(() -> work(server, first, cases)));
            }
            for (Future<?> worker : workers) {
                worker.get();
            }
        }
    }

    /**
     * Its own transport, so that the second exchange of a case finds the connection of the first.
     */
    private static void work(ScriptedServer server, int first, int cases) {
        try (var transport =
                new SocketTransport(TransportSettings.defaults().withMaxHeaderBytes(2_048))) {
            for (int number = first; number < cases; number += WORKERS) {
                exchange(transport, server, number, 1);
                String second = exchange(transport, server, number, 2);
                if (second.startsWith("200 ")) {
                    assertThat(second).as("case %d", number).isEqualTo("200 answer-%d", number);
                }
            }
            assertThat(transport.statistics().open()).isEqualTo(transport.statistics().idle());
        }
    }

    private static String exchange(
            SocketTransport transport, ScriptedServer server, int number, int step) {
        var request =
                new UpstreamRequest(
                        "POST",
                        Client.target(server),
                        List.of(
                                Map.entry("X-Case", String.valueOf(number)),
                                Map.entry("X-Step", String.valueOf(step))),
                        List.of(Slice.of("{}".getBytes(ISO_8859_1))),
                        DEADLINES);
        long start = System.nanoTime();
        String outcome = outcome(transport.send(request));
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .as("case %d, step %d: %s", number, step, outcome)
                .isLessThan(DEADLINES.total().plus(MARGIN));
        return outcome;
    }

    private static String outcome(Exchange exchange) {
        if (exchange instanceof Exchange.Answered(var response)) {
            try (response) {
                return response.status() + " " + new String(response.readAll(10_000), ISO_8859_1);
            } catch (UpstreamException e) {
                return e.kind().name();
            }
        }
        return Client.failed(exchange).name();
    }

    private static void serve(Peer peer) throws IOException {
        for (String request = peer.request(); request != null; request = peer.request()) {
            Matcher matcher = CASE.matcher(request);
            if (!matcher.find()) {
                throw new IOException("no case in the request");
            }
            int number = Integer.parseInt(matcher.group(1));
            if (matcher.group(2).equals("1")) {
                var random = new Random(SEED + number);
                sendInPieces(peer, damaged(random), random);
                if (random.nextBoolean()) {
                    return;
                }
            } else {
                String body = "answer-" + number;
                peer.send(
                        "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            }
        }
    }

    private static byte[] damaged(Random random) {
        byte[] answer = ANSWERS.get(random.nextInt(ANSWERS.size())).getBytes(ISO_8859_1);
        int wounds = random.nextInt(4);
        for (int i = 0; i < wounds && answer.length > 0; i++) {
            answer = wounded(answer, random);
        }
        return answer;
    }

    private static byte[] wounded(byte[] answer, Random random) {
        int at = random.nextInt(answer.length);
        int end = Math.min(answer.length, at + 1 + random.nextInt(8));
        var result = new ByteArrayOutputStream();
        result.write(answer, 0, at);
        switch (random.nextInt(5)) {
            case 0 -> result.write(random.nextInt(256));
            case 1 -> end = Math.min(answer.length, at + 1 + random.nextInt(4));
            case 2 -> {
                result.writeBytes(MORSELS.get(random.nextInt(MORSELS.size())).getBytes(ISO_8859_1));
                end = at;
            }
            case 3 -> {
                result.write(answer, at, end - at);
                end = at;
            }
            default -> end = random.nextInt(4) == 0 ? answer.length : end;
        }
        result.write(answer, end, answer.length - end);
        return result.toByteArray();
    }

    private static void sendInPieces(Peer peer, byte[] bytes, Random random) throws IOException {
        int sent = 0;
        while (sent < bytes.length) {
            int end =
                    random.nextInt(3) == 0
                            ? bytes.length
                            : Math.min(bytes.length, sent + 1 + random.nextInt(20));
            peer.send(Arrays.copyOfRange(bytes, sent, end));
            sent = end;
        }
    }
}
