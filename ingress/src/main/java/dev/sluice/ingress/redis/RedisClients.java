package dev.sluice.ingress.redis;

import static java.util.Objects.requireNonNull;

import dev.sluice.schemas.config.RedisSettings.Certificates;
import dev.sluice.schemas.config.RedisSettings.Connection;
import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;
import org.redisson.client.codec.Codec;
import org.redisson.config.BaseConfig;
import org.redisson.config.BaseMasterSlaveServersConfig;
import org.redisson.config.ClusterServersConfig;
import org.redisson.config.Config;
import org.redisson.config.ConstantDelay;
import org.redisson.config.ReadMode;
import org.redisson.config.SentinelServersConfig;
import org.redisson.config.SingleServerConfig;
import org.redisson.config.SslVerificationMode;
import org.redisson.config.SubscriptionMode;

import java.time.Duration;
import java.util.Locale;

/**
 * Redisson's settings for a hot path, in place of its own: few connections and threads, short
 * times, and no retries, for who asks has somewhere else to go.
 */
public final class RedisClients {

    private static final int CONNECT_MILLIS = 500;
    private static final int PING_MILLIS = 5000;
    private static final int SCAN_MILLIS = 2000;
    private static final Duration RECONNECT = Duration.ofMillis(200);

    private RedisClients() {}

    /**
     * What a client is for.
     *
     * @param connections to each server, at most
     * @param idleConnections to each server, at least
     * @param answer how long an answer is waited for
     */
    public record Use(int connections, int idleConnections, Duration answer, Codec codec) {}

    /** The settings of a client that is to be made. */
    public static Config config(Connection servers, Use use) {
        var config = new Config();
        config.setCodec(use.codec())
                .setThreads(1)
                .setNettyThreads(2)
                .setTcpNoDelay(true)
                .setSslVerificationMode(verification(servers.certificates()))
                // Who starts without Redis goes on without it, and connects with the first
                // question.
                .setLazyInitialization(true);
        if (servers.username() != null) {
            config.setUsername(servers.username().reveal());
        }
        if (servers.password() != null) {
            config.setPassword(servers.password().reveal());
        }
        switch (servers.kind()) {
            case SINGLE -> single(config.useSingleServer(), servers, use);
            case CLUSTER -> cluster(config.useClusterServers(), servers, use);
            case SENTINEL -> sentinel(config.useSentinelServers(), servers, use);
        }
        return config;
    }

    private static void single(SingleServerConfig server, Connection servers, Use use) {
        common(server, use);
        server.setAddress(servers.addresses().getFirst())
                .setDatabase(servers.db())
                .setConnectionPoolSize(use.connections())
                .setConnectionMinimumIdleSize(use.idleConnections())
                .setSubscriptionConnectionPoolSize(1)
                .setSubscriptionConnectionMinimumIdleSize(0);
    }

    private static void cluster(ClusterServersConfig cluster, Connection servers, Use use) {
        many(cluster, use);
        cluster.addNodeAddress(servers.addresses().toArray(String[]::new))
                .setScanInterval(SCAN_MILLIS)
                // A part of a cluster is worth asking too.
                .setCheckSlotsCoverage(false);
    }

    private static void sentinel(SentinelServersConfig sentinels, Connection servers, Use use) {
        many(sentinels, use);
        sentinels
                .addSentinelAddress(servers.addresses().toArray(String[]::new))
                .setMasterName(requireNonNull(servers.sentinelMaster(), "no master is named"))
                .setDatabase(servers.db())
                .setScanInterval(SCAN_MILLIS)
                // One that answers is enough to begin with.
                .setCheckSentinelsList(false);
        Secret password = servers.sentinelPassword();
        if (password != null) {
            sentinels.setSentinelPassword(password.reveal());
        }
    }

    private static void many(BaseMasterSlaveServersConfig<?> many, Use use) {
        common(many, use);
        many.setMasterConnectionPoolSize(use.connections())
                .setMasterConnectionMinimumIdleSize(use.idleConnections())
                .setSlaveConnectionPoolSize(1)
                .setSlaveConnectionMinimumIdleSize(0)
                .setSubscriptionConnectionPoolSize(1)
                .setSubscriptionConnectionMinimumIdleSize(0)
                // What was just written is read; replicas are for when the master is gone.
                .setReadMode(ReadMode.MASTER)
                .setSubscriptionMode(SubscriptionMode.MASTER);
    }

    private static void common(BaseConfig<?> server, Use use) {
        server.setTimeout(Math.toIntExact(use.answer().toMillis()))
                .setConnectTimeout(CONNECT_MILLIS)
                .setRetryAttempts(0)
                .setReconnectionDelay(new ConstantDelay(RECONNECT))
                .setPingConnectionInterval(PING_MILLIS);
    }

    private static SslVerificationMode verification(Certificates certificates) {
        return switch (certificates) {
            case STRICT -> SslVerificationMode.STRICT;
            case ANY_HOST -> SslVerificationMode.CA_ONLY;
            case UNCHECKED -> SslVerificationMode.NONE;
        };
    }

    /** Where the servers are, for people: without users and passwords. */
    public static String described(Connection servers) {
        String addresses = String.join(" ", servers.addresses());
        @Nullable String master = servers.sentinelMaster();
        return "%s %s%s"
                .formatted(
                        servers.kind().name().toLowerCase(Locale.ROOT),
                        addresses,
                        master == null ? "" : " (" + master + ")");
    }
}
