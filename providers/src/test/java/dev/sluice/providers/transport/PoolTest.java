package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

@Timeout(30)
class PoolTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @Test
    void waitsNoLongerThanTheSettingsSay() throws IOException {
        TransportSettings settings =
                TransportSettings.defaults().withPool(1, Duration.ofMillis(50));
        try (var server = ScriptedServer.answering(OK);
                var transport = new SocketTransport(settings)) {
            UpstreamResponse held = Client.answered(transport.send(Client.post(server)));

            assertThat(Client.failed(transport.send(Client.post(server))))
                    .isEqualTo(FailureKind.POOL_EXHAUSTED);
            held.readAll(2);
            assertThat(Client.text(transport.send(Client.post(server)))).isEqualTo("ok");
        }
    }

    @Test
    void servesThoseWhoWaitInTheirOrder() throws Exception {
        TransportSettings settings =
                TransportSettings.defaults().withPool(1, Duration.ofSeconds(10));
        Queue<Integer> order = new ConcurrentLinkedQueue<>();
        try (var server = ScriptedServer.answering(OK);
                var transport = new SocketTransport(settings);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            UpstreamResponse held = Client.answered(transport.send(Client.post(server)));
            List<Future<?>> waiting = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                waiting.add(queueUp(threads, transport, server, i, order));
                int expected = i + 1;
                await().pollInterval(Duration.ofMillis(1))
                        .until(() -> transport.statistics().waiting() == expected);
            }

            held.readAll(2);
            for (Future<?> future : waiting) {
                future.get();
            }

            assertThat(order).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
            assertThat(transport.statistics()).isEqualTo(new TransportStatistics(1, 1, 0, 1, 0));
        }
    }

    @Test
    void letsNobodyOvertakeThoseWhoWait() throws Exception {
        TransportSettings settings =
                TransportSettings.defaults().withPool(1, Duration.ofSeconds(10));
        Queue<Integer> order = new ConcurrentLinkedQueue<>();
        try (var server = ScriptedServer.answering(OK);
                var transport = new SocketTransport(settings);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 20; round++) {
                UpstreamResponse held = Client.answered(transport.send(Client.post(server)));
                Future<?> waiting = queueUp(threads, transport, server, 1, order);
                await().pollInterval(Duration.ofMillis(1))
                        .until(() -> transport.statistics().waiting() == 1);

                held.readAll(2);
                Client.text(transport.send(Client.post(server)));
                order.add(2);

                waiting.get();
                assertThat(order).containsExactly(1, 2);
                order.clear();
            }
        }
    }

    private static Future<?> queueUp(
            ExecutorService threads,
            SocketTransport transport,
            ScriptedServer server,
            int number,
            Queue<Integer> order) {
        return threads.submit(() -> {
            UpstreamResponse response = Client.answered(transport.send(Client.post(server)));
            order.add(number);
            return response.readAll(2);
        });
    }

    @Test
    void originsDoNotShareTheirBounds() throws IOException {
        TransportSettings settings = TransportSettings.defaults().withPool(1, Duration.ZERO);
        try (var server = ScriptedServer.answering(OK);
                var other = ScriptedServer.answering(OK);
                var transport = new SocketTransport(settings)) {
            Client.answered(transport.send(Client.post(server)));

            assertThat(Client.text(transport.send(Client.post(other)))).isEqualTo("ok");
        }
    }

    /** Callers that read, leave half-way or cancel, on a server that sometimes breaks off. */
    @Test
    void neverOpensMoreThanItsBoundAndLosesNoPermit() throws Exception {
        TransportSettings settings =
                TransportSettings.defaults().withPool(4, Duration.ofSeconds(20));
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try (var server = ScriptedServer.on(peer -> moody(peer, now, most));
                var transport = new SocketTransport(settings)) {
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> callers = new ArrayList<>();
                for (int i = 0; i < 16; i++) {
                    callers.add(threads.submit(() -> moodyCaller(transport, server)));
                }
                for (Future<?> caller : callers) {
                    caller.get();
                }
            }

            // A connection that the client has closed is counted by the server for a moment longer.
            assertThat(most.get()).isBetween(2, 8);
            assertThat(transport.statistics().open()).isLessThanOrEqualTo(4);
            assertThat(transport.statistics().idle()).isEqualTo(transport.statistics().open());
            List<UpstreamResponse> held = new ArrayList<>();
            try (var calm = ScriptedServer.answering(OK)) {
                for (int i = 0; i < 4; i++) {
                    held.add(Client.answered(transport.send(Client.post(calm))));
                }
            }
            assertThat(held).hasSize(4);
        }
    }

    private static void moody(Peer peer, AtomicInteger now, AtomicInteger most) throws IOException {
        most.accumulateAndGet(now.incrementAndGet(), Math::max);
        try {
            while (peer.request() != null && ThreadLocalRandom.current().nextInt(10) > 0) {
                peer.send(OK);
            }
        } finally {
            now.decrementAndGet();
        }
    }

    private static void moodyCaller(SocketTransport transport, ScriptedServer server) {
        for (int i = 0; i < 60; i++) {
            if (transport.send(Client.post(server)) instanceof Exchange.Answered(var response)) {
                switch (ThreadLocalRandom.current().nextInt(3)) {
                    case 0 -> readQuietly(response);
                    case 1 -> response.cancel();
                    default -> response.close();
                }
            }
        }
    }

    private static void readQuietly(UpstreamResponse response) {
        try {
            assertThat(response.readAll(2)).asString().isEqualTo("ok");
        } catch (UpstreamException _) {
            // The server broke off.
        }
    }
}
