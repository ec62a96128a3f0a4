package dev.sluice.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testkit.RedisProcess;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The same rows where answers are kept in Redis too. */
class CacheRowsRedisIT extends CacheRowsIT {

    private static RedisProcess redis;

    @BeforeAll
    static void startRedis() {
        redis = RedisProcess.start();
    }

    /** That some were there shows that the rows went by it. */
    @AfterAll
    static void stopRedis() {
        String kept = redis.command("KEYS rows:answer:*");
        redis.close();
        assertThat(kept).matches("(?s)\\*[1-9].*");
    }

    @Override
    protected String params() {
        return "{type: redis, host: 127.0.0.1, namespace: rows, port: %d}".formatted(redis.port());
    }
}
