package dev.sluice.ingress.limits;

import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.redisson.Redisson;
import org.redisson.api.RedissonClient;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Several ingresses' limiters in one JVM, and callers who try all of them. */
final class TestFleet implements AutoCloseable {

    static final Instant SINCE = Instant.parse("2026-01-01T00:00:00Z");

    final Wire wire;
    final Books books = new Books(Duration.ofMillis(300), SINCE);
    final List<Member> members = new CopyOnWriteArrayList<>();
    final AtomicLong accepted = new AtomicLong();
    final AtomicLong refused = new AtomicLong();
    final AtomicLong tokens = new AtomicLong();
    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger mostOpen = new AtomicInteger();
    final AtomicLong slowestNanos = new AtomicLong();

    private final RedissonClient redis;
    private final String namespace = "test-" + UUID.randomUUID();

    record Member(String run, AccountLimiter limiter, SimpleMeterRegistry registry, Mortal store) {}

    /** A store through which nothing is said any more once its ingress is dead. */
    static final class Mortal implements LeaseStore {
        private final LeaseStore store;
        private volatile boolean dead;

        Mortal(LeaseStore store) {
            this.store = store;
        }

        @Override
        public List<?> evaluate(List<Object> keys, Object[] arguments, Duration deadline)
                throws LeaseFailure {
            if (dead) {
                throw new LeaseFailure("dead");
            }
            return store.evaluate(keys, arguments, deadline);
        }

        @Override
        public void close() {
            store.close();
        }
    }

    /** What a call really uses. */
    interface Use {
        long tokens();

        long pico();
    }

    TestFleet(URI server, int size) {
        this.wire = new Wire(server);
        for (int i = 0; i < size; i++) {
            members.add(member("run" + i));
        }
        var config = new Config().setCodec(StringCodec.INSTANCE).setThreads(1).setNettyThreads(1);
        config.useSingleServer()
                .setAddress(server.toString())
                .setConnectionPoolSize(1)
                .setConnectionMinimumIdleSize(1);
        this.redis = Redisson.create(config);
        awaitShared();
    }

    private Member member(String run) {
        var registry = new SimpleMeterRegistry();
        var context = new BudgetCell.Context(books, run, ZoneOffset.UTC, InstantSource.system());
        var address = RedisAddress.of(wire.uri(), namespace);
        var store = new Mortal(new RedisLeaseStore(address));
        return new Member(
                run,
                AccountLimiter.shared(store, namespace, context, new LimitMetrics(registry)),
                registry,
                store);
    }

    void awaitShared() {
        await().atMost(Duration.ofSeconds(10))
                .until(() ->
                        members.stream()
                                .allMatch(member ->
                                        gauge(member, "redis_connected") == 1
                                                && gauge(member, "ingresses") == members.size()));
    }

    private static double gauge(Member member, String name) {
        return member.registry().get("sluice_limit_" + name).gauge().value();
    }

    double decisions(String by) {
        return members.stream()
                .mapToDouble(member ->
                        member.registry()
                                .get("sluice_limit_decisions")
                                .tag("by", by)
                                .counter()
                                .count())
                .sum();
    }

    /** Redis forgets everything, its scripts too. */
    void flush() {
        redis.getKeys().deleteByPattern("{" + namespace + ":limits}:*");
        redis.getScript().scriptFlush();
    }

    /** One call: admitted, some milliseconds, settled. */
    boolean call(Member member, Claim claim, Use use, String account) {
        long startedNanos = System.nanoTime();
        Admission admission = member.limiter().admit(claim);
        slowestNanos.accumulateAndGet(System.nanoTime() - startedNanos, Math::max);
        return switch (admission) {
            case Admission.Refused _ -> {
                refused.incrementAndGet();
                yield false;
            }
            case Admission.Admitted(var reservation) -> {
                accepted.incrementAndGet();
                mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
                LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(5_000_000, 60_000_000));
                tokens.addAndGet(use.tokens());
                books.book(account, member.run(), use.pico());
                open.decrementAndGet();
                reservation.settle(use.tokens(), use.pico());
                yield true;
            }
        };
    }

    /** So many callers, spread over all ingresses, each one call after the other. */
    void run(int callers, Duration time, Runnable each) throws Exception {
        long endNanos = System.nanoTime() + time.toNanos();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                running.add(
                        threads.submit(() -> {
                            while (System.nanoTime() - endNanos < 0) {
                                each.run();
                            }
                        }));
            }
            for (Future<?> caller : running) {
                caller.get();
            }
        }
    }

    /** One ingress is gone without a word, and what it held open is never released. */
    void kill() {
        Member killed = members.removeFirst();
        killed.store().dead = true;
        killed.limiter().close();
    }

    /** One ingress takes leave. */
    void stop() {
        members.removeFirst().limiter().close();
    }

    /** One more ingress. */
    void start(String run) {
        members.add(member(run));
    }

    Member anyMember() {
        List<Member> present = List.copyOf(members);
        return present.get(ThreadLocalRandom.current().nextInt(present.size()));
    }

    @Override
    public void close() throws IOException {
        for (Member member : members) {
            member.limiter().close();
        }
        wire.close();
        redis.getKeys().deleteByPattern("{" + namespace + ":limits}:*");
        redis.shutdown();
    }
}
