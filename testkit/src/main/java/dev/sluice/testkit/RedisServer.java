package dev.sluice.testkit;

import dev.sluice.embedded.EmbeddedRedis;

import java.net.URI;
import java.nio.file.Path;

/** The Redis server of this test run. Its keys are shared: use prefixes of your own. */
public final class RedisServer implements AutoCloseable {

    private final Path directory;
    private final EmbeddedRedis redis;

    private RedisServer(Path directory, EmbeddedRedis redis) {
        this.directory = directory;
        this.redis = redis;
    }

    static RedisServer start() {
        Path directory = SharedServers.freshDirectory("redis");
        return new RedisServer(directory, EmbeddedRedis.start(directory, 0));
    }

    /** Where clients connect, as {@code redis://host:port}. */
    public URI uri() {
        return redis.uri();
    }

    /** Stops it; the extension does so at the end of the run. */
    @Override
    public void close() {
        redis.close();
        SharedServers.delete(directory);
    }
}
