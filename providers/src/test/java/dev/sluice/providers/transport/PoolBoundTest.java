package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** What happens at the bound on the connections to one origin, exactly there. */
@Timeout(60)
class PoolBoundTest {

    private static final int BOUND = 3;
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(250);
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final AtomicReference<ConnectionPool> pool = new AtomicReference<>();

    private SocketTransport transport(Duration poolTimeout) {
        return new SocketTransport(
                TransportSettings.defaults().withPool(BOUND, poolTimeout), pool::set);
    }

    private static Deque<UpstreamResponse> busy(SocketTransport transport, ScriptedServer server) {
        Deque<UpstreamResponse> busy = new ArrayDeque<>();
        for (int i = 0; i < BOUND; i++) {
            busy.add(Client.answered(transport.send(Client.post(server))));
        }
        return busy;
    }

    @Test
    void eachPlaceThatIsFreedGoesToWhoWaitsLongest() throws Exception {
        Queue<Integer> served = new ConcurrentLinkedQueue<>();
        Queue<UpstreamResponse> answers = new ConcurrentLinkedQueue<>();
        try (var server = ScriptedServer.answering(OK);
                var transport = transport(LONG);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Deque<UpstreamResponse> busy = busy(transport, server);
            for (int i = 1; i <= 5; i++) {
                queueUp(threads, transport, server, i, served, answers);
                int waiting = i;
                await().pollInterval(Duration.ofMillis(1))
                        .until(() -> transport.statistics().waiting() == waiting);
            }

            for (int freed = 1; freed <= 5; freed++) {
                UpstreamResponse first = busy.isEmpty() ? answers.remove() : busy.remove();
                first.readAll(2);

                int expected = freed;
                await().pollInterval(Duration.ofMillis(1))
                        .until(() ->
                                answers.size() + served.size() >= expected
                                        && served.size() == expected
                                        && pool.get().waiting() == 5 - expected);
                assertThat(pool.get().inUse()).isEqualTo(BOUND);
            }

            assertThat(served).containsExactly(1, 2, 3, 4, 5);
            assertThat(pool.get().opened()).isEqualTo(BOUND);
            assertThat(pool.get().waitsTimedOut()).isZero();
        }
    }

    private static void queueUp(
            ExecutorService threads,
            SocketTransport transport,
            ScriptedServer server,
            int number,
            Queue<Integer> served,
            Queue<UpstreamResponse> answers) {
        threads.execute(() -> {
            UpstreamResponse answer = Client.answered(transport.send(Client.post(server)));
            answers.add(answer);
            served.add(number);
        });
    }

    @Test
    void theNextOneFailsWhenItsTimeIsOverAndNotBefore() throws IOException {
        try (var server = ScriptedServer.answering(OK);
                var transport = transport(SHORT)) {
            Deque<UpstreamResponse> busy = busy(transport, server);
            long start = System.nanoTime();

            assertThat(Client.failed(transport.send(Client.post(server))))
                    .isEqualTo(FailureKind.POOL_EXHAUSTED);

            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(SHORT, SHORT.plusSeconds(5));
            assertThat(pool.get().waitsTimedOut()).isEqualTo(1);
            assertThat(pool.get().waiting()).isZero();
            assertThat(server.accepted()).isEqualTo(BOUND);

            busy.remove().readAll(2);
            assertThat(Client.text(transport.send(Client.post(server)))).isEqualTo("ok");
        }
    }

    @Test
    void whoseOwnTimeIsShorterWaitsNoLongerAndIsNotInTheWayOfTheNext() throws Exception {
        Deadlines hurried = new Deadlines(LONG, LONG, LONG, Duration.ofSeconds(2));
        try (var server = ScriptedServer.answering(OK);
                var transport = transport(LONG);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Deque<UpstreamResponse> busy = busy(transport, server);
            Future<FailureKind> first =
                    threads.submit(
                            () -> Client.failed(transport.send(Client.post(server, hurried))));
            await().until(() -> transport.statistics().waiting() == 1 || first.isDone());
            Future<String> second =
                    threads.submit(() -> Client.text(transport.send(Client.post(server))));

            // Nothing was sent, whichever time was over: it is told by its own name.
            assertThat(first.get()).isEqualTo(FailureKind.POOL_EXHAUSTED);
            assertThat(second.isDone()).isFalse();
            busy.remove().readAll(2);
            assertThat(second.get()).isEqualTo("ok");
        }
    }

    @Test
    void askingForFreshConnectionsDoesNotPassTheBound() throws IOException {
        try (var server = ScriptedServer.answering(OK);
                var transport = transport(Duration.ZERO)) {
            for (UpstreamResponse response : busy(transport, server)) {
                response.readAll(2);
            }
            assertThat(transport.statistics().idle()).isEqualTo(BOUND);

            List<UpstreamResponse> fresh = new ArrayList<>();
            for (int i = 0; i < BOUND; i++) {
                fresh.add(Client.answered(transport.send(Client.fresh(server))));
                assertThat(transport.statistics().open()).isEqualTo(BOUND);
            }

            assertThat(fresh).hasSize(BOUND);
            assertThat(Client.failed(transport.send(Client.fresh(server))))
                    .isEqualTo(FailureKind.POOL_EXHAUSTED);
            assertThat(server.accepted()).isEqualTo(2 * BOUND);
            assertThat(transport.statistics().idle()).isZero();
        }
    }

    /** Calls that end in all ways there are; then all places are there, and not one more. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void howeverCallsEndEveryPlaceComesBackOnce(long seed) throws Exception {
        try (var server = ScriptedServer.on(peer -> moody(peer, seed));
                var transport = transport(LONG)) {
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<?>> callers = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    Random random = new Random(seed * 100 + i);
                    callers.add(
                            threads.submit(() -> {
                                for (int call = 0; call < 40; call++) {
                                    callAndEnd(transport, server, random);
                                }
                            }));
                }
                for (Future<?> caller : callers) {
                    caller.get();
                }
            }

            await().atMost(Duration.ofSeconds(10)).until(() -> pool.get().inUse() == 0);
            assertThat(pool.get().waiting()).isZero();
            assertThat(transport.statistics().open()).isEqualTo(pool.get().idle());
            assertThat(pool.get().idle()).isLessThanOrEqualTo(BOUND);
            assertThat(pool.get().opened()).isGreaterThan(BOUND);
        }
    }

    /** Answers, trickles, falls silent or breaks off, in its head or in its body. */
    private static void moody(Peer peer, long seed) throws IOException {
        Random random = new Random(seed * 1_000 + peer.number());
        while (peer.request() != null) {
            switch (random.nextInt(10)) {
                case 0 -> {
                    return;
                }
                case 1 -> peer.linger();
                case 2 -> {
                    peer.send("HTTP/1.1 200 OK\r\nContent-Le");
                    return;
                }
                case 3 -> {
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
                    peer.linger();
                }
                case 4 -> {
                    peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n");
                    return;
                }
                case 5 ->
                        peer.drip(
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n");
                default -> peer.send(OK);
            }
        }
    }

    private static void callAndEnd(
            SocketTransport transport, ScriptedServer server, Random random) {
        Duration soon = Duration.ofMillis(30L + random.nextInt(40));
        Deadlines deadlines =
                switch (random.nextInt(3)) {
                    case 0 -> new Deadlines(LONG, soon, soon, soon.multipliedBy(4));
                    case 1 -> new Deadlines(LONG, LONG, LONG, soon);
                    default -> new Deadlines(soon, soon, soon, soon.multipliedBy(3));
                };
        UpstreamRequest plain = Client.post(server, deadlines);
        UpstreamRequest request =
                new UpstreamRequest(
                        plain.method(),
                        plain.target(),
                        plain.extraHeaders(),
                        plain.body(),
                        deadlines,
                        random.nextInt(8) == 0);
        Thread caller = Thread.currentThread();
        CompletableFuture<Void> disturbed =
                random.nextInt(8) == 0
                        ? CompletableFuture.runAsync(
                                () -> {
                                    LockSupport.parkNanos(2_000_000);
                                    caller.interrupt();
                                },
                                Thread.ofVirtual()::start)
                        : CompletableFuture.completedFuture(null);
        if (transport.send(request) instanceof Exchange.Answered(var response)) {
            end(response, random);
        }
        // Not woken by the interrupt, which may come only now.
        disturbed.join();
        Thread.interrupted();
    }

    private static void end(UpstreamResponse response, Random random) {
        try {
            switch (random.nextInt(6)) {
                case 0 -> response.cancel();
                case 1 -> response.close();
                case 2 -> {
                    response.read(new byte[1], 0, 1);
                    response.cancel();
                    response.close();
                }
                case 3 -> {
                    Thread.ofVirtual().start(response::cancel);
                    response.readAll(9);
                }
                case 4 -> {
                    // Forgotten: the deadline has to end it.
                }
                default -> response.readAll(9);
            }
        } catch (UpstreamException _) {
            // One of the endings that this is about.
        }
    }
}
