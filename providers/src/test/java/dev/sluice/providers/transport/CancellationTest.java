package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

@Timeout(30)
class CancellationTest {

    private static final String BEGUN = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel";

    private final SocketTransport transport = new SocketTransport(TransportSettings.defaults());

    @AfterEach
    void close() {
        transport.close();
    }

    private static ScriptedServer begins(String beginning) {
        return ScriptedServer.on(peer -> {
            peer.request();
            peer.send(beginning);
            peer.linger();
        });
    }

    /** Reads until it fails, and tells how. */
    private static Throwable endOf(UpstreamResponse response) {
        try {
            response.readAll(100);
            return new AssertionError("read to its end");
        } catch (UpstreamException e) {
            return e;
        }
    }

    @Test
    void wakesABlockedReader() throws Exception {
        try (var server = begins(BEGUN)) {
            UpstreamResponse response = Client.answered(transport.send(Client.post(server)));
            CompletableFuture<Throwable> end = new CompletableFuture<>();
            Thread reader = Thread.ofVirtual().start(() -> end.complete(endOf(response)));
            await().until(() -> reader.getState() == Thread.State.WAITING);

            response.cancel();

            assertThat(end.get(5, TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(
                            ExchangeCancelledException.class,
                            e -> assertThat(e.kind()).isEqualTo(FailureKind.CANCELLED));
            assertThat(transport.statistics().open()).isZero();
        }
    }

    @Test
    void anInterruptEndsTheWaitForTheHeadAndStaysSet() throws Exception {
        try (var server = begins("")) {
            CompletableFuture<FailureKind> kind = new CompletableFuture<>();
            Thread caller =
                    Thread.ofVirtual()
                            .start(() -> {
                                FailureKind failed =
                                        Client.failed(transport.send(Client.post(server)));
                                assertThat(Thread.currentThread().isInterrupted()).isTrue();
                                kind.complete(failed);
                            });
            await().until(() ->
                    server.accepted() == 1 && caller.getState() == Thread.State.WAITING);

            caller.interrupt();

            assertThat(kind.get(5, TimeUnit.SECONDS)).isEqualTo(FailureKind.CANCELLED);
            assertThat(transport.statistics().open()).isZero();
        }
    }

    @Test
    void anInterruptEndsTheReading() throws Exception {
        try (var server = begins(BEGUN)) {
            UpstreamResponse response = Client.answered(transport.send(Client.post(server)));
            CompletableFuture<Throwable> end = new CompletableFuture<>();
            Thread reader = Thread.ofVirtual().start(() -> end.complete(endOf(response)));
            await().until(() -> reader.getState() == Thread.State.WAITING);

            reader.interrupt();

            assertThat(end.get(5, TimeUnit.SECONDS)).isInstanceOf(ExchangeCancelledException.class);
            assertThat(transport.statistics().open()).isZero();
        }
    }

    @Test
    void anInterruptEndsTheWaitForAConnection() throws Exception {
        TransportSettings settings =
                TransportSettings.defaults().withPool(1, Duration.ofSeconds(20));
        try (var server = begins(BEGUN);
                var single = new SocketTransport(settings)) {
            Client.answered(single.send(Client.post(server)));
            CompletableFuture<FailureKind> kind = new CompletableFuture<>();
            Thread caller =
                    Thread.ofVirtual()
                            .start(() ->
                                    kind.complete(Client.failed(single.send(Client.post(server)))));
            await().until(() -> single.statistics().waiting() == 1);

            caller.interrupt();

            assertThat(kind.get(5, TimeUnit.SECONDS)).isEqualTo(FailureKind.CANCELLED);
        }
    }

    @Test
    void cancellingAFinishedExchangeHarmsNobody() throws IOException {
        try (var server =
                ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) {
            UpstreamResponse finished = Client.answered(transport.send(Client.post(server)));
            finished.readAll(2);
            UpstreamResponse next = Client.answered(transport.send(Client.post(server)));

            finished.cancel();
            finished.close();

            assertThat(next.readAll(2)).hasSize(2);
            assertThat(finished.read(new byte[1], 0, 1)).isEqualTo(-1);
            assertThat(server.accepted()).isEqualTo(1);
        }
    }

    @Test
    void closingTheTransportEndsEverything() throws Exception {
        TransportSettings settings =
                TransportSettings.defaults().withPool(2, Duration.ofSeconds(20));
        try (var server =
                ScriptedServer.on(peer -> {
                    peer.request();
                    if (peer.number() == 1) {
                        peer.send(BEGUN);
                    }
                    peer.linger();
                })) {
            var closing = new SocketTransport(settings);
            UpstreamResponse reading = Client.answered(closing.send(Client.post(server)));
            CompletableFuture<FailureKind> sending = new CompletableFuture<>();
            Thread.ofVirtual()
                    .start(() ->
                            sending.complete(Client.failed(closing.send(Client.post(server)))));
            await().until(() -> server.accepted() == 2);
            CompletableFuture<FailureKind> waiting = new CompletableFuture<>();
            Thread.ofVirtual()
                    .start(() ->
                            waiting.complete(Client.failed(closing.send(Client.post(server)))));
            await().until(() -> closing.statistics().waiting() == 1);

            closing.close();
            closing.close();

            assertThat(sending.get(5, TimeUnit.SECONDS)).isEqualTo(FailureKind.CANCELLED);
            assertThat(waiting.get(5, TimeUnit.SECONDS)).isEqualTo(FailureKind.CANCELLED);
            assertThatThrownBy(() -> reading.readAll(9))
                    .isInstanceOf(ExchangeCancelledException.class);
            assertThat(Client.failed(closing.send(Client.post(server))))
                    .isEqualTo(FailureKind.CANCELLED);
            assertThat(closing.statistics().open()).isZero();
        }
    }
}
