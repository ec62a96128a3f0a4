package dev.sluice.providers.transport;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Resolves names with a deadline, on a few platform threads of its own: the system call cannot be
 * interrupted and pins a virtual thread's carrier, so that a dead name server would otherwise stop
 * every request of the process.
 *
 * <p>A name is asked for once at a time, and again after {@link Memory#fresh}. While the name
 * server does not answer, or denies a name that it knew, its last addresses are used for up to
 * {@link Memory#usable}: providers move rarely, name servers fail more often.
 */
final class AddressResolver implements AutoCloseable {

    private static final Logger LOGGER = LoggerFactory.getLogger(AddressResolver.class);

    private static final int THREADS = 4;
    private static final int QUEUE = 256;
    private static final int MOST_KNOWN = 1_024;

    /** How long is waited for the name server while older addresses are at hand. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long older addresses are used before the name server is asked again. */
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(2);

    /**
     * How long addresses are remembered.
     *
     * @param fresh until the name server is asked again; what the JVM remembers comes on top
     * @param usable while it does not know better
     */
    record Memory(Duration fresh, Duration usable) {

        /** Five seconds, ten minutes. */
        static final Memory USUAL = new Memory(Duration.ofSeconds(5), Duration.ofMinutes(10));
    }

    /** Times are of {@link Monotonic}. */
    private record Known(List<InetAddress> addresses, long freshUntil, long usableUntil) {}

    private final HostLookup lookup;
    private final Memory memory;
    private final ConcurrentMap<String, Known> known = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, CompletableFuture<List<InetAddress>>> asked =
            new ConcurrentHashMap<>();
    private final UnreachableAddresses unreachable = new UnreachableAddresses();
    private final ThreadPoolExecutor threads;

    AddressResolver(HostLookup lookup, Memory memory) {
        this.lookup = lookup;
        this.memory = memory;
        this.threads =
                new ThreadPoolExecutor(
                        THREADS,
                        THREADS,
                        10,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(QUEUE),
                        Thread.ofPlatform()
                                .daemon()
                                .name("sluice-upstream-resolver-", 0)
                                .factory());
        threads.allowCoreThreadTimeOut(true);
    }

    /** Which addresses could not be connected to of late. */
    UnreachableAddresses unreachable() {
        return unreachable;
    }

    /**
     * The addresses of a name, or of an address literal; at least one. Those that could not be
     * connected to of late come last.
     */
    List<InetAddress> resolve(String host, long deadline) throws ExchangeFailure {
        if (looksLiteral(host)) {
            return List.of(literal(host));
        }
        Known before = known.get(host);
        long now = Monotonic.now();
        if (before != null && now < before.freshUntil()) {
            return unreachable.last(before.addresses(), now);
        }
        boolean usable = before != null && now < before.usableUntil();
        long patience = Math.max(0, deadline - now);
        try {
            return unreachable.last(
                    answer(host, usable ? Math.min(patience, PATIENCE_NANOS) : patience), now);
        } catch (ExchangeFailure failure) {
            if (before == null || !usable || failure.kind() == FailureKind.CANCELLED) {
                throw failure;
            }
            goOnWith(host, before, failure);
            return unreachable.last(before.addresses(), now);
        }
    }

    private void goOnWith(String host, Known before, ExchangeFailure failure) {
        Known prolonged =
                new Known(before.addresses(), Monotonic.now() + RETRY_NANOS, before.usableUntil());
        if (known.replace(host, before, prolonged)) {
            LOGGER.atWarn()
                    .addKeyValue("host", host)
                    .addKeyValue("reason", failure.getMessage())
                    .log("a name cannot be resolved: its last addresses are used");
        }
    }

    private List<InetAddress> answer(String host, long patienceNanos) throws ExchangeFailure {
        try {
            return ask(host).get(patienceNanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            throw new ExchangeFailure(
                    FailureKind.TIMEOUT_CONNECT, "resolving " + host + " took too long");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new ExchangeFailure(FailureKind.CANCELLED, "interrupted while resolving a name");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownHostException) {
                throw new ExchangeFailure(FailureKind.CONNECT, "the host " + host + " is unknown");
            }
            throw new IllegalStateException("a name lookup failed unexpectedly", e.getCause());
        }
    }

    /** One question at a time for a name: all who want to know wait for the same answer. */
    private CompletableFuture<List<InetAddress>> ask(String host) throws ExchangeFailure {
        CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
        CompletableFuture<List<InetAddress>> underWay = asked.putIfAbsent(host, answer);
        if (underWay != null) {
            return underWay;
        }
        try {
            threads.execute(() -> look(host, answer));
            return answer;
        } catch (RejectedExecutionException _) {
            asked.remove(host, answer);
            answer.completeExceptionally(new UnknownHostException("not asked"));
            throw new ExchangeFailure(
                    FailureKind.CONNECT, "too many names are being resolved, or we are closing");
        }
    }

    private void look(String host, CompletableFuture<List<InetAddress>> answer) {
        Optional<List<InetAddress>> found = Optional.empty();
        Exception failure = new UnknownHostException("no address");
        try {
            found = Optional.of(lookup.addresses(host)).filter(addresses -> !addresses.isEmpty());
            found.ifPresent(addresses -> remember(host, addresses));
        } catch (UnknownHostException | RuntimeException e) {
            failure = e;
        } finally {
            // Before the answer: who asks after it was heard must not hear it again.
            asked.remove(host, answer);
        }
        if (found.isPresent()) {
            answer.complete(found.get());
        } else {
            answer.completeExceptionally(failure);
        }
    }

    private void remember(String host, List<InetAddress> addresses) {
        long now = Monotonic.now();
        if (known.size() >= MOST_KNOWN && !known.containsKey(host)) {
            known.values().removeIf(other -> now >= other.freshUntil());
        }
        if (known.size() < MOST_KNOWN) {
            known.put(
                    host,
                    new Known(
                            List.copyOf(addresses),
                            now + memory.fresh().toNanos(),
                            now + memory.usable().toNanos()));
        }
    }

    private static boolean looksLiteral(String host) {
        return host.indexOf(':') >= 0
                || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
    }

    private static InetAddress literal(String host) throws ExchangeFailure {
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException _) {
            throw new ExchangeFailure(FailureKind.CONNECT, "the address " + host + " is malformed");
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
        asked.values()
                .forEach(answer ->
                        answer.completeExceptionally(new UnknownHostException("closing")));
    }
}
