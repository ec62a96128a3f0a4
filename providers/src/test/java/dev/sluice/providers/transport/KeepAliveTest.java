package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import jdk.net.ExtendedSocketOptions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import javax.net.ssl.SSLSocketFactory;

/** How long connections are kept, and how many. */
@Timeout(60)
class KeepAliveTest {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static TransportSettings keeping(int maxIdle, Duration maxAge) {
        return TransportSettings.defaults().withReuse(new Reuse(LONG, maxIdle, maxAge));
    }

    @Test
    void closesUnusedConnectionsBeyondTheBoundAndKeepsTheWarmest() throws IOException {
        Set<Integer> closed = ConcurrentHashMap.newKeySet();
        try (var server =
                        ScriptedServer.on(peer -> {
                            while (peer.request() != null) {
                                peer.send(OK);
                            }
                            closed.add(peer.number());
                        });
                var transport = new SocketTransport(keeping(2, LONG))) {
            List<UpstreamResponse> busy = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                busy.add(Client.answered(transport.send(Client.post(server))));
            }
            for (UpstreamResponse response : busy) {
                response.readAll(2);
            }
            assertThat(transport.statistics().idle()).isEqualTo(5);

            await().atMost(Duration.ofSeconds(10)).until(() -> closed.size() == 3);

            assertThat(transport.statistics()).isEqualTo(new TransportStatistics(2, 2, 0, 5, 0));
            assertThat(closed).isEqualTo(new HashSet<>(List.of(1, 2, 3)));
        }
    }

    @Test
    void aConnectionThatIsOldServesNoFurtherRequestHoweverBusyItIs() throws IOException {
        try (var server = ScriptedServer.answering(OK);
                var transport = new SocketTransport(keeping(10, Duration.ofMillis(300)))) {
            long start = System.nanoTime();
            while (server.accepted() < 4) {
                assertThat(Client.text(transport.send(Client.post(server)))).isEqualTo("ok");
            }

            // Three lives of at least four fifths of the age: no connection was given up early.
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isGreaterThanOrEqualTo(Duration.ofMillis(3 * 240));
            assertThat(transport.statistics().stale()).isZero();
        }
    }

    @Test
    void ageDoesNotEndWhatIsUnderWay() throws Exception {
        try (var server =
                        ScriptedServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                var transport = new SocketTransport(keeping(10, Duration.ofMillis(50)))) {
            UpstreamResponse response = Client.answered(transport.send(Client.post(server)));
            await().pollDelay(Duration.ofMillis(200)).until(() -> true);

            assertThat(response.readAll(2)).hasSize(2);
            await().until(() -> transport.statistics().open() == 0);
        }
    }

    @Test
    void theKernelProbesPeersThatAreSilent() throws Exception {
        try (var server = ScriptedServer.on(Peer::linger);
                var resolver =
                        new AddressResolver(HostLookup.system(), AddressResolver.Memory.USUAL)) {
            var pool =
                    new OriginPool(
                            Client.target(server).origin(),
                            TransportSettings.defaults(),
                            ConcurrentHashMap.newKeySet());
            pool.enter(0);
            long until = Monotonic.after(LONG);
            Connection connection =
                    new Connector(resolver, (SSLSocketFactory) SSLSocketFactory.getDefault(), 1_024)
                            .open(pool, until, until);

            SocketChannel channel = connection.channel();
            assertThat(channel.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
            assertThat(channel.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
            if (channel.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
                assertThat(channel.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(45);
            }
            connection.cancel();
        }
    }
}
