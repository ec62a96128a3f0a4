package dev.sluice.providers.transport;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Resolves names with a deadline, on a few platform threads of its own: the system call cannot be
 * interrupted and pins a virtual thread's carrier, so that a dead name server would otherwise stop
 * every request of the process.
 */
final class AddressResolver implements AutoCloseable {

    private static final int THREADS = 4;
    private static final int QUEUE = 256;

    private final HostLookup lookup;
    private final ThreadPoolExecutor threads;

    AddressResolver(HostLookup lookup) {
        this.lookup = lookup;
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

    /** The addresses of a name, or of an address literal. Nothing is remembered here. */
    List<InetAddress> resolve(String host, long deadline) throws ExchangeFailure {
        if (looksLiteral(host)) {
            return List.of(literal(host));
        }
        Future<List<InetAddress>> answer;
        try {
            answer = threads.submit(() -> lookup.addresses(host));
        } catch (RejectedExecutionException _) {
            throw new ExchangeFailure(
                    FailureKind.CONNECT, "too many names are being resolved, or we are closing");
        }
        try {
            return answer.get(Math.max(0, deadline - Monotonic.now()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
            answer.cancel(true);
            throw new ExchangeFailure(
                    FailureKind.TIMEOUT_CONNECT, "resolving " + host + " took too long");
        } catch (InterruptedException _) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new ExchangeFailure(FailureKind.CANCELLED, "interrupted while resolving a name");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownHostException) {
                throw new ExchangeFailure(FailureKind.CONNECT, "the host " + host + " is unknown");
            }
            throw new IllegalStateException("a name lookup failed unexpectedly", e.getCause());
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
    }
}
