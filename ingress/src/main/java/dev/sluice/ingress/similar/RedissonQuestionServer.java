package dev.sluice.ingress.similar;

import dev.sluice.ingress.redis.RedisClients;
import dev.sluice.schemas.config.RedisSettings.Connection;

import org.jspecify.annotations.Nullable;
import org.redisson.Redisson;
import org.redisson.api.BatchOptions;
import org.redisson.api.RBatch;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;
import org.redisson.api.stream.StreamAddArgs;
import org.redisson.api.stream.StreamMessageId;
import org.redisson.api.stream.StreamReadArgs;
import org.redisson.client.codec.ByteArrayCodec;
import org.redisson.client.codec.StringCodec;
import org.redisson.config.Config;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Redis' streams by Redisson; each list is one, an item one field of it. */
final class RedissonQuestionServer implements QuestionServer {

    private static final Duration ANSWER = Duration.ofMillis(500);
    private static final int CONNECTIONS = 2;
    private static final int WRITE_SECONDS = 2;
    private static final byte[] FIELD = "q".getBytes(StandardCharsets.US_ASCII);

    /** What lives longer already goes on to do so; EXPIRE with GT is for newer servers only. */
    private static final String EXTEND =
            """
            if redis.call('pttl', KEYS[1]) < tonumber(ARGV[1]) then
              return redis.call('pexpire', KEYS[1], ARGV[1])
            end
            return 0
            """;

    private final Config config;
    private @Nullable RedissonClient client;
    private boolean closed;

    RedissonQuestionServer(Connection servers) {
        this.config =
                RedisClients.config(
                        servers,
                        new RedisClients.Use(CONNECTIONS, 1, ANSWER, ByteArrayCodec.INSTANCE));
    }

    /** Null once it is closed. Takes as long as it takes. */
    private synchronized @Nullable RedissonClient open() {
        if (client == null && !closed) {
            client = Redisson.create(config);
        }
        return client;
    }

    @Override
    public CompletableFuture<List<Item>> after(String name, Place place, int most) {
        try {
            RedissonClient open = open();
            if (open == null) {
                return CompletableFuture.completedFuture(List.of());
            }
            var from = new StreamMessageId(place.millis(), place.number());
            return open.<byte[], byte[]>getStream(name)
                    .readAsync(StreamReadArgs.greaterThan(from).count(most))
                    .toCompletableFuture()
                    .thenApply(RedissonQuestionServer::items);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static List<Item> items(@Nullable Map<StreamMessageId, Map<byte[], byte[]>> read) {
        List<Item> items = new ArrayList<>();
        if (read != null) {
            read.forEach((id, fields) -> {
                for (byte[] bytes : fields.values()) {
                    items.add(new Item(new Place(id.getId0(), id.getId1()), bytes));
                }
            });
        }
        return items;
    }

    @Override
    public CompletableFuture<?> add(List<Addition> additions) {
        try {
            RedissonClient open = open();
            if (open == null) {
                return CompletableFuture.completedFuture(null);
            }
            RBatch batch =
                    open.createBatch(
                            BatchOptions.defaults()
                                    .retryAttempts(0)
                                    .responseTimeout(WRITE_SECONDS, TimeUnit.SECONDS));
            for (Addition addition : additions) {
                var stream = batch.<byte[], byte[]>getStream(addition.name());
                var _ =
                        stream.addAsync(
                                StreamAddArgs.entry(FIELD, addition.bytes())
                                        .trimNonStrict()
                                        .maxLen(addition.most())
                                        .noLimit());
                var _ =
                        batch.getScript(StringCodec.INSTANCE)
                                .evalAsync(
                                        addition.name(),
                                        RScript.Mode.READ_WRITE,
                                        EXTEND,
                                        RScript.ReturnType.LONG,
                                        List.of(addition.name()),
                                        Long.toString(addition.lifetime().toMillis()));
            }
            return batch.executeAsync().toCompletableFuture();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        RedissonClient open = client;
        client = null;
        if (open != null) {
            open.shutdown(0, 1, TimeUnit.SECONDS);
        }
    }
}
