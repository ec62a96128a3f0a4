package dev.sluice.providers.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import javax.net.ssl.SSLSocketFactory;

/** Names are asked for again, their last addresses outlive a name server's failure. */
@Timeout(60)
class NamesTest {

    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final InetAddress ONE = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress TWO = InetAddress.ofLiteral("127.0.0.2");

    /** A name server whose answers change. */
    private static final class Changing implements HostLookup {

        private final AtomicInteger questions = new AtomicInteger();
        private volatile List<InetAddress> answer = List.of(ONE);

        @Override
        public List<InetAddress> addresses(String host) throws UnknownHostException {
            questions.incrementAndGet();
            if (answer.isEmpty()) {
                throw new UnknownHostException(host);
            }
            return answer;
        }
    }

    private static List<InetAddress> resolve(AddressResolver resolver) throws ExchangeFailure {
        return resolver.resolve("llm.test", Monotonic.after(LONG));
    }

    private static ScriptedServer naming(InetAddress address, int port) throws IOException {
        String body = address.getHostAddress();
        String answer =
                "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s".formatted(body.length(), body);
        return ScriptedServer.on(
                new ServerSocket(port, 50, address),
                peer -> {
                    while (peer.request() != null) {
                        peer.send(answer);
                    }
                });
    }

    @Test
    void aChangedAddressIsUsedOnceTheOldAnswerAndTheOldConnectionHaveHadTheirTime()
            throws IOException {
        Changing names = new Changing();
        Duration age = Duration.ofMillis(400);
        TransportSettings settings =
                TransportSettings.defaults().withReuse(new Reuse(LONG, 10, age));
        var memory = new AddressResolver.Memory(SHORT, LONG);
        try (var old = naming(ONE, 0);
                var moved = naming(TWO, old.port());
                var transport = new SocketTransport(settings, names, memory, _ -> {})) {
            UpstreamTarget target =
                    UpstreamTarget.of(URI.create("http://llm.test:" + old.port()), List.of());
            UpstreamRequest request = Client.request("POST", target, "{}", Client.PATIENT);
            assertThat(Client.text(transport.send(request))).isEqualTo("127.0.0.1");

            names.answer = List.of(TWO);
            long changed = System.nanoTime();

            await().atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> Client.text(transport.send(request)).equals("127.0.0.2"));
            assertThat(Duration.ofNanos(System.nanoTime() - changed))
                    .isLessThan(SHORT.plus(age).plusSeconds(5));
            assertThat(Client.text(transport.send(request))).isEqualTo("127.0.0.2");
            assertThat(moved.accepted()).isEqualTo(1);
        }
    }

    @Test
    void anAnswerIsRememberedForItsTimeAndNoLonger() throws Exception {
        Changing names = new Changing();
        try (var resolver = new AddressResolver(names, new AddressResolver.Memory(LONG, LONG))) {
            resolve(resolver);
            resolve(resolver);
            assertThat(names.questions).hasValue(1);
        }
        try (var resolver =
                new AddressResolver(names, new AddressResolver.Memory(Duration.ofNanos(1), LONG))) {
            resolve(resolver);
            names.answer = List.of(TWO);
            assertThat(resolve(resolver)).containsExactly(TWO);
            assertThat(names.questions).hasValue(3);
        }
    }

    @Test
    void aNameIsAskedForOnceHoweverManyWantToKnow() throws Exception {
        CountDownLatch answered = new CountDownLatch(1);
        AtomicInteger questions = new AtomicInteger();
        HostLookup slow =
                host -> {
                    questions.incrementAndGet();
                    try {
                        answered.await();
                    } catch (InterruptedException _) {
                        throw new UnknownHostException(host);
                    }
                    return List.of(ONE);
                };
        // More than the queue of questions has room for.
        int callers = 600;
        AtomicInteger asking = new AtomicInteger();
        try (var resolver = new AddressResolver(slow, AddressResolver.Memory.USUAL);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<InetAddress>>> answers = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                answers.add(
                        threads.submit(() -> {
                            asking.incrementAndGet();
                            return resolve(resolver);
                        }));
            }
            await().until(() -> asking.get() == callers && questions.get() == 1);
            answered.countDown();

            for (Future<List<InetAddress>> answer : answers) {
                assertThat(answer.get()).containsExactly(ONE);
            }
            assertThat(questions).hasValue(1);
        }
    }

    @Test
    void theLastAddressesAreUsedWhileTheNameServerDeniesTheName() throws Exception {
        Changing names = new Changing();
        try (var resolver =
                new AddressResolver(names, new AddressResolver.Memory(Duration.ofNanos(1), LONG))) {
            resolve(resolver);
            names.answer = List.of();

            assertThat(resolve(resolver)).containsExactly(ONE);
            assertThat(resolve(resolver)).containsExactly(ONE);
            // The denied name is not asked for with each connection.
            assertThat(names.questions).hasValue(2);
        }
    }

    @Test
    void theLastAddressesAreUsedWhileTheNameServerIsSilentAfterAShortWait() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        AtomicInteger questions = new AtomicInteger();
        HostLookup dying =
                host -> {
                    if (questions.incrementAndGet() > 1) {
                        try {
                            never.await();
                        } catch (InterruptedException _) {
                            throw new UnknownHostException(host);
                        }
                    }
                    return List.of(ONE);
                };
        try (var resolver =
                new AddressResolver(dying, new AddressResolver.Memory(Duration.ofNanos(1), LONG))) {
            resolve(resolver);
            long start = System.nanoTime();

            assertThat(resolve(resolver)).containsExactly(ONE);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(8));
            assertThat(resolve(resolver)).containsExactly(ONE);
            assertThat(questions).hasValue(2);
        }
    }

    @Test
    void addressesThatAreTooOldAreNotUsed() throws Exception {
        Changing names = new Changing();
        try (var resolver =
                new AddressResolver(
                        names,
                        new AddressResolver.Memory(Duration.ofNanos(1), Duration.ofNanos(2)))) {
            resolve(resolver);
            names.answer = List.of();

            assertThatThrownBy(() -> resolve(resolver))
                    .isInstanceOfSatisfying(
                            ExchangeFailure.class,
                            e -> assertThat(e.kind()).isEqualTo(FailureKind.CONNECT));
        }
    }

    @Test
    void aNameThatComesIntoBeingIsFoundAtTheNextQuestion() throws Exception {
        Changing names = new Changing();
        names.answer = List.of();
        try (var resolver = new AddressResolver(names, AddressResolver.Memory.USUAL)) {
            assertThatThrownBy(() -> resolve(resolver)).isInstanceOf(ExchangeFailure.class);
            names.answer = List.of(ONE);

            assertThat(resolve(resolver)).containsExactly(ONE);
        }
    }

    @Test
    void anAddressThatRefusedIsTriedLastUntilItServesAgain() throws Exception {
        Changing names = new Changing();
        names.answer = List.of(TWO, ONE);
        var memory = new AddressResolver.Memory(LONG, LONG);
        try (var one = naming(ONE, 0);
                var resolver = new AddressResolver(names, memory)) {
            var target = UpstreamTarget.of(URI.create("http://llm.test:" + one.port()), List.of());
            var pool =
                    new OriginPool(
                            target.origin(),
                            TransportSettings.defaults(),
                            ConcurrentHashMap.newKeySet());
            var connector =
                    new Connector(
                            resolver, (SSLSocketFactory) SSLSocketFactory.getDefault(), 1_024);
            pool.enter(0);
            long until = Monotonic.after(LONG);
            connector.open(pool, until, until).cancel();

            await().until(() -> one.accepted() == 1);
            assertThat(resolve(resolver)).containsExactly(ONE, TWO);

            resolver.unreachable().remove(TWO);
            assertThat(resolve(resolver)).containsExactly(TWO, ONE);
        }
    }
}
