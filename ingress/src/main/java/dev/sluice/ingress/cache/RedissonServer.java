package dev.sluice.ingress.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.ingress.redis.RedisClients;
import dev.sluice.schemas.config.RedisSettings.Connection;
import dev.sluice.schemas.config.RedisSettings.Kind;

import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.BatchOptions;
import org.redisson.api.RBatch;
import org.redisson.api.RedissonClient;
import org.redisson.api.options.KeysScanOptions;
import org.redisson.api.redisnode.RedisNode;
import org.redisson.api.redisnode.RedisNodes;
import org.redisson.client.RedisException;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.config.Config;
import org.redisson.connection.CRC16;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Redis by Redisson: one server, a cluster, or the master that Sentinels name. Several names are
 * asked for by one MGET, in a cluster by one to each server.
 */
final class RedissonServer implements AnswerServer {

    /** After so long the client gives a connection up; nobody waits that long for it. */
    private static final Duration ANSWER = Duration.ofMillis(500);

    private static final int CONNECTIONS = 8;
    private static final int SLOTS = 16_384;
    private static final int PROBES = 16;
    private static final int PROBES_TRIED = 1000;
    private static final int WRITE_SECONDS = 2;
    private static final int SWEPT_AT_ONCE = 500;
    private static final Duration SWEEP_PAUSE = Duration.ofMillis(20);

    private final Kind kind;
    private final Config config;
    private volatile @Nullable RedissonClient client;
    private boolean isClosed;

    RedissonServer(Connection servers) {
        this.kind = servers.kind();
        Integer bound = servers.maxConnections();
        int connections = bound == null ? CONNECTIONS : bound;
        this.config =
                RedisClients.config(
                        servers,
                        new RedisClients.Use(
                                connections,
                                Math.min(2, connections),
                                ANSWER,
                                ByteArrayCodec.INSTANCE));
    }

    @Override
    public synchronized void connect() throws ServerFailure {
        if (client != null || isClosed) {
            return;
        }
        try {
            client = Redisson.create(config);
        } catch (RuntimeException e) {
            // Redisson also throws what netty throws.
            throw failure(e);
        }
    }

    @Override
    public CompletableFuture<List<byte @Nullable []>> find(List<String> names) {
        RedissonClient open = client;
        if (open == null) {
            return notConnected();
        }
        try {
            if (names.size() == 1) {
                return answer(open.<byte[]>getBucket(names.getFirst()).getAsync(), Arrays::asList);
            }
            return answer(
                    open.getBuckets().<byte[]>getAsync(names.toArray(String[]::new)),
                    found -> inOrder(names, found));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Who gives up on the answer gives up on the question: the client need not keep it. */
    private static <T> CompletableFuture<List<byte @Nullable []>> answer(
            CompletionStage<T> asked, Function<T, List<byte @Nullable []>> read) {
        CompletableFuture<T> question = asked.toCompletableFuture();
        CompletableFuture<List<byte @Nullable []>> answer = question.thenApply(read);
        var _ =
                answer.whenComplete((_, _) -> {
                    if (answer.isCancelled()) {
                        question.cancel(false);
                    }
                });
        return answer;
    }

    /** One in each sixteenth of the slots, where names are spread over them. */
    @Override
    public List<String> probes(String prefix) {
        if (kind != Kind.CLUSTER) {
            return List.of(prefix);
        }
        Map<Integer, String> byPart = new TreeMap<>();
        for (int i = 0; i < PROBES_TRIED && byPart.size() < PROBES; i++) {
            String name = prefix + i;
            byPart.putIfAbsent(slot(name) * PROBES / SLOTS, name);
        }
        return List.copyOf(byPart.values());
    }

    /** Where a cluster keeps a name. What stands between braces decides, if something does. */
    static int slot(String name) {
        int begin = name.indexOf('{');
        int end = begin < 0 ? -1 : name.indexOf('}', begin + 1);
        String hashed = end > begin + 1 ? name.substring(begin + 1, end) : name;
        return CRC16.crc16(hashed.getBytes(UTF_8)) % SLOTS;
    }

    private static List<byte @Nullable []> inOrder(List<String> names, Map<String, byte[]> found) {
        List<byte @Nullable []> values = new ArrayList<>(names.size());
        for (String name : names) {
            values.add(found.get(name));
        }
        return values;
    }

    @Override
    public CompletableFuture<?> change(List<Change> changes) {
        RedissonClient open = client;
        if (open == null) {
            return notConnected();
        }
        try {
            RBatch batch =
                    open.createBatch(
                            BatchOptions.defaults()
                                    .retryAttempts(0)
                                    .responseTimeout(WRITE_SECONDS, TimeUnit.SECONDS));
            // Each says what the batch says as a whole.
            for (Change change : changes) {
                var bucket = batch.<byte[]>getBucket(change.name());
                byte[] value = change.value();
                if (value == null) {
                    var _ = bucket.unlinkAsync();
                } else {
                    var _ = bucket.setAsync(value, Duration.ofMillis(change.lifetimeMillis()));
                }
            }
            return batch.executeAsync().toCompletableFuture();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public long sweep(String prefix) throws ServerFailure, InterruptedException {
        RedissonClient open = client;
        if (open == null) {
            throw new ServerFailure("not connected");
        }
        long swept = 0;
        List<String> names = new ArrayList<>(SWEPT_AT_ONCE);
        try {
            var all =
                    KeysScanOptions.defaults()
                            .pattern(literally(prefix) + "*")
                            .chunkSize(SWEPT_AT_ONCE);
            for (String name : open.getKeys().getKeys(all)) {
                names.add(name);
                if (names.size() == SWEPT_AT_ONCE) {
                    swept += open.getKeys().unlink(names.toArray(String[]::new));
                    names.clear();
                    TimeUnit.NANOSECONDS.sleep(SWEEP_PAUSE.toNanos());
                }
            }
            return names.isEmpty()
                    ? swept
                    : swept + open.getKeys().unlink(names.toArray(String[]::new));
        } catch (RuntimeException e) {
            throw failure(e);
        }
    }

    /** A text as a pattern that means only itself. */
    static String literally(String text) {
        return text.replaceAll("[\\\\*?\\[\\]^-]", "\\\\$0");
    }

    @Override
    public Map<String, Map<String, String>> information() throws ServerFailure {
        RedissonClient open = client;
        if (open == null) {
            throw new ServerFailure("not connected");
        }
        try {
            Map<String, Map<String, String>> all = new TreeMap<>();
            switch (kind) {
                case SINGLE ->
                        all.put("", about(open.getRedisNodes(RedisNodes.SINGLE).getInstance()));
                case SENTINEL ->
                        all.put(
                                "",
                                about(
                                        open.getRedisNodes(RedisNodes.SENTINEL_MASTER_SLAVE)
                                                .getMaster()));
                case CLUSTER ->
                        open.getRedisNodes(RedisNodes.CLUSTER)
                                .getMasters()
                                .forEach(node ->
                                        all.put(
                                                "%s:%d"
                                                        .formatted(
                                                                node.getAddr().getHostString(),
                                                                node.getAddr().getPort()),
                                                about(node)));
            }
            return all;
        } catch (RuntimeException e) {
            throw failure(e);
        }
    }

    private static Map<String, String> about(RedisNode node) {
        return new TreeMap<>(node.info(RedisNode.InfoSection.ALL));
    }

    private static <T> CompletableFuture<T> notConnected() {
        return CompletableFuture.failedFuture(new ServerFailure("not connected"));
    }

    /** The kind of failure alone: messages of the client may show addresses and commands. */
    private static ServerFailure failure(RuntimeException e) {
        Throwable cause = e instanceof RedisException || e.getCause() == null ? e : e.getCause();
        return new ServerFailure(cause.getClass().getSimpleName());
    }

    @Override
    public synchronized void close() {
        isClosed = true;
        RedissonClient open = client;
        client = null;
        if (open != null) {
            open.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }
}
