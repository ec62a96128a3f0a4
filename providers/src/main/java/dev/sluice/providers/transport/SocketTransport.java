package dev.sluice.providers.transport;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;

/**
 * HTTP/1.1 over blocking sockets, made for virtual threads: an exchange holds one pooled connection
 * and waits in plain code.
 *
 * <p>Complete for its purpose and strict: what a lenient client would guess about (bare line feeds,
 * folded headers, a length beside a transfer coding) is refused, because a wrong guess would hand
 * one caller's answer to another. No compression, redirects, cookies, HTTP/2.
 */
public final class SocketTransport implements UpstreamTransport {

    private final TransportSettings settings;
    private final Consumer<ConnectionPool> watcher;
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final ConcurrentMap<Origin, OriginPool> pools = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final LongAdder opened = new LongAdder();
    private final LongAdder stale = new LongAdder();
    private final AddressResolver resolver;
    private final Connector connector;
    private final Watchdog watchdog;

    /** Starts without any connection. */
    public SocketTransport(TransportSettings settings) {
        this(settings, _ -> {});
    }

    /**
     * The same, watched.
     *
     * @param watcher is told of each origin at its first request; must be quick
     */
    public SocketTransport(TransportSettings settings, Consumer<ConnectionPool> watcher) {
        this(settings, HostLookup.system(), AddressResolver.Memory.USUAL, watcher);
    }

    SocketTransport(TransportSettings settings, HostLookup lookup) {
        this(settings, lookup, AddressResolver.Memory.USUAL, _ -> {});
    }

    SocketTransport(
            TransportSettings settings,
            HostLookup lookup,
            AddressResolver.Memory memory,
            Consumer<ConnectionPool> watcher) {
        this.watcher = requireNonNull(watcher, "watcher is null");
        this.settings = requireNonNull(settings, "settings is null");
        this.resolver = new AddressResolver(lookup, memory);
        this.connector =
                new Connector(resolver, sockets(settings.sslContext()), settings.maxHeaderBytes());
        this.watchdog = new Watchdog(open, pools.values());
    }

    private static SSLSocketFactory sockets(@Nullable SSLContext context) {
        return context == null
                ? (SSLSocketFactory) SSLSocketFactory.getDefault()
                : context.getSocketFactory();
    }

    @Override
    public Exchange send(UpstreamRequest request) {
        long total = Monotonic.after(request.deadlines().total());
        OriginPool pool = pool(request.target().origin());
        try {
            enter(pool, total);
            return new Exchange.Answered(answer(pool, request, total));
        } catch (ExchangeFailure failure) {
            return failure.asValue();
        }
    }

    private OriginPool pool(Origin origin) {
        OriginPool pool = pools.get(origin);
        return pool != null ? pool : pools.computeIfAbsent(origin, this::newPool);
    }

    private OriginPool newPool(Origin origin) {
        OriginPool pool = new OriginPool(origin, settings, open);
        watcher.accept(pool);
        return pool;
    }

    private void enter(OriginPool pool, long total) throws ExchangeFailure {
        pool.enter(Math.min(settings.poolTimeout().toNanos(), total - Monotonic.now()));
        if (closed.get()) {
            pool.leave();
            throw new ExchangeFailure(FailureKind.CANCELLED, "the transport is closed");
        }
    }

    private UpstreamResponse answer(OriginPool pool, UpstreamRequest request, long total)
            throws ExchangeFailure {
        Connection rested = rested(pool, request);
        Connection connection = rested != null ? rested : open(pool, request, total);
        try {
            return new Attempt(pool, connection, request, total, settings.maxHeaderBytes())
                    .response();
        } catch (ExchangeFailure failure) {
            if (failure.kind() == FailureKind.STALE) {
                stale.increment();
            }
            throw failure;
        }
    }

    private static @Nullable Connection rested(OriginPool pool, UpstreamRequest request) {
        if (request.fresh()) {
            pool.makeRoom();
            return null;
        }
        return pool.take();
    }

    private Connection open(OriginPool pool, UpstreamRequest request, long total)
            throws ExchangeFailure {
        Connection fresh =
                connector.open(pool, Monotonic.after(request.deadlines().connect()), total);
        opened.increment();
        if (closed.get()) {
            // It may have been too young for close() to see it.
            fresh.cancel();
        }
        return fresh;
    }

    /** A snapshot, for metrics; it counts connections, so not for each request. */
    public TransportStatistics statistics() {
        int idle = pools.values().stream().mapToInt(OriginPool::idle).sum();
        int waiting = pools.values().stream().mapToInt(OriginPool::waiting).sum();
        return new TransportStatistics(open.size(), idle, waiting, opened.sum(), stale.sum());
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            pools.values().forEach(OriginPool::releaseWaiters);
            open.forEach(Connection::cancel);
            watchdog.close();
            resolver.close();
        }
    }
}
