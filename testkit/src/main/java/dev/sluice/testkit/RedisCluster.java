package dev.sluice.testkit;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A Redis Cluster of one test: three masters on loopback, each with a third of the slots. */
public final class RedisCluster implements AutoCloseable {

    private static final int SLOTS = 16_384;
    private static final int MASTERS = 3;
    private static final Duration FORMING = Duration.ofSeconds(30);
    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    private final List<RedisProcess> servers = new ArrayList<>();

    private RedisCluster() {
        for (int i = 0; i < MASTERS; i++) {
            servers.add(
                    RedisProcess.start(
                            "--cluster-enabled",
                            "yes",
                            "--cluster-require-full-coverage",
                            "no",
                            "--cluster-node-timeout",
                            "2000"));
        }
        for (int i = 0; i < MASTERS; i++) {
            var slots = new StringBuilder("CLUSTER ADDSLOTS");
            for (int slot = i * SLOTS / MASTERS; slot < (i + 1) * SLOTS / MASTERS; slot++) {
                slots.append(' ').append(slot);
            }
            servers.get(i).command(slots.toString());
            servers.getFirst().command("CLUSTER MEET 127.0.0.1 " + servers.get(i).port());
        }
    }

    /** Starts one, and returns when all of it is there. */
    public static RedisCluster start() {
        var cluster = new RedisCluster();
        long deadline = System.nanoTime() + FORMING.toNanos();
        while (!cluster.servers.stream().allMatch(RedisCluster::knowsAll)) {
            if (System.nanoTime() - deadline > 0) {
                cluster.close();
                throw new IllegalStateException("the cluster did not form");
            }
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
        }
        return cluster;
    }

    private static boolean knowsAll(RedisProcess server) {
        return server.command("CLUSTER INFO").contains("cluster_slots_ok:" + SLOTS);
    }

    /** Its servers. */
    public List<RedisProcess> servers() {
        return List.copyOf(servers);
    }

    /** Where clients begin. */
    public URI uri() {
        return servers.getFirst().uri();
    }

    @Override
    public void close() {
        servers.forEach(RedisProcess::close);
    }
}
